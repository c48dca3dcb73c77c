import COpenSSL

/// Keyed message authentication (RFC 2104).
public enum HMAC {
    /// HMAC-SHA-256: 32 bytes.
    public static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        unsafe code(key: key, message, size: 32, unsafe EVP_sha256())
    }

    /// HMAC-SHA-1: 20 bytes; only because coturn's time-limited credentials ask for it.
    public static func sha1(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        unsafe code(key: key, message, size: 20, unsafe EVP_sha1())
    }

    private static func code(
        key: [UInt8],
        _ message: [UInt8],
        size: Int,
        _ digest: OpaquePointer?
    ) -> [UInt8] {
        precondition(key.count <= Int(Int32.max), "an HMAC key of more than 2 GiB")
        var output = [UInt8](repeating: 0, count: size)
        // A NULL key would mean "the last key", so an empty one is given an address.
        let keyBytes = key.isEmpty ? [0] : key
        let result = unsafe COpenSSL.HMAC(
            digest,
            keyBytes,
            Int32(key.count),
            message,
            message.count,
            &output,
            nil
        )
        precondition(unsafe result != nil, "OpenSSL has no HMAC for this digest")
        return output
    }
}
