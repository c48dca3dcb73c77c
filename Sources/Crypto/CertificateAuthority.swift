import COpenSSL
import Glibc

/// An authority: its certificate and the key that it signs with.
public struct CertificateAuthority: ~Copyable {
    /// The authority's own certificate.
    public let certificate: Certificate
    let key: PrivateKey

    /// A new authority, which signs itself; the content's purpose must be `authority`.
    public static func create(
        _ content: CertificateContent
    ) throws(CryptoError) -> CertificateAuthority {
        precondition(content.purpose == .authority, "an authority that may not sign")
        let key = try PrivateKey.generate()
        let certificate = try unsafe makeCertificate(content, of: key.pair, issuer: nil, key)
        return try CertificateAuthority(certificate, key)
    }

    /// An authority that was stored; throws `malformed` when the two do not belong together.
    public init(
        _ certificate: consuming Certificate,
        _ key: consuming PrivateKey
    ) throws(CryptoError) {
        guard certificate.belongs(to: key) else {
            throw .malformed("authority: certificate and key do not belong together")
        }
        self.certificate = certificate
        self.key = key
    }

    /// The authority's key as PEM, to be sealed.
    public borrowing func keyPEM() throws(CryptoError) -> String {
        try key.pem()
    }

    /// A certificate of a key that was made here.
    public borrowing func issue(
        _ content: CertificateContent,
        for subject: borrowing PrivateKey
    ) throws(CryptoError) -> Certificate {
        try unsafe makeCertificate(content, of: subject.pair, issuer: certificate.handle, key)
    }

    /// A certificate of the key that a request shows; see `CertificateRequest` for what it refuses.
    public borrowing func issue(
        _ content: CertificateContent,
        for request: borrowing CertificateRequest
    ) throws(CryptoError) -> Certificate {
        let subject = try unsafe request.publicKey()
        return try unsafe makeCertificate(content, of: subject, issuer: certificate.handle, key)
    }
}

/// Makes and signs a certificate of version 3; without an issuer it is issued by itself.
private func makeCertificate(
    _ content: CertificateContent,
    of subject: OpaquePointer,
    issuer: OpaquePointer?,
    _ key: borrowing PrivateKey
) throws(CryptoError) -> Certificate {
    guard let made = unsafe X509_new() else { throw .ofLibrary("X509_new") }
    let certificate = unsafe Certificate(taking: made)
    let name = unsafe X509_get_subject_name(made)
    let text = Array(content.commonName.utf8)
    let serial = try CertificateSerial(content.serial)
    guard unsafe X509_set_version(made, 2) == 1,
        unsafe X509_set_serialNumber(made, serial.number) == 1,
        unsafe X509_NAME_add_entry_by_NID(
            name,
            NID_commonName,
            MBSTRING_UTF8,
            text,
            Int32(text.count),
            -1,
            0
        ) == 1,
        unsafe X509_set_issuer_name(made, issuer.map { unsafe X509_get_subject_name($0) } ?? name)
            == 1,
        // OpenSSL writes UTCTime before 2050 and GeneralizedTime after, as RFC 5280 asks.
        unsafe ASN1_TIME_set(X509_getm_notBefore(made), time_t(content.notBefore)) != nil,
        unsafe ASN1_TIME_set(X509_getm_notAfter(made), time_t(content.notAfter)) != nil,
        unsafe X509_set_pubkey(made, subject) == 1
    else { throw .ofLibrary("X509_set") }
    for (name, value) in content.extensions {
        let made = try unsafe CertificateExtension(
            name,
            value,
            issuer: issuer ?? made,
            subject: made
        )
        guard unsafe X509_add_ext(certificate.handle, made.handle, -1) == 1 else {
            throw .ofLibrary("X509_add_ext")
        }
    }
    guard unsafe X509_sign(made, key.pair, EVP_sha256()) > 0 else { throw .ofLibrary("X509_sign") }
    return certificate
}
