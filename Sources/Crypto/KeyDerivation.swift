import COpenSSL

/// Keys out of passwords.
public enum KeyDerivation {
    /// PBKDF2 with HMAC-SHA-512 (RFC 8018).
    public static func pbkdf2SHA512(
        password: String,
        salt: [UInt8],
        iterations: Int,
        count: Int
    ) throws(CryptoError) -> [UInt8] {
        guard (1...10_000_000).contains(iterations), (1...1_024).contains(count) else {
            throw .costTooHigh
        }
        let secret = Array(password.utf8CString)
        var key = [UInt8](repeating: 0, count: count)
        let status = unsafe PKCS5_PBKDF2_HMAC(
            secret,
            Int32(secret.count - 1),
            salt,
            Int32(salt.count),
            Int32(iterations),
            EVP_sha512(),
            Int32(count),
            &key
        )
        guard status == 1 else { throw .ofLibrary("PKCS5_PBKDF2_HMAC") }
        return key
    }

    /// scrypt (RFC 7914).
    static func scrypt(
        password: String,
        salt: [UInt8],
        cost: Scrypt.Cost,
        count: Int
    ) throws(CryptoError) -> [UInt8] {
        let secret = Array(password.utf8CString)
        // OpenSSL's own ceiling of 32 MiB lies just below what N = 2^15, r = 8 takes.
        var key = [UInt8](repeating: 0, count: count)
        let status = unsafe EVP_PBE_scrypt(
            secret,
            secret.count - 1,
            salt,
            salt.count,
            UInt64(cost.n),
            UInt64(cost.r),
            UInt64(cost.p),
            UInt64(cost.memory) + 1_048_576,
            &key,
            count
        )
        guard status == 1 else { throw .ofLibrary("EVP_PBE_scrypt") }
        return key
    }
}
