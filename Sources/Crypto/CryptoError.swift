import COpenSSL

/// Why a cryptographic call was refused.
public enum CryptoError: Error, Sendable, Equatable {
    /// A key of another length than the cipher's.
    case keyLength(expected: Int, found: Int)
    /// The text is not what it should spell: a password hash, a sealed text, base64.
    case malformed(String)
    /// The sealed bytes were changed, belong to something else, or the key is another one.
    case notAuthentic
    /// The parameters ask for more memory or time than is allowed.
    case costTooHigh
    /// OpenSSL refused; `code` is its first queued error.
    case library(call: String, code: UInt)
}

extension CryptoError: CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        switch self {
        case .keyLength(let expected, let found):
            "a key of \(found) bytes where \(expected) are needed; check the key file"
        case .malformed(let what): "malformed \(what)"
        case .notAuthentic: "the sealed text was changed or sealed under another key"
        case .costTooHigh: "the password hash asks for more work than is allowed"
        case .library(let call, let code): "OpenSSL's \(call) failed (error \(code))"
        }
    }
}

extension CryptoError {
    /// The error of a call that has just failed; empties the thread's error queue, so that a later
    /// call does not report this one's cause.
    static func ofLibrary(_ call: String) -> CryptoError {
        let code = ERR_get_error()
        ERR_clear_error()
        return .library(call: call, code: UInt(code))
    }
}
