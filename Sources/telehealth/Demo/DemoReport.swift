import Clinical
import Foundation
import Scheduler
import Store
import Vocabulary

/// The final figures of a demonstration, counted from what is stored.
struct DemoReport: Encodable {
    struct Readings: Encodable {
        let published: Int
        let durable: Int
        let duplicates: Int
        let quarantined: Int
    }

    struct Alarms: Encodable {
        let raised: Int
    }

    struct Requests: Encodable {
        let opened: Int
        let matched: Int
        let unmatched: Int
    }

    struct Sessions: Encodable {
        let started: Int
        let completed: Int
    }

    /// Quantiles in milliseconds; null while nothing was measured.
    struct Milliseconds: Codable {
        let p50: Double?
        let p99: Double?
        let max: Double?
        let count: Int?

        /// Writes every quantile: a reader finds null and not a member that is missing.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(p50, forKey: .p50)
            try container.encode(p99, forKey: .p99)
            try container.encode(max, forKey: .max)
            try container.encodeIfPresent(count, forKey: .count)
        }
    }

    let readings: Readings
    let alarms: Alarms
    let requests: Requests
    let sessions: Sessions
    let alarmToRoomMs: Milliseconds
    let readingToDurableMs: Milliseconds
    let rssMiB: Double
    let lost: Int
    let auditEntries: Int64

    private struct Simulated: Decodable {
        struct Readings: Decodable {
            let published: Int
            let acknowledged: Int
        }

        struct Sessions: Decodable {
            let started: Int
            let completed: Int
        }

        let startedAt: Instant
        let readings: Readings
        let sessions: Sessions
        let alarmToRoomMs: Milliseconds
    }

    /// Reads the simulators' report and counts the store's rows.
    init(
        simulator file: String,
        durationSeconds: Int,
        stoppedAt: Instant,
        figures: (figures: CoordinatorFigures?, peakMiB: Double),
        data directory: String
    ) async throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        let simulated = try JSONDecoder().decode(Simulated.self, from: data)
        let store = try SQLiteStore(directory: directory)
        let stored = try await store.readingCount()
        let alarms = try await store.alarms(AlarmFilter(limit: 1_000_000))
        let requests = try await store.requests(RequestFilter(limit: 1_000_000))
        let verification = try await store.verify()
        await store.close()
        guard verification.isSound else {
            throw CommandFailure("the database does not verify after the run")
        }
        readings = Readings(
            published: simulated.readings.published,
            durable: stored,
            duplicates: figures.figures?.readings.duplicates ?? 0,
            quarantined: figures.figures?.readings.quarantined ?? 0
        )
        // What is raised afterwards says only that the simulated devices were switched off.
        let end = min(simulated.startedAt + .seconds(durationSeconds), stoppedAt)
        self.alarms = Alarms(raised: alarms.count { $0.raisedAt <= end })
        self.requests = Requests(
            opened: requests.count,
            matched: requests.count { $0.state == .matched || $0.state == .fulfilled },
            unmatched: requests.count { $0.state == .unmatched }
        )
        sessions = Sessions(
            started: simulated.sessions.started,
            completed: simulated.sessions.completed
        )
        alarmToRoomMs = simulated.alarmToRoomMs
        readingToDurableMs = Milliseconds(
            p50: figures.figures?.readingToDurableMs.p50 ?? 0,
            p99: figures.figures?.readingToDurableMs.p99 ?? 0,
            max: nil,
            count: nil
        )
        rssMiB = figures.peakMiB
        // Receipts cover distinct readings and rows are distinct readings: fewer rows is loss.
        lost = max(0, simulated.readings.acknowledged - stored)
        auditEntries = verification.auditEntries
    }

    /// Writes the report as JSON.
    func write(to file: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try encoder.encode(self).write(to: URL(fileURLWithPath: file))
        } catch {
            throw CommandFailure("cannot write \(file); check path and rights")
        }
    }

    private func shown(_ milliseconds: Double?) -> String {
        milliseconds.map { "\(Int($0.rounded())) ms" } ?? "–"
    }

    /// The figures for the terminal.
    var lines: [String] {
        [
            "readings  published \(readings.published), durable \(readings.durable),"
                + " duplicates \(readings.duplicates), quarantined \(readings.quarantined),"
                + " lost \(lost)",
            "alarms    raised \(alarms.raised)",
            "requests  opened \(requests.opened), matched \(requests.matched),"
                + " unmatched \(requests.unmatched)",
            "sessions  started \(sessions.started), completed \(sessions.completed)",
            "alarm to room      p50 \(shown(alarmToRoomMs.p50)), p99 \(shown(alarmToRoomMs.p99)),"
                + " max \(shown(alarmToRoomMs.max))",
            "reading to durable p50 \(shown(readingToDurableMs.p50)),"
                + " p99 \(shown(readingToDurableMs.p99))",
            "coordinator's memory at most \(Int(rssMiB)) MiB; audit chain of"
                + " \(auditEntries) entries is sound",
        ]
    }
}
