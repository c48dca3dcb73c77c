import Crypto
import Testing

@Suite struct DigestTests {
    @Test func `SHA-256 gives the standard's own examples`() {
        // FIPS 180-2, appendix B.
        #expect(
            Hexadecimal.encode(Digest.sha256("abc"))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            Hexadecimal.encode(Digest.sha256(""))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    }

    @Test func `HMAC gives the examples of RFC 4231 and RFC 2202`() {
        let message = Array("what do ya want for nothing?".utf8)
        #expect(
            Hexadecimal.encode(HMAC.sha256(key: Array("Jefe".utf8), message))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        #expect(
            Hexadecimal.encode(HMAC.sha1(key: Array("Jefe".utf8), message))
                == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        )
    }

    @Test func `an empty HMAC key is the empty key and not the last one`() {
        _ = HMAC.sha256(key: [1, 2, 3], [])
        #expect(
            Hexadecimal.encode(HMAC.sha256(key: [], []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        )
    }

    @Test func `random bytes are as many as asked and differ from call to call`() {
        #expect(randomBytes(0).isEmpty)
        #expect(randomBytes(32).count == 32)
        #expect(randomBytes(32) != randomBytes(32))
    }

    @Test func `secrets are equal only when every byte and the length are`() {
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([1, 2, 3], [0, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
        #expect(constantTimeEquals("", ""))
        #expect(!constantTimeEquals("token", "tokem"))
    }
}
