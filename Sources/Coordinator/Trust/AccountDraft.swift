import Scheduler
public import Store
public import Vocabulary

/// An account as somebody asks for it, before it is checked: the rules of the command line and of
/// the API alike.
public struct AccountDraft: Sendable, Decodable {
    /// What the account may do.
    public let roles: [Role]
    /// The site of a clinic account.
    public let site: SiteID?
    /// The doctor of a doctor's account.
    public let doctor: DoctorID?
    /// The interpreter of an interpreter's account.
    public let interpreter: InterpreterID?

    /// A draft; `gap` and `obstacle` say what is wrong with it.
    public init(roles: [Role], site: SiteID?, doctor: DoctorID?, interpreter: InterpreterID?) {
        self.roles = roles
        self.site = site
        self.doctor = doctor
        self.interpreter = interpreter
    }

    /// A role that lacks what it is about, and the member that is missing; nil when none does.
    public var gap: (role: Role, member: String)? {
        if roles.contains(.clinic), site == nil { return (.clinic, "site") }
        if roles.contains(.doctor), doctor == nil { return (.doctor, "doctor") }
        if roles.contains(.interpreter), interpreter == nil { return (.interpreter, "interpreter") }
        return nil
    }

    /// What the account is about and the registry does not know; nil when it knows all of it.
    public func obstacle(in store: any Store) async throws(StoreError) -> String? {
        if let site, try await !store.sites().contains(where: { $0.id == site }) {
            return "there is no site '\(site)'; import sites first"
        }
        if let doctor, try await !store.doctors().contains(where: { $0.id == doctor }) {
            return "there is no doctor '\(doctor)'; import doctors first"
        }
        if let interpreter,
            try await !store.interpreters().contains(where: { $0.id == interpreter })
        {
            return "there is no interpreter '\(interpreter)'; import interpreters first"
        }
        return nil
    }
}

/// What a password must be: at least 8 characters, at most 1024 bytes.
public enum PasswordRule {
    /// What is wrong with the password, nil when it may be one.
    public static func fault(of password: String) -> String? {
        if password.count < 8 { return "has fewer than 8 characters" }
        return password.utf8.count > 1_024 ? "has more than 1024 bytes" : nil
    }
}
