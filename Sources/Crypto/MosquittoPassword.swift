/// Passwords in the form of mosquitto's password file.
public enum MosquittoPassword {
    /// What mosquitto 2.0's own `mosquitto_passwd` uses.
    private static let iterations = 101

    /// The password as `$7$iterations$salt$hash`: PBKDF2-HMAC-SHA-512, 12-byte salt, 64-byte hash.
    ///
    /// Few iterations by mosquitto's choice: only for generated passwords, which cannot be guessed.
    public static func hash(_ password: String) throws(CryptoError) -> String {
        try hash(password, salt: randomBytes(12))
    }

    /// One line of the file: `name:$7$…`.
    public static func line(name: String, password: String) throws(CryptoError) -> String {
        "\(name):\(try hash(password))"
    }

    package static func hash(_ password: String, salt: [UInt8]) throws(CryptoError) -> String {
        let key = try KeyDerivation.pbkdf2SHA512(
            password: password,
            salt: salt,
            iterations: iterations,
            count: 64
        )
        return "$7$\(iterations)$\(Base64.encode(salt))$\(Base64.encode(key))"
    }
}
