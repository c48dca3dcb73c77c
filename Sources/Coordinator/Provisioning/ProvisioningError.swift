public import Crypto
public import Vocabulary

/// Why a certificate was not issued, taken back or listed.
public enum ProvisioningError: Error, Sendable, Equatable {
    /// There is no authority yet.
    case noAuthority
    /// There is an authority already.
    case authorityExists
    /// The authority has no certificate to give that lasts that long.
    case outlivesAuthority(until: Instant)
    /// No authority has this number, or it is the one that issues.
    case notRetirable(Int)
    /// So many good certificates of the authority would stop to be trusted.
    case stillInUse(authority: Int, certificates: Int)
    /// The name has rights of its own at the broker.
    case reservedName(String)
    /// The name reads like another one.
    case looksLike(String, other: String)
    /// The name belongs to a device or a hub already, and this is the other.
    case nameTaken(String)
    /// Nobody of this name, or no certificate of this serial number, is to be revoked.
    case nothingToRevoke(String)
    /// The request names somebody else.
    case requestNames(String?, device: String)
    /// The broker's files have not been written yet.
    case noBroker
    /// A file cannot be read or written.
    case file(String)
    /// The file holds something else.
    case damaged(String)
    /// OpenSSL refused, or the request is malformed.
    case crypto(CryptoError)
}

extension ProvisioningError: CustomStringConvertible {
    /// What happened and what to do, one line.
    public var description: String {
        switch self {
        case .noAuthority: "there is no certificate authority yet; run 'telehealth ca init'"
        case .authorityExists: "there is a certificate authority already; see 'telehealth ca show'"
        case .outlivesAuthority(let until):
            "the certificate would outlive its authority, which ends \(until);"
                + " take fewer --days, or rotate the authority with 'telehealth ca rotate'"
        case .notRetirable(let number):
            "authority \(number) is not one that can be retired; see 'telehealth ca show'"
        case .stillInUse(let authority, let count):
            "\(count) certificates of authority \(authority) are in use; provision those devices"
                + " anew and renew the broker's, or retire it with --force"
        case .reservedName(let name):
            "'\(name)' is a name of the broker's own; the ids of devices are neither the"
                + " coordinator's nor begin with hub-, those of hubs begin with hub-"
        case .looksLike(let name, let other):
            "'\(name)' reads like '\(other)'; choose an id that cannot be mistaken for it"
        case .nameTaken(let name): "'\(name)' is another device or hub already; choose another id"
        case .nothingToRevoke(let name):
            "'\(name)' has no such certificate that is not revoked; see 'telehealth device list'"
        case .requestNames(let found, let device):
            "the request names \(found.map { "'\($0)'" } ?? "nobody"), not '\(device)';"
                + " its common name must be the device's id"
        case .noBroker:
            "the broker's address is not known; run 'telehealth broker config' first,"
                + " or pass --host and --port"
        case .file(let path): "cannot read or write \(path); check rights and free space"
        case .damaged(let path): "\(path) is damaged; restore it from a backup"
        case .crypto(let error): "\(error)"
        }
    }
}

/// Runs a call into OpenSSL under the area's own error.
func crypto<Result: ~Copyable>(
    _ body: () throws(CryptoError) -> Result
) throws(ProvisioningError) -> Result {
    do { return try body() } catch { throw .crypto(error) }
}
