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
        let old = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let kept = old.split(separator: "\n").filter { !$0.hasPrefix(device.rawValue + ":") }
        let text = (kept.map(String.init) + lines).joined(separator: "\n") + "\n"
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

    private func reloadBroker() {
        guard let brokerPid else { return }
        guard let text = try? String(contentsOfFile: brokerPid, encoding: .utf8),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 1,
            kill(pid, SIGHUP) == 0
        else {
            log(.warning, "devices", "the broker could not be told to reload its passwords")
            return
        }
    }
}
