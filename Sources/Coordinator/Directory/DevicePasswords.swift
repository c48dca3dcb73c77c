import Crypto
import Foundation
import Glibc
import Vocabulary

/// Mosquitto's password file, kept up as devices come and go, and the broker told to read it.
actor DevicePasswords {
    private let file: String
    private let brokerPid: String?
    private let log: Log

    init(file: String, brokerPid: String?, log: Log) {
        self.file = file
        self.brokerPid = brokerPid
        self.log = log
    }

    /// Sets a device's password.
    func set(_ password: String, of device: DeviceID) throws {
        let line = try MosquittoPassword.line(name: device.rawValue, password: password)
        try rewrite(without: device, adding: [line])
    }

    /// Forgets a device's password.
    func remove(_ device: DeviceID) throws {
        try rewrite(without: device, adding: [])
    }

    /// Writes the file anew beside the old one and puts it in its place.
    private func rewrite(without device: DeviceID, adding lines: [String]) throws {
        let text = DevicePasswords.text(of: file, without: device.rawValue, adding: lines)
        do {
            let fresh = file + ".new"
            try Data(text.utf8).write(to: URL(fileURLWithPath: fresh))
            // The broker drops its rights and must still read it.
            unsafe chmod(fresh, 0o640)
            guard unsafe rename(fresh, file) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            throw Problem(
                503,
                "devicePasswords",
                "the broker's password file cannot be written; check mqtt.devicePasswords"
            )
        }
        reloadBroker()
    }

    /// The file's text without a user's line, and with other lines.
    static func text(of file: String, without user: String, adding lines: [String]) -> String {
        let old = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let kept = old.split(separator: "\n").filter { !$0.hasPrefix(user + ":") }
        return (kept.map(String.init) + lines).map { $0 + "\n" }.joined()
    }

    private func reloadBroker() {
        guard let brokerPid else { return }
        if !BrokerSignal.reload(processFile: brokerPid) {
            log(.warning, "devices", "the broker could not be told to reload its passwords")
        }
    }
}
