import COpenSSL

/// An extension of a certificate or a revocation list.
@safe
struct CertificateExtension: ~Copyable {
    let handle: OpaquePointer

    /// The extension with a value in OpenSSL's notation; it may need the certificates concerned.
    init(
        _ name: String,
        _ value: String,
        issuer: OpaquePointer,
        subject: OpaquePointer?
    ) throws(CryptoError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer, subject, nil, nil, 0)
        guard let made = unsafe X509V3_EXT_conf(nil, &context, name, value) else {
            throw .ofLibrary("X509V3_EXT_conf")
        }
        unsafe self.handle = made
    }

    deinit { unsafe X509_EXTENSION_free(handle) }
}

/// A serial number as ASN.1 has it.
@safe
struct CertificateSerial: ~Copyable {
    let number: UnsafeMutablePointer<ASN1_INTEGER>

    /// The number of these bytes, the highest first.
    init(_ bytes: [UInt8]) throws(CryptoError) {
        guard let integer = unsafe BN_bin2bn(bytes, Int32(clamping: bytes.count), nil) else {
            throw .ofLibrary("BN_bin2bn")
        }
        defer { unsafe BN_free(integer) }
        guard let number = unsafe BN_to_ASN1_INTEGER(integer, nil) else {
            throw .ofLibrary("BN_to_ASN1_INTEGER")
        }
        unsafe self.number = number
    }

    deinit { unsafe ASN1_INTEGER_free(number) }
}

/// A moment as ASN.1 has it.
@safe
struct CertificateTime: ~Copyable {
    let time: UnsafeMutablePointer<ASN1_TIME>

    /// The second since 1970.
    init(_ seconds: Int64) throws(CryptoError) {
        guard let time = unsafe ASN1_TIME_set(nil, Int(seconds)) else {
            throw .ofLibrary("ASN1_TIME_set")
        }
        unsafe self.time = time
    }

    deinit { unsafe ASN1_TIME_free(time) }
}
