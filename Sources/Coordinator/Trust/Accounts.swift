import Crypto
import EventLoop
import Store
import Vocabulary

/// Who may sign in, who is signed in, and how often they may call.
actor Accounts {
    /// Every account by name; as stored.
    var accounts: [UserID: UserAccount]
    /// Accounts that are being stored.
    var changing: Set<UserID> = []
    private var revoked: [String: Instant]
    private var throttle = LoginThrottle()
    private var rate: CallRate
    private var checksUnderWay = 0
    let store: any Store
    private let keys: KeyRing
    private let clock: any WallClock
    private let sessionLength: Duration
    /// What a name that does not exist is checked against, so that it takes as long.
    private let unmatchable = Scrypt.unmatchable()

    /// Password checks at a time; each takes 32 MiB while it runs.
    private static let checksAtOnce = 2
    /// Password checks that may wait; beyond it log-in answers 503.
    private static let checksWaiting = 64

    init(
        store: any Store,
        keys: KeyRing,
        clock: any WallClock,
        configuration: Configuration
    ) async throws(StoreError) {
        let now = clock.now()
        self.store = store
        self.keys = keys
        self.clock = clock
        self.sessionLength = configuration.sessionLength
        self.rate = CallRate(perMinute: configuration.http.requestsPerMinute)
        self.accounts = Dictionary(
            try await store.users().map { ($0.id, $0) },
            uniquingKeysWith: { $1 }
        )
        self.revoked = Dictionary(
            try await store.revokedTokens(now: now).map { ($0.id, $0.expiresAt) },
            uniquingKeysWith: { $1 }
        )
    }

    /// Signs in; the refusal is the same for a wrong name and a wrong password, and takes as long.
    func login(
        user: String,
        password: String,
        address: String
    ) async throws -> (AccessToken, Principal) {
        let now = clock.now()
        let subjects = ["name " + String(user.prefix(64)), "address " + address]
        for subject in subjects {
            guard let wait = throttle.wait(for: subject, at: now) else { continue }
            throw Problem(
                429,
                "tooManyAttempts",
                "too many failed attempts; wait and try again",
                retryAfterSeconds: Int(wait.wholeMilliseconds / 1_000) + 1
            )
        }
        let account = UserID(rawValue: user).flatMap { accounts[$0] }
        let usable = account.flatMap { $0.disabledAt == nil ? $0 : nil }
        let matches = try await check(password, against: usable?.passwordHash ?? unmatchable)
        guard matches, let usable else {
            for subject in subjects { throttle.failed(subject, at: now) }
            try await store.audit(
                AuditEntry(
                    at: now,
                    principal: account?.id.rawValue ?? "unknown",
                    action: "refuse",
                    object: "login",
                    address: address
                )
            )
            throw Problem(401, "wrongCredentials", "user or password is wrong")
        }
        throttle.succeeded(subjects[0])
        try await store.audit(
            AuditEntry(
                at: now,
                principal: usable.id.rawValue,
                action: "login",
                object: "user/\(usable.id)",
                address: address
            )
        )
        let token = AccessToken(user: usable.id, expiresAt: now + sessionLength)
        return (token, Principal(usable, address: address))
    }

    /// Who the token belongs to; nil when it is forged, expired, revoked, or the account disabled.
    func principal(of text: String, address: String) -> (AccessToken, Principal)? {
        guard let token = AccessToken(text, key: keys.tokens, now: clock.now()),
            revoked[token.id] == nil, let account = accounts[token.user], account.disabledAt == nil
        else { return nil }
        return (token, Principal(account, address: address))
    }

    /// The account's principal without a token, for sockets that are signed in already.
    func principal(of user: UserID) -> Principal? {
        guard let account = accounts[user], account.disabledAt == nil else { return nil }
        return Principal(account, address: "socket")
    }

    /// Ends a log-in for good.
    func logout(_ token: AccessToken, by principal: Principal) async throws {
        let change = RevokedToken(id: token.id, expiresAt: token.expiresAt)
        try await store.apply([
            .revoked(change),
            .audit(
                AuditEntry(
                    at: clock.now(),
                    principal: principal.user.rawValue,
                    action: "logout",
                    object: "user/\(principal.user)",
                    address: principal.address
                )
            ),
        ])
        let now = clock.now()
        revoked = revoked.filter { $0.value > now }
        revoked[token.id] = token.expiresAt
    }

    /// Takes one call off the caller's allowance; throws 429 when it is used up.
    func admitCall(of caller: String) throws {
        guard rate.admit(caller, at: clock.now()) else {
            throw Problem(
                429,
                "tooManyCalls",
                "too many calls; slow down",
                retryAfterSeconds: 1
            )
        }
    }

    /// Reads the accounts again, after an administrator changed them from the command line.
    func reload() async throws(StoreError) {
        accounts = Dictionary(
            try await store.users().map { ($0.id, $0) },
            uniquingKeysWith: { $1 }
        )
    }

    private func check(_ password: String, against hash: String) async throws -> Bool {
        guard checksUnderWay < Accounts.checksWaiting else {
            throw Problem(503, "busy", "too many people sign in; try again", retryAfterSeconds: 2)
        }
        checksUnderWay += 1
        defer { checksUnderWay -= 1 }
        return try await passwordGate.check(password, hash)
    }

    private let passwordGate = PasswordGate(checksAtOnce: Accounts.checksAtOnce)
}

/// Lets a few password checks run at a time, off every actor that serves others.
private actor PasswordGate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(checksAtOnce: Int) {
        free = checksAtOnce
    }

    func check(_ password: String, _ hash: String) async throws -> Bool {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
        defer {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
        return try await verify(password, hash)
    }
}

@concurrent
private func verify(_ password: String, _ hash: String) async throws -> Bool {
    try Scrypt.verify(password, against: hash)
}
