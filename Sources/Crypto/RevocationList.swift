import COpenSSL

/// Why a certificate was taken back (RFC 5280, 5.3.1); those that can be undone are left out.
public enum RevocationReason: String, Sendable, Codable, CaseIterable {
    /// No reason is given; the list then carries none.
    case unspecified
    /// The private key, or the device that holds it, is in other hands.
    case keyCompromise
    /// The device belongs to another site or owner.
    case affiliationChanged
    /// A newer certificate took its place.
    case superseded
    /// The device is no longer used.
    case cessationOfOperation
    /// The device may no longer do what the certificate lets it do.
    case privilegeWithdrawn

    /// The number in the list.
    var code: Int {
        switch self {
        case .unspecified: 0
        case .keyCompromise: 1
        case .affiliationChanged: 3
        case .superseded: 4
        case .cessationOfOperation: 5
        case .privilegeWithdrawn: 9
        }
    }
}

/// One certificate that was taken back.
public struct Revocation: Sendable, Equatable {
    /// The serial number, in hex.
    public let serial: String
    /// When, in seconds since 1970.
    public let at: Int64
    /// Why.
    public let reason: RevocationReason

    /// A certificate that was taken back.
    public init(serial: String, at: Int64, reason: RevocationReason) {
        self.serial = serial
        self.at = at
        self.reason = reason
    }
}

extension CertificateAuthority {
    /// The authority's list of what it took back, as PEM (X.509 CRL, version 2).
    ///
    /// `number` must grow from list to list. Past `nextUpdate` a reader trusts none of the
    /// authority's certificates any more. Throws `malformed` for a serial number that is not hex.
    public borrowing func revocationList(
        _ revocations: [Revocation],
        number: Int,
        thisUpdate: Int64,
        nextUpdate: Int64
    ) throws(CryptoError) -> String {
        let list = try RevocationList()
        try unsafe list.begin(
            issuer: certificate.handle,
            number: number,
            from: CertificateTime(thisUpdate),
            until: CertificateTime(nextUpdate)
        )
        for revocation in revocations { try list.add(revocation) }
        return try unsafe list.signed(with: key.pair)
    }
}

/// A revocation list in the making.
@safe
private struct RevocationList: ~Copyable {
    private let handle: OpaquePointer

    init() throws(CryptoError) {
        guard let made = unsafe X509_CRL_new() else { throw .ofLibrary("X509_CRL_new") }
        unsafe self.handle = made
    }

    deinit { unsafe X509_CRL_free(handle) }

    /// Says whose list it is, which one, and how long it holds.
    borrowing func begin(
        issuer: OpaquePointer,
        number: Int,
        from: borrowing CertificateTime,
        until: borrowing CertificateTime
    ) throws(CryptoError) {
        guard unsafe X509_CRL_set_version(handle, 1) == 1,
            unsafe X509_CRL_set_issuer_name(handle, X509_get_subject_name(issuer)) == 1,
            unsafe X509_CRL_set1_lastUpdate(handle, from.time) == 1,
            unsafe X509_CRL_set1_nextUpdate(handle, until.time) == 1
        else { throw .ofLibrary("X509_CRL_set") }
        let identifier = try unsafe CertificateExtension(
            "authorityKeyIdentifier",
            "keyid:always",
            issuer: issuer,
            subject: nil
        )
        let count = try CertificateSerial(
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        )
        guard unsafe X509_CRL_add_ext(handle, identifier.handle, -1) == 1,
            unsafe X509_CRL_add1_ext_i2d(handle, NID_crl_number, count.number, 0, 0) == 1
        else { throw .ofLibrary("X509_CRL_add_ext") }
    }

    borrowing func add(_ revocation: Revocation) throws(CryptoError) {
        guard let bytes = Hexadecimal.decode(revocation.serial), !bytes.isEmpty else {
            throw .malformed("serial number: expected hex")
        }
        let serial = try CertificateSerial(bytes)
        let time = try CertificateTime(revocation.at)
        guard let entry = unsafe X509_REVOKED_new() else { throw .ofLibrary("X509_REVOKED_new") }
        guard unsafe X509_REVOKED_set_serialNumber(entry, serial.number) == 1,
            unsafe X509_REVOKED_set_revocationDate(entry, time.time) == 1,
            unsafe mark(entry, revocation.reason),
            unsafe X509_CRL_add0_revoked(handle, entry) == 1
        else {
            unsafe X509_REVOKED_free(entry)
            throw .ofLibrary("X509_CRL_add0_revoked")
        }
    }

    /// "Unspecified" is said by leaving the reason out (RFC 5280, 5.3.1).
    private borrowing func mark(_ entry: OpaquePointer, _ reason: RevocationReason) -> Bool {
        guard reason != .unspecified else { return true }
        guard let value = unsafe ASN1_ENUMERATED_new() else { return false }
        defer { unsafe ASN1_ENUMERATED_free(value) }
        return unsafe ASN1_ENUMERATED_set(value, reason.code) == 1
            && X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0) == 1
    }

    borrowing func signed(with key: OpaquePointer) throws(CryptoError) -> String {
        guard unsafe X509_CRL_sort(handle) == 1, unsafe X509_CRL_sign(handle, key, EVP_sha256()) > 0
        else { throw .ofLibrary("X509_CRL_sign") }
        let file = try MemoryFile()
        guard unsafe file.with({ unsafe PEM_write_bio_X509_CRL($0, handle) }) == 1 else {
            throw .ofLibrary("PEM_write_bio_X509_CRL")
        }
        return file.text()
    }
}
