public import Crypto
import Gateway
public import Vocabulary

/// A certificate that was issued just now, with its key if that was made here.
public struct IssuedCertificate: Sendable {
    /// The certificate, PEM.
    public let certificate: String
    /// The key, PEM, which is kept nowhere else; nil when the device made its own.
    public let key: String?
    /// What every side trusts, PEM.
    public let authorities: String
    /// What the ledger says of it.
    public let entry: CertificateLedger.Entry
}

/// Who is to get a certificate.
public struct Applicant: Sendable {
    /// The common name.
    public let name: String
    /// Whose it is.
    public let kind: CertificateLedger.Kind
    /// The site of a device or a hub.
    public let site: SiteID?
    /// The site's province.
    public let province: ProvinceID?
    /// The names of a broker.
    let hosts: [HostName]

    init(
        _ name: String,
        _ kind: CertificateLedger.Kind,
        site: SiteID? = nil,
        province: ProvinceID? = nil,
        hosts: [HostName] = []
    ) {
        self.name = name
        self.kind = kind
        self.site = site
        self.province = province
        self.hosts = hosts
    }

    /// A device of a site.
    public static func device(_ id: DeviceID, site: SiteID, province: ProvinceID) -> Applicant {
        Applicant(id.rawValue, .device, site: site, province: province)
    }

    /// A hub of a site.
    public static func hub(_ id: DeviceID, site: SiteID, province: ProvinceID) -> Applicant {
        Applicant(id.rawValue, .hub, site: site, province: province)
    }

    fileprivate var purpose: CertificateContent.Purpose {
        switch kind {
        case .device, .hub, .coordinator: .client
        case .broker: .server(names: hosts)
        }
    }
}

extension AuthorityFolder {
    /// A certificate starts a day before it is made: clocks of devices are wrong by a time zone.
    private static let clockSlack = Duration.seconds(86_400)

    /// Makes the first authority; throws `authorityExists`.
    public func initialise(days: Int, at now: Instant) throws(ProvisioningError) {
        try change { ledger throws(ProvisioningError) in
            guard ledger.authorities.isEmpty else { throw .authorityExists }
            try addAuthority(to: &ledger, days: days, at: now)
        }
    }

    /// Makes another authority, which issues from now on; the older ones are trusted on.
    public func rotate(days: Int, at now: Instant) throws(ProvisioningError) {
        try change { ledger throws(ProvisioningError) in
            guard !ledger.authorities.isEmpty else { throw .noAuthority }
            try addAuthority(to: &ledger, days: days, at: now)
        }
    }

    /// Trusts an older authority no more; without `force` not while good certificates are its.
    public func retire(_ number: Int, force: Bool, at now: Instant) throws(ProvisioningError) {
        try change { ledger throws(ProvisioningError) in
            guard number != ledger.issuing?.number,
                let index = ledger.authorities.firstIndex(where: { $0.number == number }),
                ledger.authorities[index].retiredAt == nil
            else { throw .notRetirable(number) }
            let inUse = ledger.entries.count { $0.authority == number && $0.isGood(at: now) }
            guard force || inUse == 0 else {
                throw .stillInUse(authority: number, certificates: inUse)
            }
            ledger.authorities[index].retiredAt = now
            ledger.note(
                .init(
                    at: now,
                    action: "retire",
                    object: "authority/\(number)",
                    detail: "\(inUse) certificates in use"
                )
            )
        }
    }

    private func addAuthority(
        to ledger: inout CertificateLedger,
        days: Int,
        at now: Instant
    ) throws(ProvisioningError) {
        let number = (ledger.authorities.last?.number ?? 0) + 1
        // Each authority has a name of its own, or readers would mix up their revocation lists.
        let name = "telehealth authority \(number) \(Hexadecimal.encode(randomBytes(4)))"
        let end = now + .seconds(days * 86_400)
        let content = CertificateContent(
            commonName: name,
            purpose: .authority,
            notBefore: seconds(now - AuthorityFolder.clockSlack),
            notAfter: seconds(end)
        )
        try store(try crypto { () throws(CryptoError) in try .create(content) }, number: number)
        ledger.authorities.append(.init(number: number, name: name, expiresAt: end))
        ledger.note(
            .init(at: now, action: "create", object: "authority/\(number)", detail: name)
        )
    }

    /// Issues a certificate for a fresh key.
    ///
    /// The ledger knows of it before anybody holds it. A device's earlier certificates stay good:
    /// it changes over when it likes.
    public func issue(
        to applicant: Applicant,
        days: Int,
        at now: Instant
    ) throws(ProvisioningError) -> IssuedCertificate {
        let key = try crypto { () throws(CryptoError) in try PrivateKey.generate() }
        let pem = try crypto { () throws(CryptoError) in try key.pem() }
        return try issue(to: applicant, days: days, at: now, key: pem) {
            authority,
            content throws(CryptoError) in
            try authority.issue(content, for: key)
        }
    }

    /// Issues a certificate for the key of a request (PKCS #10, PEM) that names the applicant.
    public func issue(
        to applicant: Applicant,
        request pem: String,
        days: Int,
        at now: Instant
    ) throws(ProvisioningError) -> IssuedCertificate {
        let request = try crypto { () throws(CryptoError) in try CertificateRequest(pem: pem) }
        let named = request.commonName()
        guard named == applicant.name else {
            throw .requestNames(named, device: applicant.name)
        }
        return try issue(to: applicant, days: days, at: now, key: nil) {
            authority,
            content throws(CryptoError) in
            try authority.issue(content, for: request)
        }
    }

