import Crypto
import Testing

@Suite struct SealingKeyTests {
    private let key = SealingKey.generate()

    @Test(arguments: [0, 1, 15, 16, 17, 4_096])
    func `what was sealed opens`(count: Int) throws {
        let plain = randomBytes(count)
        let sealed = try key.seal(plain, associated: [7])
        #expect(sealed.count == 12 + count + 16)
        #expect(try key.open(sealed, associated: [7]) == plain)
    }

    @Test func `a text opens for its own record only`() throws {
        let sealed = try key.seal("đau ngực từ sáng", for: "request-1")
        #expect(try key.open(sealed, for: "request-1") == "đau ngực từ sáng")
        #expect(throws: CryptoError.notAuthentic) { try key.open(sealed, for: "request-2") }
    }

    @Test func `a change of any byte is noticed`() throws {
        let sealed = try key.seal([1, 2, 3], associated: [])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: CryptoError.notAuthentic) { try key.open(changed, associated: []) }
        }
    }

    @Test func `another key does not open it`() throws {
        let sealed = try key.seal([1, 2, 3], associated: [])
        #expect(throws: CryptoError.notAuthentic) {
            try SealingKey.generate().open(sealed, associated: [])
        }
    }

    @Test func `the same text sealed twice differs`() throws {
        #expect(try key.seal("x", for: "r") != key.seal("x", for: "r"))
    }

    @Test func `less than nonce and tag is malformed, and so is what is no base64`() throws {
        #expect(throws: CryptoError.malformed("sealed text")) {
            try key.open([UInt8](repeating: 0, count: 27), associated: [])
        }
        #expect(throws: CryptoError.notAuthentic) {
            try key.open([UInt8](repeating: 0, count: 28), associated: [])
        }
        #expect(throws: CryptoError.malformed("sealed text")) { try key.open("?", for: "r") }
    }

    @Test func `a key has 32 bytes and comes back from them`() throws {
        #expect(throws: CryptoError.keyLength(expected: 32, found: 31)) {
            try SealingKey([UInt8](repeating: 0, count: 31))
        }
        let sealed = try key.seal([9], associated: [])
        #expect(try SealingKey(key.bytes).open(sealed, associated: []) == [9])
    }
}
