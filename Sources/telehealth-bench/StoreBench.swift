import Arguments
import Clinical
import Foundation
import Glibc
import Store
import TestKit
import Vocabulary

/// The store alone: what a reading costs, and how long a question takes beside 100 million others.
let storeCommand = Command(
    "store",
    "CPU for each stored reading with compaction, and range queries beside plain rows.",
    options: [
        .option("--readings", "N", "readings to append for each number of devices (2000000)"),
        .option("--batch", "N", "readings in one commit (50)"),
        .option("--history", "N", "readings to query among; 0 leaves this part out (1000000)"),
        .option("--directory", "DIR", "where to work; a fresh folder inside is removed at the end"),
        .flag("--plain", "lay the history out as plain rows too, as schema 1 did"),
    ]
) { arguments in
    let bench = StoreBench(
        readings: try arguments.integer("--readings", in: 1_000...1_000_000_000) ?? 2_000_000,
        batch: try arguments.integer("--batch", in: 1...10_000) ?? 50,
        history: try arguments.integer("--history", in: 0...1_000_000_000) ?? 1_000_000,
        directory: arguments.value("--directory") ?? NSTemporaryDirectory(),
        plain: arguments.has("--plain")
    )
    try await bench.run()
}

/// Appends, compacts and asks, and says what each took.
struct StoreBench {
    let readings: Int
    let batch: Int
    let history: Int
    let directory: String
    let plain: Bool

    func run() async throws {
        for devices in [100, 3_000, 50_000] {
            try await inFolder { try await append(devices: devices, in: $0) }
        }
        guard history > 0 else { return }
        try await inFolder { try await query(in: $0) }
    }

    private func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = directory + "/telehealth-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    // MARK: Appending

    private func append(devices: Int, in folder: String) async throws {
        let store = try SQLiteStore(directory: folder)
        let start = ContinuousClock.now
        let cpu = processorSeconds()
        var made = 0.0
        var slowest = Duration.zero
        var load = Load(devices: devices)
        var left = readings
        while left > 0 {
            let before = processorSeconds()
            var ingest = IngestBatch()
            for _ in 0..<min(batch, left) { ingest.readings.append(load.next()) }
            made += processorSeconds() - before
            left -= ingest.readings.count
            let commit = ContinuousClock.now
            _ = try await store.commit(ingest)
            slowest = max(slowest, commit.duration(to: .now))
        }
        let appended = processorSeconds() - cpu - made
        let wall = start.duration(to: .now).seconds
        try await settle(store)
        let used = processorSeconds() - cpu - made
        let bytes = try size(of: folder)
        await store.close()
        writeLine(
            """
            append   \(devices) devices, \(readings) readings in commits of \(batch): \
            \(text(appended / Double(readings) * 1e6)) µs CPU a reading while appending, \
            \(text(used / Double(readings) * 1e6)) with the last compaction; \
            \(Int(Double(readings) / wall)) readings/s; longest commit \
            \(text(slowest.milliseconds)) ms; \(text(Double(bytes) / Double(readings))) bytes a \
            reading on disk; memory \(Int(maximumResidentMegabytes())) MiB
            """
        )
    }

    /// Waits for a compaction under way and runs the last one.
    private func settle(_ store: SQLiteStore) async throws {
        while await store.burden().readings > 0 { try await store.compact() }
    }

    // MARK: Asking

