import COpenSSL

/// A request for a certificate (PKCS #10): a public key, signed with its private key.
///
/// Only the key and the common name are of interest; what else it asks for is the authority's to
/// decide.
@safe
public struct CertificateRequest: ~Copyable {
    private let handle: OpaquePointer

    /// The request of a PEM text; throws `CryptoError.malformed`.
    public init(pem: String) throws(CryptoError) {
        let file = try MemoryFile.holding(pem)
        guard let read = unsafe file.with({ unsafe PEM_read_bio_X509_REQ($0, nil, nil, nil) })
        else {
            ERR_clear_error()
            throw .malformed("certificate request: expected PEM")
        }
        unsafe self.handle = read
    }

    deinit { unsafe X509_REQ_free(handle) }

    /// Whom the request names; nil when it names nobody, or several.
    public borrowing func commonName() -> String? {
        unsafe Crypto.commonName(of: X509_REQ_get_subject_name(handle))
    }

    /// The request's public key; throws `malformed` when the request was not made with its private
    /// key, or the key is too weak: less than 2,048 bits of RSA or 256 of a curve.
    borrowing func publicKey() throws(CryptoError) -> OpaquePointer {
        guard let key = unsafe X509_REQ_get0_pubkey(handle),
            unsafe X509_REQ_verify(handle, key) == 1
        else {
            ERR_clear_error()
            throw .malformed("certificate request: its signature is not its key's")
        }
        let least = unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? 2_048 : 250
        guard unsafe EVP_PKEY_get_bits(key) >= least else {
            throw .malformed("certificate request: the key is weaker than RSA 2048 or P-256")
        }
        return unsafe key
    }
}
