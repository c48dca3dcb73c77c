public import Store
public import Vocabulary

/// Who makes a call: an account, what it may do, and where the call comes from.
public struct Principal: Sendable, Equatable {
    /// The account.
    public let user: UserID
    /// What it may do.
    public let roles: [Role]
    /// The site of a clinic account.
    public let site: SiteID?
    /// The doctor of a doctor's account.
    public let doctor: DoctorID?
    /// The interpreter of an interpreter's account.
    public let interpreter: InterpreterID?
    /// The address the call comes from.
    public let address: String

    /// The principal of an account.
    public init(_ account: UserAccount, address: String) {
        user = account.id
        roles = account.roles
        site = account.site
        doctor = account.doctor
        interpreter = account.interpreter
        self.address = address
    }
}
