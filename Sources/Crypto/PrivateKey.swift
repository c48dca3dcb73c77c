import COpenSSL

/// A key pair that signs: of an authority, a broker or a device.
@safe
public struct PrivateKey: ~Copyable {
    let pair: OpaquePointer

    /// A fresh key on the curve P-256 (FIPS 186-5), which every TLS 1.2 library knows.
    public static func generate() throws(CryptoError) -> PrivateKey {
        guard let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else {
            throw .ofLibrary("EVP_PKEY_CTX_new_id")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var pair: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            unsafe EVP_PKEY_generate(context, &pair) == 1, let pair = unsafe pair
        else { throw .ofLibrary("EVP_PKEY_generate") }
        return unsafe PrivateKey(pair)
    }

    private init(_ pair: OpaquePointer) {
        unsafe self.pair = pair
    }

    /// The key of a PEM text without a passphrase; throws `CryptoError.malformed`.
    public init(pem: String) throws(CryptoError) {
        let file = try MemoryFile.holding(pem)
        // An encrypted key would ask the terminal for its passphrase; this callback gives none.
        let read = unsafe file.with { file in
            unsafe PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in 0 }, nil)
        }
        guard let read = unsafe read else {
            ERR_clear_error()
            throw .malformed("private key: expected PEM without a passphrase")
        }
        unsafe self.pair = read
    }

    deinit { unsafe EVP_PKEY_free(pair) }

    /// The key as PEM (PKCS #8), not encrypted.
    public borrowing func pem() throws(CryptoError) -> String {
        let file = try MemoryFile()
        let status = unsafe file.with { file in
            unsafe PEM_write_bio_PrivateKey(file, pair, nil, nil, 0, nil, nil)
        }
        guard status == 1 else { throw .ofLibrary("PEM_write_bio_PrivateKey") }
        return file.text()
    }
}
