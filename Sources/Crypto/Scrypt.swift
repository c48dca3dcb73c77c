/// Password hashes as `scrypt$N$r$p$salt$hash`, salt and hash in base64.
public enum Scrypt {
    /// How much work and memory a hash takes: 128·N·r bytes, p times.
    public struct Cost: Sendable, Equatable {
        /// Iterations; a power of two.
        public let n: Int
        /// Block size.
        public let r: Int
        /// Parallelisation.
        public let p: Int

        /// A cost; throws `CryptoError.costTooHigh` beyond 256 MiB or when N is no power of two.
        public init(n: Int, r: Int, p: Int) throws(CryptoError) {
            guard (2...1 << 20).contains(n), n & (n - 1) == 0, (1...32).contains(r),
                (1...16).contains(p), 128 * n * r <= 256 << 20
            else { throw .costTooHigh }
            self.init(trusted: n, r, p)
        }

        private init(trusted n: Int, _ r: Int, _ p: Int) {
            self.n = n
            self.r = r
            self.p = p
        }

        /// N = 2^15, r = 8, p = 1: 32 MiB, about 60 ms.
        public static let standard = Cost(trusted: 1 << 15, 8, 1)
        /// N = 2^4: for tests that log many people in; never for a real account.
        public static let tests = Cost(trusted: 1 << 4, 8, 1)

        var memory: Int { 128 * r * (n + p + 2) }
    }

    /// A hash of the password under a fresh 16-byte salt.
    public static func hash(
        _ password: String,
        cost: Cost = .standard
    ) throws(CryptoError) -> String {
        let salt = randomBytes(16)
        let key = try KeyDerivation.scrypt(password: password, salt: salt, cost: cost, count: 32)
        return text(cost, salt, key)
    }

    /// Whether the hash is the password's; throws when the text is no hash.
    public static func verify(_ password: String, against hash: String) throws(CryptoError) -> Bool
    {
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let n = Int(parts[1]), let r = Int(parts[2]),
            let p = Int(parts[3]), let salt = Base64.decode(String(parts[4])),
            let key = Base64.decode(String(parts[5])), (16...64).contains(key.count)
        else { throw .malformed("password hash") }
        let cost = try Cost(n: n, r: r, p: p)
        let found = try KeyDerivation.scrypt(
            password: password,
            salt: salt,
            cost: cost,
            count: key.count
        )
        return constantTimeEquals(found, key)
    }

    /// A well-formed hash that no known password has.
    ///
    /// Verified in place of a missing account's, so that the answer takes as long.
    public static func unmatchable(cost: Cost = .standard) -> String {
        text(cost, randomBytes(16), randomBytes(32))
    }

    private static func text(_ cost: Cost, _ salt: [UInt8], _ key: [UInt8]) -> String {
        "scrypt$\(cost.n)$\(cost.r)$\(cost.p)$\(Base64.encode(salt))$\(Base64.encode(key))"
    }
}
