import Crypto
import Foundation
import Gateway
import Glibc
public import Vocabulary

/// The folder of the broker's files: configuration, access, passwords, certificates, lists.
///
/// Everything in it is made from the ledger, except the passwords; `publish` brings it up to date.
public struct BrokerFolder: Sendable {
    private let authorities: AuthorityFolder

    /// The broker of a deployment.
    public init(_ authorities: AuthorityFolder) {
        self.authorities = authorities
    }

    /// What became of an attempt to bring the broker up to date.
    public enum Publication: Sendable, Equatable {
        /// No broker was set up yet, or nothing changed.
        case nothing
        /// The files changed and the broker reads them.
        case told
        /// The files changed; the broker could not be told.
        case untold
    }

    /// Takes the broker's set-up, issues what certificates it lacks, and writes every file.
    ///
    /// A certificate that stands is kept as long as its names are right and its end is more than 30
    /// days away, unless `renew` is set. The coordinator's files go into `coordinatorDirectory`.
    public func setUp(
        _ broker: CertificateLedger.Broker,
        password: String?,
        coordinatorDirectory: String,
        days: Int,
        renew: Bool,
        at now: Instant
    ) throws(ProvisioningError) -> Publication {
        guard let ledger = try authorities.ledger(), !ledger.authorities.isEmpty else {
            throw .noAuthority
        }
        for (folder, mode) in [
            (broker.directory, 0o750), (broker.stateDirectory, 0o770),
            (coordinatorDirectory, 0o700),
        ] { try make(folder, mode_t(mode)) }
        let files = configuration(broker, ledger, at: now)
        let names = broker.hosts.compactMap(HostName.init)
        try certify(
            Applicant(broker.hosts.first ?? "", .broker, hosts: names),
            (files.certificatePath, files.keyPath, 0o640),
            days: days,
            renew: renew,
            at: now
        )
        if broker.coordinatorPort != nil {
            try certify(
                Applicant(broker.coordinator, .coordinator),
                (
                    coordinatorDirectory + "/certificate.pem", coordinatorDirectory + "/key.pem",
                    0o600
                ),
                days: days,
                renew: renew,
                at: now
            )
        }
        try write(coordinatorDirectory + "/ca.pem", try authorities.bundle(ledger), 0o600)
        if let password {
            try setPassword(password, of: broker.coordinator, in: files.passwordPath)
            try write(coordinatorDirectory + "/password", password + "\n", 0o600)
        } else if !FileManager.default.fileExists(atPath: files.passwordPath) {
            try write(files.passwordPath, "", 0o640)
        }
        try authorities.change { $0.broker = broker }
        return try publish(at: now)
    }

    /// Brings configuration, access list, authorities and revocation lists up to date and tells
    /// the broker; does nothing while no broker was set up.
    @discardableResult
    public func publish(at now: Instant) throws(ProvisioningError) -> Publication {
        guard let ledger = try authorities.ledger(), let broker = ledger.broker else {
            return .nothing
        }
        let files = configuration(broker, ledger, at: now)
        // The lists come first: an access list alone leaves a revoked certificate its connection.
        let lists = try authorities.revocationLists(at: now)
        for (path, text) in [
            (files.revocationPath, lists), (files.authorityPath, try authorities.bundle(ledger)),
            (files.directory + "/access", files.accessText()), (files.path, files.text()),
        ] { try write(path, text, 0o640) }
        return BrokerSignal.reload(processFile: files.processPath) ? .told : .untold
    }

    /// Sets a user's password in the broker's file and tells the broker.
    public func setPassword(
        _ password: String,
        of user: String
    ) throws(ProvisioningError) -> Publication {
        guard let ledger = try authorities.ledger(), let broker = ledger.broker else {
            throw .noBroker
        }
        let files = configuration(broker, ledger, at: .distantPast)
        try setPassword(password, of: user, in: files.passwordPath)
        return BrokerSignal.reload(processFile: files.processPath) ? .told : .untold
    }

    private func setPassword(
        _ password: String,
        of user: String,
        in path: String
    ) throws(ProvisioningError) {
        let line = try crypto { () throws(CryptoError) in
            try MosquittoPassword.line(name: user, password: password)
        }
        let text = DevicePasswords.text(of: path, without: user, adding: [line])
        try write(path, text, 0o640)
    }

    private func configuration(
        _ broker: CertificateLedger.Broker,
        _ ledger: CertificateLedger,
        at now: Instant
    ) -> BrokerConfiguration {
        var listeners: [BrokerConfiguration.Listener] = []
        if let port = broker.localPort {
            listeners.append(.init(port: port, address: "127.0.0.1", kind: .plain))
        }
        listeners.append(.init(port: broker.port, kind: .devices))
        if let port = broker.passwordPort { listeners.append(.init(port: port, kind: .passwords)) }
        if let port = broker.coordinatorPort {
            listeners.append(.init(port: port, kind: .coordinator))
        }
        var files = BrokerConfiguration(directory: broker.directory, listeners: listeners)
        files.stateDirectory = broker.stateDirectory
        files.user = broker.user
        files.coordinator = broker.coordinator
        files.refused = ledger.refused(at: now)
        files.hubs = ledger.hubs.compactMap { hub in
            guard let province = hub.province, let site = hub.site else { return nil }
            return .init(user: hub.name, province: province.rawValue, site: site.rawValue)
        }
        return files
    }

    /// Issues a certificate into two files unless what stands there will do.
    private func certify(
        _ applicant: Applicant,
        _ files: (certificate: String, key: String, mode: mode_t),
        days: Int,
        renew: Bool,
        at now: Instant
    ) throws(ProvisioningError) {
        if !renew, try stands(files.certificate, files.key, applicant, at: now) { return }
        let issued = try authorities.issue(to: applicant, days: days, at: now)
        try write(files.key, issued.key ?? "", files.mode)
        try write(files.certificate, issued.certificate, files.mode)
    }

    /// Whether the files hold a certificate that can go on.
    private func stands(
        _ certificatePath: String,
        _ keyPath: String,
        _ applicant: Applicant,
        at now: Instant
    ) throws(ProvisioningError) -> Bool {
        guard let text = try? String(contentsOfFile: certificatePath, encoding: .utf8),
            let keyText = try? String(contentsOfFile: keyPath, encoding: .utf8),
            let ledger = try authorities.ledger()
        else { return false }
        do {
            let certificate = try Certificate(pem: text)
            let facts = try certificate.facts()
            let trusted = Set(ledger.trusted.map(\.number))
            return certificate.belongs(to: try PrivateKey(pem: keyText))
                && facts.commonName == applicant.name
                && applicant.hosts.allSatisfy { certificate.isFor(host: $0.description) }
                && facts.notAfter > (now + .seconds(30 * 86_400)).milliseconds / 1_000
                && ledger.entries.contains {
                    $0.serial == facts.serial && $0.revokedAt == nil
                        && trusted.contains($0.authority)
                }
        } catch {
            return false
        }
    }

    private func make(_ folder: String, _ mode: mode_t) throws(ProvisioningError) {
        if unsafe mkdir(folder, mode) == 0 {
            // The folder's group is inherited where the administrator set it so.
            var status = stat()
            _ = unsafe stat(folder, &status)
            guard unsafe chmod(folder, mode | (status.st_mode & mode_t(S_ISGID))) == 0 else {
                throw .file(folder)
            }
        } else if errno != EEXIST {
            throw .file(folder)
        }
    }

    private func write(_ path: String, _ text: String, _ mode: mode_t) throws(ProvisioningError) {
        guard DurableFile.update(path, text, mode: mode) != nil else { throw .file(path) }
    }
}
