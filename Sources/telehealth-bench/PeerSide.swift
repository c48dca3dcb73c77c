import Foundation

/// What the peer reports (`Tests/Peers/paho_sqlite.py`).
struct PeerReport: Codable {
    /// Distinct readings in its database.
    var stored: Int
    var cpuSeconds: Double
}

extension PeerReport {
    func text(_ messages: Int, _ gateway: Double) -> String {
        let cost = cpuSeconds / Double(messages) * 1e6
        return """
            peer      \(rounded(cost)) µs CPU a message: paho-mqtt and SQLite, not scored; \
            \(rounded(cost / gateway)) times the gateway
            """
    }
}

/// The path of a peer's program, next to this checkout's tests.
func peerProgram(_ name: String = "paho_sqlite.py") throws -> String {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Tests/Peers/\(name)").standardized.path
    guard FileManager.default.fileExists(atPath: path) else {
        throw IngestBench.Failure.noPeer(path)
    }
    return path
}
