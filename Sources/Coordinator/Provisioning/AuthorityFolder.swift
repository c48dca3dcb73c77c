import Crypto
import Foundation
import Glibc
import Vocabulary

/// The folder `ca` in the data directory: the deployment's own certificate authorities.
///
/// It has a lock of its own, so that devices are provisioned and revoked beside a coordinator that
/// is running. An authority's key is sealed with the deployment's key and leaves this folder never.
public struct AuthorityFolder: Sendable {
    /// The folder.
    let path: String
    private let sealing: SealingKey

    /// The folder of a data directory; the deployment's keys are made when they are missing.
    public init(dataDirectory: String) throws(ConfigurationError) {
        self.init(dataDirectory: dataDirectory, keys: try KeyRing(directory: dataDirectory))
    }

    init(dataDirectory: String, keys: KeyRing) {
        path = dataDirectory + "/ca"
        sealing = keys.sealing
    }

    /// The ledger as it is now; nil before the first authority is made.
    public func ledger() throws(ProvisioningError) -> CertificateLedger? {
        guard FileManager.default.fileExists(atPath: ledgerPath) else { return nil }
        guard let bytes = FileManager.default.contents(atPath: ledgerPath) else {
            throw .file(ledgerPath)
        }
        guard let ledger = try? JSONDecoder().decode(CertificateLedger.self, from: bytes) else {
            throw .damaged(ledgerPath)
        }
        return ledger
    }

    /// Which version of the ledger there is: it differs whenever the file was written.
    func version() -> String? {
        var status = stat()
        guard unsafe stat(ledgerPath, &status) == 0 else { return nil }
        return "\(status.st_ino) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }

    /// Changes the ledger: one process at a time, whole or not at all, and durably.
    ///
    /// What `body` throws leaves the ledger as it was.
    func change<Result: ~Copyable>(
        _ body: (inout CertificateLedger) throws(ProvisioningError) -> Result
    ) throws(ProvisioningError) -> Result {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw .file(path) }
        let lock = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw .file(path) }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .file(path) }
        }
        var ledger = try ledger() ?? CertificateLedger()
        let result = try body(&ledger)
        guard let bytes = try? jsonBytes(ledger), DurableFile.write(bytes, to: ledgerPath) else {
            throw .file(ledgerPath)
        }
        return result
    }

    // MARK: Authorities

    /// Keeps a new authority: its certificate in the open, its key sealed.
    func store(
        _ authority: borrowing CertificateAuthority,
        number: Int
    ) throws(ProvisioningError) {
        let name = keyName(number)
        let key: String
        let certificate: String
        do {
            key = try sealing.seal(try authority.keyPEM(), for: name)
            certificate = try authority.certificate.pem()
        } catch {
            throw .crypto(error)
        }
        for (path, text) in [(keyPath(number), key + "\n"), (certificatePath(number), certificate)]
        where !DurableFile.write(Array(text.utf8), to: path) {
            throw .file(path)
        }
    }

    /// The authority with its key, to sign with.
    func authority(_ number: Int) throws(ProvisioningError) -> CertificateAuthority {
        guard let sealed = try? String(contentsOfFile: keyPath(number), encoding: .utf8) else {
            throw .file(keyPath(number))
        }
        let certificate = try certificate(number)
        do {
            let key = try sealing.open(sealed.filter { !$0.isWhitespace }, for: keyName(number))
            return try CertificateAuthority(
                try Certificate(pem: certificate),
                try PrivateKey(pem: key)
            )
        } catch {
            throw .damaged(keyPath(number))
        }
    }

    /// The authority's certificate, PEM.
    func certificate(_ number: Int) throws(ProvisioningError) -> String {
        let path = certificatePath(number)
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .file(path)
        }
        return text
    }

    /// The certificates of all authorities that are trusted, PEM: what every side is given.
    public func bundle(_ ledger: CertificateLedger) throws(ProvisioningError) -> String {
        var text = ""
        for authority in ledger.trusted { text += try certificate(authority.number) }
        return text
    }

    private var ledgerPath: String { path + "/ledger.json" }
    private func keyName(_ number: Int) -> String { "ca/authority-\(number)" }
    private func keyPath(_ number: Int) -> String { path + "/authority-\(number).key" }
    private func certificatePath(_ number: Int) -> String { path + "/authority-\(number).pem" }
}
