public import Crypto
public import Vocabulary

/// What the deployment's authorities issued and took back; the contents of `ca/ledger.json`.
public struct CertificateLedger: Codable, Sendable {
    /// One authority of the deployment; after a rotation there are two for a while.
    public struct Authority: Codable, Sendable {
        /// 1 for the first one.
        public let number: Int
        /// The common name of its certificate.
        public let name: String
        /// When its certificate ends.
        public let expiresAt: Instant
        /// Since when nothing of it is trusted any more.
        public var retiredAt: Instant?
        /// The number of its newest revocation list.
        public var listNumber = 0
    }

    /// Whose certificate it is.
    public enum Kind: String, Codable, Sendable {
        /// One device, which writes under its own id.
        case device
        /// A clinic's hub, which writes under every device of its site.
        case hub
        /// The broker.
        case broker
        /// The coordinator, at the broker.
        case coordinator
    }

    /// One certificate that was issued.
    public struct Entry: Codable, Sendable {
        /// The serial number, in hex.
        public let serial: String
        /// Whose it is.
        public let kind: Kind
        /// The common name, which is the identity at the broker.
        public let name: String
        /// The site of a device or a hub.
        public let site: SiteID?
        /// The site's province.
        public let province: ProvinceID?
        /// The number of the authority.
        public let authority: Int
        /// When it was issued.
        public let issuedAt: Instant
        /// When it ends.
        public let expiresAt: Instant
        /// When it was taken back.
        public var revokedAt: Instant?
        /// Why it was taken back.
        public var reason: RevocationReason?

        /// Whether it lets anybody in at this time.
        public func isGood(at now: Instant) -> Bool {
            revokedAt == nil && now < expiresAt
        }
    }

    /// The broker that `broker config` wrote the files of.
    public struct Broker: Codable, Sendable {
        /// The folder of its files.
        public var directory: String
        /// The folder of its database, log and process id.
        public var stateDirectory: String
        /// The names and addresses that clients reach it by; devices are told the first one.
        public var hosts: [String]
        /// The port for certificates.
        public var port: Int
        /// The port for TLS with a password.
        public var passwordPort: Int?
        /// The port for the coordinator's certificate.
        public var coordinatorPort: Int?
        /// The port without TLS, on 127.0.0.1.
        public var localPort: Int?
        /// The user that the broker runs as when root starts it.
        public var user: String?
        /// The coordinator's name at the broker.
        public var coordinator: String

        /// A broker's set-up.
        public init(
            directory: String,
            stateDirectory: String,
            hosts: [String],
            port: Int,
            passwordPort: Int?,
            coordinatorPort: Int?,
            localPort: Int?,
            user: String?,
            coordinator: String
        ) {
            self.directory = directory
            self.stateDirectory = stateDirectory
            self.hosts = hosts
            self.port = port
            self.passwordPort = passwordPort
            self.coordinatorPort = coordinatorPort
            self.localPort = localPort
            self.user = user
            self.coordinator = coordinator
        }
    }

    /// What happened and is not in the audit chain yet.
    public struct Event: Codable, Sendable, Equatable {
        /// When.
        public let at: Instant
        /// The verb.
        public let action: String
        /// The object as `kind/id`.
        public let object: String
        /// What else a reviewer needs.
        public let detail: String
        /// The device that is to be registered, with its site.
        public var device: DeviceID?
        /// The site of that device.
        public var site: SiteID?
    }

    /// Every authority, the oldest first.
    public internal(set) var authorities: [Authority] = []
    /// Every certificate, the oldest first.
    public internal(set) var entries: [Entry] = []
    /// The broker, once its files were written.
    public internal(set) var broker: Broker?
    /// What the holder of the database has still to enter there.
    public internal(set) var pending: [Event] = []

    /// The authority that issues: the newest.
    public var issuing: Authority? { authorities.last }

    /// Those whose certificates are trusted.
    public var trusted: [Authority] { authorities.filter { $0.retiredAt == nil } }

    /// Certificates of one identity, the newest last.
    public func entries(of name: String) -> [Entry] { entries.filter { $0.name == name } }

    /// Identities that had a certificate revoked and hold no good one: they are refused whatever
    /// they come in with, until they are provisioned anew.
    public func refused(at now: Instant) -> [String] {
        var revoked: Set<String> = []
        var good: Set<String> = []
        for entry in entries where entry.kind == .device || entry.kind == .hub {
            if entry.revokedAt != nil { revoked.insert(entry.name) }
            if entry.isGood(at: now) { good.insert(entry.name) }
        }
        return revoked.subtracting(good).sorted()
    }

    /// The newest record of each hub.
    public var hubs: [Entry] {
        let newest = entries.filter { $0.kind == .hub }.map { ($0.name, $0) }
        return Dictionary(newest, uniquingKeysWith: { $1 }).values.sorted { $0.name < $1.name }
    }

    /// What an authority took back.
    func revocations(of authority: Int) -> [Revocation] {
        entries.compactMap { entry in
            guard entry.authority == authority, let at = entry.revokedAt else { return nil }
            return Revocation(
                serial: entry.serial,
                at: at.milliseconds / 1_000,
                reason: entry.reason ?? .unspecified
            )
        }
    }

    /// Notes for the audit.
    mutating func note(_ event: Event) { pending.append(event) }
}

/// Whether two names read alike: 0 and o, 1 and l and i.
///
/// Somebody who sticks a label on a monitor, or reads one over the telephone, mistakes them.
public func readsLike(_ left: String, _ right: String) -> Bool {
    shape(left) == shape(right)
}

private func shape(_ name: String) -> [UInt8] {
    name.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "o"): UInt8(ascii: "0")
        case UInt8(ascii: "l"), UInt8(ascii: "i"): UInt8(ascii: "1")
        default: byte
        }
    }
}
