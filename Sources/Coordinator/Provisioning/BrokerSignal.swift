import Foundation
import Glibc

/// Tells a running Mosquitto to read its files again.
enum BrokerSignal {
    /// Sends SIGHUP to the process that the file names; false when there is none or we may not.
    ///
    /// Mosquitto 2.0.11 then reads access list, passwords, certificates, authorities and revocation
    /// lists; listeners are read at its start only. An id that another program has by now gets
    /// nothing.
    static func reload(processFile: String) -> Bool {
        guard let text = try? String(contentsOfFile: processFile, encoding: .utf8),
            let process = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), process > 1,
            let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8),
            name == "mosquitto\n"
        else { return false }
        return kill(process, SIGHUP) == 0
    }
}
