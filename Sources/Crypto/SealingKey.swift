import COpenSSL

/// A key that seals free text at rest: AES-256-GCM, a random nonce each time.
///
/// Sealed bytes are nonce (12), ciphertext, tag (16). The associated data names what the text
/// belongs to, so that a sealed text moved to another record does not open. With random nonces
/// one key is good for 2^32 seals (NIST SP 800-38D, 8.3).
public struct SealingKey: Sendable {
    private static let nonceCount = 12
    private static let tagCount = 16

    private let key: [UInt8]

    /// A key of exactly 32 bytes.
    public init(_ bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == 32 else { throw .keyLength(expected: 32, found: bytes.count) }
        key = bytes
    }

    /// A fresh key.
    public static func generate() -> SealingKey {
        SealingKey(generated: randomBytes(32))
    }

    private init(generated: [UInt8]) {
        key = generated
    }

    /// The key itself, to be written to the key file.
    public var bytes: [UInt8] { key }

    /// Seals the bytes for what the associated data names.
    public func seal(
        _ plain: [UInt8],
        associated: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        let nonce = randomBytes(SealingKey.nonceCount)
        let cipher = try CipherContext()
        try cipher.start(key: key, nonce: nonce, isSealing: true)
        try cipher.associate(associated)
        var sealed = nonce
        sealed += try cipher.transform(plain)
        guard cipher.finish() else { throw .ofLibrary("EVP_CipherFinal_ex") }
        sealed += try cipher.tag(count: SealingKey.tagCount)
        return sealed
    }

    /// Opens what `seal` gave; throws `CryptoError.notAuthentic` when anything differs.
    public func open(
        _ sealed: [UInt8],
        associated: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        guard sealed.count >= SealingKey.nonceCount + SealingKey.tagCount else {
            throw .malformed("sealed text")
        }
        let nonce = Array(sealed.prefix(SealingKey.nonceCount))
        let tag = Array(sealed.suffix(SealingKey.tagCount))
        let body = Array(sealed.dropFirst(nonce.count).dropLast(tag.count))
        let cipher = try CipherContext()
        try cipher.start(key: key, nonce: nonce, isSealing: false)
        try cipher.associate(associated)
        let plain = try cipher.transform(body)
        try cipher.expect(tag: tag)
        guard cipher.finish() else {
            ERR_clear_error()
            throw .notAuthentic
        }
        return plain
    }

    /// Seals a text as base64, for the record named by `owner` (such as a request's id).
    public func seal(_ text: String, for owner: String) throws(CryptoError) -> String {
        Base64.encode(try seal(Array(text.utf8), associated: Array(owner.utf8)))
    }

    /// Opens a text that was sealed as base64 for the record named by `owner`.
    public func open(_ text: String, for owner: String) throws(CryptoError) -> String {
        guard let sealed = Base64.decode(text) else { throw .malformed("sealed text") }
        let plain = try open(sealed, associated: Array(owner.utf8))
        return String(decoding: plain, as: UTF8.self)
    }
}
