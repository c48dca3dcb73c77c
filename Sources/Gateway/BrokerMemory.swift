import Foundation
import Vocabulary

/// What the gateway must still know of the broker after a restart, in one small file.
///
/// Without it, a session of an earlier configuration would go on collecting messages that nobody
/// reads, and a session or messages lost while the gateway was down would go unnoticed.
struct BrokerMemory: Sendable {
    private struct Content: Codable, Equatable {
        var sessions: [BrokerSession] = []
        /// Messages that the broker had dropped, as last seen.
        var dropped: Int64?
        /// When the broker that had dropped them was started.
        var startedAt: Instant?
    }

    private let file: String?
    private var content = Content()

    /// What the file holds; one that is missing or unreadable is an empty memory.
    init(file: String?) {
        self.file = file
        guard let file, let data = FileManager.default.contents(atPath: file),
            let content = try? JSONDecoder().decode(Content.self, from: data)
        else { return }
        self.content = content
    }

    /// Takes the sessions that are wanted from now on; returns those that must be emptied.
    ///
    /// An installation that has never written this file had the one session for everything.
    mutating func want(_ sessions: [BrokerSession], stem: String) throws -> [BrokerSession] {
        let known =
            content.sessions.isEmpty
            ? [BrokerSession(stem: stem, provinces: [])] : content.sessions
        let stale = known.filter { old in !sessions.contains { $0.clientID == old.clientID } }
        let wanted = sessions.map { session in
            content.sessions.first { $0.clientID == session.clientID } ?? session
        }
        try change { $0.sessions = wanted + stale }
        return stale
    }

    /// Whether the broker was seen to keep the session.
    func isEstablished(_ clientID: String) -> Bool {
        content.sessions.contains { $0.clientID == clientID && $0.isEstablished }
    }

    /// The broker keeps the session from now on.
    mutating func establish(_ clientID: String) throws {
        try change { content in
            for index in content.sessions.indices
            where content.sessions[index].clientID == clientID {
                content.sessions[index].isEstablished = true
            }
        }
    }

    /// The session is gone from the broker.
    mutating func forget(_ clientID: String) throws {
        try change { $0.sessions.removeAll { $0.clientID == clientID } }
    }

    /// What the broker had dropped, and when it was started, as last noted.
    var drops: (dropped: Int64, startedAt: Instant?)? {
        content.dropped.map { ($0, content.startedAt) }
    }

    /// Notes what the broker has dropped since its start.
    mutating func note(dropped: Int64, startedAt: Instant?) throws {
        try change { content in
            content.dropped = dropped
            content.startedAt = startedAt
        }
    }

    private mutating func change(_ body: (inout Content) -> Void) throws {
        let before = content
        body(&content)
        guard content != before, let file else { return }
        try JSONEncoder().encode(content).write(to: URL(filePath: file), options: .atomic)
    }
}