    private func query(in folder: String) async throws {
        // A reading in ten seconds of each patient, 30 days long.
        let perPatient = 30 * 8_640
        let patients = max(1, history / perPatient)
        let store = try SQLiteStore(directory: folder)
        var load = Load(devices: patients, step: 10_000)
        let rows = try plain ? PlainRows(folder + "-plain") : nil
        defer {
            for end in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: folder + "-plain" + end)
            }
        }
        var left = history
        while left > 0 {
            var ingest = IngestBatch()
            for _ in 0..<min(5_000, left) { ingest.readings.append(load.next()) }
            left -= ingest.readings.count
            try rows?.append(ingest.readings)
            _ = try await store.commit(ingest)
        }
        try await settle(store)
        writeLine(
            """
            history  \(history) readings of \(patients) patients, \
            \(text(Double(try size(of: folder)) / 1e9)) GB
            """
        )
        try await ask(store, rows, patients: patients, end: load.now)
        await store.close()
    }

    private func ask(
        _ store: SQLiteStore,
        _ rows: PlainRows?,
        patients: Int,
        end: Int64
    ) async throws {
        var random = SeededRandom(seed: 1)
        var day = Timings("a patient's day, single readings")
        var month = Timings("a patient's 30 days, hours of one sign")
        var plainDay = Timings("the same day from plain rows")
        var plainMonth = Timings("the same 30 days from plain rows")
        let first = Instant(milliseconds: end - 30 * 86_400_000)
        for round in 0..<200 {
            let patient = PatientNumber(Int.random(in: 1...patients, using: &random))
            let from = first + .hours(24 * Int.random(in: 0..<29, using: &random))
            try await day.time {
                try await store.readings(
                    of: patient,
                    from: from,
                    until: from + .hours(24),
                    limit: 100_000
                ).count
            }
            try await month.time {
                try await store.aggregates(
                    of: patient,
                    .hour,
                    from: first,
                    until: Instant(milliseconds: end),
                    limit: 100_000
                ).count { $0[.heartRate] != nil }
            }
            guard let rows else { continue }
            try await plainDay.time {
                try rows.readings(of: patient, from: from, until: from + .hours(24))
            }
            guard round < 20 else { continue }
            try await plainMonth.time {
                try rows.hours(of: patient, from: first, until: Instant(milliseconds: end))
            }
        }
        for timings in [day, plainDay, month, plainMonth] {
            if let line = timings.line { writeLine(line) }
        }
    }

    private func text(_ number: Double) -> String { String(format: "%.2f", number) }

    private func size(of folder: String) throws -> Int {
        let manager = FileManager.default
        return try manager.subpathsOfDirectory(atPath: folder).reduce(0) { sum, name in
            let facts = try? manager.attributesOfItem(atPath: folder + "/" + name)
            guard facts?[.type] as? FileAttributeType == .typeRegular else { return sum }
            return sum + (facts?[.size] as? Int ?? 0)
        }
    }
}

/// How long one kind of question took.
private struct Timings {
    private let question: String
    private var milliseconds: [Double] = []
    private var rows = 0

    init(_ question: String) {
        self.question = question
    }

    /// Times an answer, which is so many rows.
    mutating func time(_ answer: () async throws -> Int) async throws {
        let start = ContinuousClock.now
        rows += try await answer()
        milliseconds.append(start.duration(to: .now).milliseconds)
    }

    /// What there is to say; nil when it was never asked.
    var line: String? {
        let sorted = milliseconds.sorted()
        guard !sorted.isEmpty else { return nil }
        return String(
            format: "query    %@: p50 %.2f ms, p99 %.2f ms (%d rows on average, %d times)",
            question,
            sorted[sorted.count / 2],
            sorted[sorted.count * 99 / 100],
            rows / sorted.count,
            sorted.count
        )
    }
}

/// Devices that measure in turn, a patient each; the last reading is of the present.
struct Load {
    private let devices: Int
    private let step: Int64
    private var turn = 0
    private let start: Int64 = 1_795_132_800_000

    /// All devices measure once in `step` milliseconds.
    init(devices: Int, step: Int64 = 10_000) {
        self.devices = devices
        self.step = step
    }

    /// The time of the next reading.
    var now: Int64 { start + Int64(turn / devices) * step }

    mutating func next() -> Reading {
        let device = turn % devices
        let round = turn / devices
        let at = now + Int64(device) * step / Int64(devices)
        turn += 1
        var reading = Reading(
            device: DeviceNumber(device + 1),
            patient: PatientNumber(device + 1),
            boot: 1,
            sequence: Int64(round + 1),
            at: Instant(milliseconds: at),
            receivedAt: Instant(milliseconds: at + 40)
        )
        let change = (device &* 31 &+ round) % 7
        reading[.heartRate] = Magnitude(70 + change)
        reading[.oxygenSaturation] = Magnitude(95 + change % 3)
        reading[.respiratoryRate] = Magnitude(14 + change % 4)
        reading[.systolicPressure] = Magnitude(118 + change)
        reading[.diastolicPressure] = Magnitude(78 + change % 5)
        reading[.temperature] = Magnitude(thousandths: 36_600 + Int32(change) * 100)
        return reading
    }
}
