import COpenSSL
import Glibc

/// An X.509 certificate.
@safe
public struct Certificate: ~Copyable {
    let handle: OpaquePointer

    /// Takes over a certificate that OpenSSL made.
    init(taking handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    /// The first certificate of a PEM text; throws `CryptoError.malformed`.
    public init(pem: String) throws(CryptoError) {
        let file = try MemoryFile.holding(pem)
        guard let read = unsafe file.with({ unsafe PEM_read_bio_X509($0, nil, nil, nil) }) else {
            ERR_clear_error()
            throw .malformed("certificate: expected PEM")
        }
        unsafe self.handle = read
    }

    deinit { unsafe X509_free(handle) }

    /// The certificate as PEM.
    public borrowing func pem() throws(CryptoError) -> String {
        let file = try MemoryFile()
        guard unsafe file.with({ unsafe PEM_write_bio_X509($0, handle) }) == 1 else {
            throw .ofLibrary("PEM_write_bio_X509")
        }
        return file.text()
    }

    /// What the certificate says.
    public borrowing func facts() throws(CryptoError) -> CertificateFacts {
        CertificateFacts(
            serial: unsafe serialText(X509_get_serialNumber(handle)),
            commonName: unsafe commonName(of: X509_get_subject_name(handle)) ?? "",
            issuer: unsafe commonName(of: X509_get_issuer_name(handle)) ?? "",
            notBefore: try unsafe seconds(X509_get0_notBefore(handle)),
            notAfter: try unsafe seconds(X509_get0_notAfter(handle)),
            isAuthority: unsafe X509_check_ca(handle) == 1
        )
    }

    /// Whether the issuer's key signed this certificate.
    public borrowing func isSigned(by issuer: borrowing Certificate) -> Bool {
        defer { ERR_clear_error() }
        guard let key = unsafe X509_get0_pubkey(issuer.handle) else { return false }
        return unsafe X509_verify(handle, key) == 1
    }

    /// Whether the key is the certificate's own.
    public borrowing func belongs(to key: borrowing PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(handle, key.pair) == 1
    }

    /// Whether a TLS client that asked for this DNS name or address would take the certificate.
    public borrowing func isFor(host: String) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_ip_asc(handle, host, 0) == 1
            || X509_check_host(handle, host, 0, 0, nil) == 1
    }
}

/// What a certificate says, as plain values.
public struct CertificateFacts: Sendable, Equatable {
    /// The serial number, in lower-case hex.
    public let serial: String
    /// Whom it names.
    public let commonName: String
    /// The authority that issued it.
    public let issuer: String
    /// Its first second, since 1970.
    public let notBefore: Int64
    /// Its last second, since 1970.
    public let notAfter: Int64
    /// Whether it may issue others.
    public let isAuthority: Bool
}

/// The common name of a subject; nil without one, or with one that is not all UTF-8 text.
func commonName(of name: OpaquePointer?) -> String? {
    let position = unsafe X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard position >= 0,
        // Of two common names each reader might take another one.
        unsafe X509_NAME_get_index_by_NID(name, NID_commonName, position) < 0,
        let entry = unsafe X509_NAME_get_entry(name, position),
        let value = unsafe X509_NAME_ENTRY_get_data(entry)
    else { return nil }
    var text: UnsafeMutablePointer<UInt8>?
    let count = unsafe ASN1_STRING_to_UTF8(&text, value)
    guard count >= 0, let text = unsafe text else {
        ERR_clear_error()
        return nil
    }
    defer { unsafe CRYPTO_free(text, nil, 0) }
    let bytes = unsafe Array(UnsafeBufferPointer(start: text, count: Int(count)))
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
}

private func serialText(_ serial: UnsafePointer<ASN1_INTEGER>?) -> String {
    guard let number = unsafe ASN1_INTEGER_to_BN(serial, nil) else { return "" }
    defer { unsafe BN_free(number) }
    var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
    unsafe BN_bn2bin(number, &bytes)
    return Hexadecimal.encode(bytes)
}

private func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(CryptoError) -> Int64 {
    var calendar = unsafe tm()
    guard unsafe ASN1_TIME_to_tm(time, &calendar) == 1 else { throw .ofLibrary("ASN1_TIME_to_tm") }
    return Int64(unsafe timegm(&calendar))
}
