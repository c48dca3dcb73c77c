import Crypto
import Testing

@Suite struct PasswordTests {
    @Test func `a password verifies against its own hash and no other does`() throws {
        let hash = try Scrypt.hash("đường về nhà", cost: .tests)
        #expect(hash.hasPrefix("scrypt$16$8$1$"))
        #expect(try Scrypt.verify("đường về nhà", against: hash))
        #expect(try !Scrypt.verify("đường về nhá", against: hash))
        #expect(try !Scrypt.verify("", against: hash))
    }

    @Test func `two hashes of one password differ by their salt`() throws {
        #expect(try Scrypt.hash("same", cost: .tests) != Scrypt.hash("same", cost: .tests))
    }

    @Test func `the standard cost works, whose memory is beyond OpenSSL's own ceiling`() throws {
        let hash = try Scrypt.hash("x")
        #expect(hash.hasPrefix("scrypt$32768$8$1$"))
        #expect(try Scrypt.verify("x", against: hash))
    }

    @Test func `scrypt gives the example of RFC 7914`() throws {
        // Section 12: password "password", salt "NaCl", N 1024, r 8, p 16, 64 bytes.
        let key = Hexadecimal.decode(
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        )
        let text = "scrypt$1024$8$16$TmFDbA==$\(Base64.encode(try #require(key)))"
        #expect(try Scrypt.verify("password", against: text))
        #expect(try !Scrypt.verify("Password", against: text))
    }

    @Test func `no password has the unmatchable hash`() throws {
        #expect(try !Scrypt.verify("", against: Scrypt.unmatchable(cost: .tests)))
        #expect(Scrypt.unmatchable().hasPrefix("scrypt$32768$8$1$"))
    }

    @Test(arguments: [
        "", "scrypt", "scrypt$16$8$1$AAAA", "bcrypt$16$8$1$AAAA$AAAAAAAAAAAAAAAAAAAAAA==",
        "scrypt$16$8$1$AAAA$", "scrypt$16$8$1$*$AAAAAAAAAAAAAAAAAAAAAA==",
    ])
    func `a text that is no hash is refused`(text: String) {
        #expect(throws: CryptoError.malformed("password hash")) {
            try Scrypt.verify("x", against: text)
        }
    }

    @Test(arguments: ["15$8$1", "1$8$1", "2097152$8$1", "1048576$8$1", "16$0$1", "16$8$17"])
    func `a hash that asks for too much work is refused`(cost: String) {
        #expect(throws: CryptoError.costTooHigh) {
            try Scrypt.verify("x", against: "scrypt$\(cost)$AAAA$AAAAAAAAAAAAAAAAAAAAAA==")
        }
    }

    @Test func `PBKDF2 gives the known answer for SHA-512`() throws {
        let key = try KeyDerivation.pbkdf2SHA512(
            password: "password",
            salt: Array("salt".utf8),
            iterations: 2,
            count: 64
        )
        #expect(
            Hexadecimal.encode(key)
                == "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c"
                + "f76cab2868a39b9f7840edce4fef5a82be67335c77a6068e04112754f27ccf4e"
        )
    }

    @Test func `a password line has mosquitto's form`() throws {
        let line = try MosquittoPassword.line(name: "bed-7", password: "x")
        let parts = line.split(separator: "$", omittingEmptySubsequences: false)
        #expect(parts.count == 5)
        #expect(parts[0] == "bed-7:")
        #expect(parts[1] == "7")
        #expect(parts[2] == "101")
        #expect(Base64.decode(String(parts[3]))?.count == 12)
        #expect(Base64.decode(String(parts[4]))?.count == 64)
    }

    @Test func `a password line is the one that mosquitto_passwd wrote`() throws {
        // Written by mosquitto_passwd 2.0.11 for the password "correct horse".
        let line =
            "$7$101$l3HKwEMbCAvBtTZ3$IJiTIRKFQkTUmR9zxj8HIKzK98qG3pO9ySGw1MeQu9GICn/0"
            + "kLPXJFyw7UA1xCntgBQdtppXEAIY0Djw7zpEIQ=="
        let salt = try #require(Base64.decode("l3HKwEMbCAvBtTZ3"))
        #expect(try MosquittoPassword.hash("correct horse", salt: salt) == line)
    }
}
