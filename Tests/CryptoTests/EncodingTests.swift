import Crypto
import Testing
import Vocabulary

@Suite struct EncodingTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 gives the examples of RFC 4648`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test func `the URL alphabet has no padding and other marks`() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.encodeURL([0xFB, 0xFF]) == "-_8")
        #expect(Base64.decodeURL("-_8") == [0xFB, 0xFF])
        #expect(Base64.decodeURL("+/8") == nil)
        #expect(Base64.decode("-_8=") == nil)
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "====", "Zh==", "Zm9=", "Zm 9", "Zg==Zg=="])
    func `a text that encode would not give is not decoded`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `every length comes back whole`() {
        for count in 0..<70 {
            let bytes = randomBytes(count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decodeURL(Base64.encodeURL(bytes)) == bytes)
            #expect(Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
        }
    }

    @Test func `hexadecimal takes both cases and refuses the rest`() {
        #expect(Hexadecimal.encode([0, 0xAB, 0xFF]) == "00abff")
        #expect(Hexadecimal.decode("00ABff") == [0, 0xAB, 0xFF])
        #expect(Hexadecimal.decode("0") == nil)
        #expect(Hexadecimal.decode("0g") == nil)
    }
}
