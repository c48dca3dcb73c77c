public import Vocabulary

/// What an account may do; the table is in `Docs/security.md`.
public enum Role: String, Codable, Sendable, CaseIterable {
    /// Sets the deployment up.
    case administrator
    /// Staff of one site.
    case clinic
    /// A doctor who consults.
    case doctor
    /// An interpreter, who speaks for both ends of a consult.
    case interpreter
    /// Department of health: figures, no patient data.
    case observer
    /// Reads the audit chain.
    case auditor
    /// Another system.
    case integration
    /// A device.
    case device
}

/// A local account.
public struct UserAccount: Codable, Sendable, Identifiable, Equatable {
    /// The log-in name.
    public let id: UserID
    /// What the account may do.
    public var roles: [Role]
    /// The site of a clinic account.
    public var site: SiteID?
    /// The doctor of a doctor's account.
    public var doctor: DoctorID?
    /// The interpreter of an interpreter's account.
    public var interpreter: InterpreterID?
    /// The password as `scrypt$N$r$p$salt$hash`, salt and hash in base64.
    public var passwordHash: String
    /// When it was disabled.
    public var disabledAt: Instant?

    /// An account.
    public init(
        id: UserID,
        roles: [Role],
        site: SiteID? = nil,
        doctor: DoctorID? = nil,
        interpreter: InterpreterID? = nil,
        passwordHash: String,
        disabledAt: Instant? = nil
    ) {
        self.id = id
        self.roles = roles
        self.site = site
        self.doctor = doctor
        self.interpreter = interpreter
        self.passwordHash = passwordHash
        self.disabledAt = disabledAt
    }
}

/// An access token that was revoked before its expiry.
public struct RevokedToken: Codable, Sendable, Equatable {
    /// The token's id.
    public let id: String
    /// When it would have expired; the row may go then.
    public let expiresAt: Instant

    /// A revoked token.
    public init(id: String, expiresAt: Instant) {
        self.id = id
        self.expiresAt = expiresAt
    }
}

/// Who did what to which object, when and from where.
public struct AuditEntry: Codable, Sendable, Equatable {
    /// When.
    public let at: Instant
    /// The account, device or service that acted.
    public let principal: String
    /// The verb: `read`, `create`, `change`, `login`, `refuse` ….
    public let action: String
    /// The object as `kind/id`.
    public let object: String
    /// The address the call came from; empty for the system itself.
    public let address: String
    /// What else a reviewer needs, without patient data.
    public let detail: String

    /// An entry.
    public init(
        at: Instant,
        principal: String,
        action: String,
        object: String,
        address: String = "",
        detail: String = ""
    ) {
        self.at = at
        self.principal = principal
        self.action = action
        self.object = object
        self.address = address
        self.detail = detail
    }
}

/// An audit entry as it stands in the chain.
public struct AuditedEntry: Codable, Sendable, Equatable {
    /// Its place, from 1 without holes.
    public let sequence: Int64
    /// The entry.
    public let entry: AuditEntry
    /// SHA-256 over the previous hash and this entry, hex.
    public let hash: String

    /// A chained entry.
    public init(sequence: Int64, entry: AuditEntry, hash: String) {
        self.sequence = sequence
        self.entry = entry
        self.hash = hash
    }
}

/// The first answer to an idempotency key.
public struct IdempotentAnswer: Codable, Sendable, Equatable {
    /// Who asked.
    public let principal: String
    /// The key.
    public let key: String
    /// SHA-256 of method, path and body, hex; another one under the same key is a conflict.
    public let fingerprint: String
    /// The status of the first answer.
    public let status: Int
    /// The body of the first answer.
    public let body: String
    /// When it was given; kept for 24 h.
    public let at: Instant

    /// A kept answer.
    public init(
        principal: String,
        key: String,
        fingerprint: String,
        status: Int,
        body: String,
        at: Instant
    ) {
        self.principal = principal
        self.key = key
        self.fingerprint = fingerprint
        self.status = status
        self.body = body
        self.at = at
    }
}

/// What `verify` found.
public struct VerificationReport: Codable, Sendable, Equatable {
    /// Problems the database's own check reported; empty when it is sound.
    public let databaseProblems: [String]
    /// How many audit entries were checked.
    public let auditEntries: Int64
    /// The first audit row that does not follow from its predecessor; nil when all do.
    public let firstBadAuditSequence: Int64?

    /// Whether nothing is wrong.
    public var isSound: Bool { databaseProblems.isEmpty && firstBadAuditSequence == nil }

    /// A report.
    public init(
        databaseProblems: [String],
        auditEntries: Int64,
        firstBadAuditSequence: Int64?
    ) {
        self.databaseProblems = databaseProblems
        self.auditEntries = auditEntries
        self.firstBadAuditSequence = firstBadAuditSequence
    }
}
