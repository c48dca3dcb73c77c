import COpenSSL

/// One run of AES-256-GCM in one direction.
@safe
struct CipherContext: ~Copyable {
    private let context: OpaquePointer

    /// A context; `start` comes next, because a noncopyable `init` cannot fail half-way.
    init() throws(CryptoError) {
        guard let context = unsafe EVP_CIPHER_CTX_new() else {
            throw .ofLibrary("EVP_CIPHER_CTX_new")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Starts a run under a 32-byte key and a 12-byte nonce, the mode's default length.
    borrowing func start(key: [UInt8], nonce: [UInt8], isSealing: Bool) throws(CryptoError) {
        let status = unsafe EVP_CipherInit_ex(
            context,
            EVP_aes_256_gcm(),
            nil,
            key,
            nonce,
            isSealing ? 1 : 0
        )
        guard status == 1 else { throw .ofLibrary("EVP_CipherInit_ex") }
    }

    /// Feeds associated data: authenticated, not encrypted.
    borrowing func associate(_ bytes: [UInt8]) throws(CryptoError) {
        guard !bytes.isEmpty else { return }
        var count: Int32 = 0
        let status = unsafe EVP_CipherUpdate(context, nil, &count, bytes, Int32(bytes.count))
        guard status == 1 else { throw .ofLibrary("EVP_CipherUpdate") }
    }

    /// Encrypts or decrypts; GCM is a stream, so the result is as long as the input.
    borrowing func transform(_ bytes: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        guard let length = Int32(exactly: bytes.count) else { throw .costTooHigh }
        var output = [UInt8](repeating: 0, count: bytes.count)
        var count: Int32 = 0
        let status = unsafe EVP_CipherUpdate(context, &output, &count, bytes, length)
        guard status == 1, count == length else { throw .ofLibrary("EVP_CipherUpdate") }
        return output
    }

    /// Ends the run; when opening, false says that the tag does not fit.
    borrowing func finish() -> Bool {
        var rest = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        return unsafe EVP_CipherFinal_ex(context, &rest, &count) == 1
    }

    /// The tag of a sealing run that has ended.
    borrowing func tag(count: Int) throws(CryptoError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: count)
        let status = unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(count), &tag)
        guard status == 1 else { throw .ofLibrary("EVP_CIPHER_CTX_ctrl") }
        return tag
    }

    /// Sets the tag that an opening run must end with.
    borrowing func expect(tag: [UInt8]) throws(CryptoError) {
        var tag = tag
        let status = unsafe EVP_CIPHER_CTX_ctrl(
            context,
            EVP_CTRL_GCM_SET_TAG,
            Int32(tag.count),
            &tag
        )
        guard status == 1 else { throw .ofLibrary("EVP_CIPHER_CTX_ctrl") }
    }
}
