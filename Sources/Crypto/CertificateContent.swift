/// What an authority puts into a certificate.
public struct CertificateContent: Sendable {
    /// What a certificate is for.
    public enum Purpose: Sendable, Equatable {
        /// Signs other certificates and revocation lists; it issues no further authorities.
        case authority
        /// A TLS server with these names.
        case server(names: [HostName])
        /// A TLS client.
        case client
    }

    /// Whom it names.
    public let commonName: String
    /// What it is for.
    public let purpose: Purpose
    /// The serial number: 16 bytes, the first from 0x40 to 0x7f, so that it is positive and never
    /// shorter (RFC 5280, 4.1.2.2).
    public let serial: [UInt8]
    /// Its first second, since 1970.
    public let notBefore: Int64
    /// Its last second, since 1970.
    public let notAfter: Int64

    /// Content under a fresh random serial number of 126 bits.
    public init(
        commonName: String,
        purpose: Purpose,
        notBefore: Int64,
        notAfter: Int64
    ) {
        self.commonName = commonName
        self.purpose = purpose
        self.notBefore = notBefore
        self.notAfter = notAfter
        var serial = randomBytes(16)
        serial[0] = serial[0] & 0x3F | 0x40
        self.serial = serial
    }

    /// The extensions with their values, in OpenSSL's notation (x509v3_config).
    var extensions: [(name: String, value: String)] {
        let identifiers = [
            ("subjectKeyIdentifier", "hash"), ("authorityKeyIdentifier", "keyid:always"),
        ]
        switch purpose {
        case .authority:
            return [
                ("basicConstraints", "critical,CA:TRUE,pathlen:0"),
                ("keyUsage", "critical,keyCertSign,cRLSign"), ("subjectKeyIdentifier", "hash"),
            ]
        case .server(let names):
            return [
                ("basicConstraints", "critical,CA:FALSE"),
                ("keyUsage", "critical,digitalSignature"), ("extendedKeyUsage", "serverAuth"),
                ("subjectAltName", names.map(\.entry).joined(separator: ",")),
            ] + identifiers
        case .client:
            return [
                ("basicConstraints", "critical,CA:FALSE"),
                ("keyUsage", "critical,digitalSignature"), ("extendedKeyUsage", "clientAuth"),
            ] + identifiers
        }
    }
}

/// The DNS name or the IP address of a server, as it stands in its certificate.
public struct HostName: Sendable, Hashable, CustomStringConvertible {
    /// The name as clients ask for it.
    public let description: String
    private let isAddress: Bool

    /// The name, or nil when it is neither a DNS name (RFC 1123) nor an IP address.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...253).contains(bytes.count) else { return nil }
        if HostName.isIPv4(text) || HostName.isIPv6(text) {
            isAddress = true
        } else {
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            guard labels.allSatisfy(HostName.isLabel),
                // 10.0.0.999 is a mistyped address, not a name.
                labels.last?.allSatisfy(\.isNumber) == false
            else { return nil }
            isAddress = false
        }
        description = text
    }

    /// The entry of a subjectAltName.
    var entry: String { (isAddress ? "IP:" : "DNS:") + description }

    private static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.utf8.allSatisfy { (48...57).contains($0) } && part.count <= 3
                    && UInt8(part) != nil
            }
    }

    private static func isIPv6(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: ":"))
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: ":")
                    || Hexadecimal.decode("0" + String(UnicodeScalar(byte))) != nil
            }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