    private func issue(
        to applicant: Applicant,
        days: Int,
        at now: Instant,
        key: String?,
        _ sign: (borrowing CertificateAuthority, CertificateContent) throws(CryptoError) ->
            Certificate
    ) throws(ProvisioningError) -> IssuedCertificate {
        try change { ledger throws(ProvisioningError) in
            guard let issuing = ledger.issuing else { throw .noAuthority }
            try ledger.checkName(of: applicant)
            let end = now + .seconds(days * 86_400)
            guard end <= issuing.expiresAt else {
                throw .outlivesAuthority(until: issuing.expiresAt)
            }
            let content = CertificateContent(
                commonName: applicant.name,
                purpose: applicant.purpose,
                notBefore: seconds(now - AuthorityFolder.clockSlack),
                notAfter: seconds(end)
            )
            let authority = try authority(issuing.number)
            let certificate = try crypto { () throws(CryptoError) in
                try sign(authority, content).pem()
            }
            let entry = CertificateLedger.Entry(
                serial: Hexadecimal.encode(content.serial),
                kind: applicant.kind,
                name: applicant.name,
                site: applicant.site,
                province: applicant.province,
                authority: issuing.number,
                issuedAt: now,
                expiresAt: end
            )
            ledger.add(entry)
            return IssuedCertificate(
                certificate: certificate,
                key: key,
                authorities: try bundle(ledger),
                entry: entry
            )
        }
    }

    /// Takes back a device's or a hub's certificates, or the one of a serial number.
    ///
    /// Returns how many; throws `nothingToRevoke` when there is none.
    @discardableResult
    public func revoke(
        _ name: String,
        serial: String? = nil,
        reason: RevocationReason,
        at now: Instant
    ) throws(ProvisioningError) -> Int {
        try change { ledger throws(ProvisioningError) in
            let count = ledger.revoke(name, serial: serial, reason: reason, at: now)
            guard count > 0 else { throw .nothingToRevoke(name) }
            return count
        }
    }

    /// The revocation list of every authority that is trusted, PEM; each gets the next number.
    ///
    /// Mosquitto refuses everybody once a list is past its end, so a list holds as long as its
    /// authority: a job that did not run must not stop the care.
    func revocationLists(at now: Instant) throws(ProvisioningError) -> String {
        try change { ledger throws(ProvisioningError) in
            var text = ""
            for index in ledger.authorities.indices
            where ledger.authorities[index].retiredAt == nil {
                ledger.authorities[index].listNumber += 1
                let record = ledger.authorities[index]
                let authority = try authority(record.number)
                let revocations = ledger.revocations(of: record.number)
                text += try crypto { () throws(CryptoError) in
                    try authority.revocationList(
                        revocations,
                        number: record.listNumber,
                        thisUpdate: seconds(now - AuthorityFolder.clockSlack),
                        nextUpdate: seconds(record.expiresAt)
                    )
                }
            }
            return text
        }
    }
}

extension CertificateLedger {
    /// Refuses names with rights of their own, and those that read like others.
    fileprivate func checkName(of applicant: Applicant) throws(ProvisioningError) {
        let name = applicant.name
        switch applicant.kind {
        case .broker, .coordinator: return
        case .hub:
            guard name.hasPrefix(BrokerConfiguration.hubPrefix) else { throw .reservedName(name) }
        case .device:
            guard !BrokerConfiguration.isReserved(name, coordinator: broker?.coordinator) else {
                throw .reservedName(name)
            }
        }
        for entry in entries where entry.kind == .device || entry.kind == .hub {
            if entry.name == name {
                guard entry.kind == applicant.kind else { throw .nameTaken(name) }
            } else if readsLike(entry.name, name) {
                throw .looksLike(name, other: entry.name)
            }
        }
    }

    fileprivate mutating func add(_ entry: Entry) {
        if entry.kind == .broker || entry.kind == .coordinator { supersede(by: entry) }
        entries.append(entry)
        var event = Event(
            at: entry.issuedAt,
            action: "provision",
            object: "\(entry.kind.rawValue)/\(entry.name)",
            detail: "certificate \(entry.serial) until \(entry.expiresAt)"
        )
        if entry.kind == .device {
            event.device = DeviceID(rawValue: entry.name)
            event.site = entry.site
        }
        note(event)
    }

    /// The broker and the coordinator have one certificate each: its files are overwritten.
    private mutating func supersede(by entry: Entry) {
        for index in entries.indices
        where entries[index].kind == entry.kind && entries[index].revokedAt == nil {
            entries[index].revokedAt = entry.issuedAt
            entries[index].reason = .superseded
        }
    }

    fileprivate mutating func revoke(
        _ name: String,
        serial: String?,
        reason: RevocationReason,
        at now: Instant
    ) -> Int {
        var count = 0
        for index in entries.indices
        where entries[index].name == name && entries[index].revokedAt == nil
            && (serial == nil || entries[index].serial == serial)
            && (entries[index].kind == .device || entries[index].kind == .hub)
        {
            entries[index].revokedAt = now
            entries[index].reason = reason
            count += 1
            note(
                Event(
                    at: now,
                    action: "revoke",
                    object: "\(entries[index].kind.rawValue)/\(name)",
                    detail: "certificate \(entries[index].serial), \(reason.rawValue)"
                )
            )
        }
        return count
    }
}

/// Whole seconds since 1970, as certificates count them.
private func seconds(_ instant: Instant) -> Int64 { instant.milliseconds / 1_000 }
