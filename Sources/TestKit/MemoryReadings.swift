import Clinical
import Store
import Vocabulary

/// Readings, boots and refused payloads of a store in memory.
struct MemoryReadings: Sendable {
    private struct BootKey: Hashable {
        let device: DeviceNumber
        let boot: Int32
    }

    private let quarantineRows: Int
    private let retention: Retention
    private var latestReceipt = Instant.distantPast.milliseconds
    private var boots: [BootKey: String] = [:]
    private var bootTexts: [DeviceNumber: Set<String>] = [:]
    private var sequences: [BootKey: Set<Int64>] = [:]
    private var refused: [BootKey: Set<Int64>] = [:]
    /// By patient, in the order of time.
    private var readings: [PatientNumber: [Reading]] = [:]
    private var payloads: [QuarantinedPayload] = []
    private var payloadCount: Int64 = 0
    private(set) var count = 0
    private(set) var dropped = 0

    init(quarantineRows: Int, retention: Retention) {
        self.quarantineRows = quarantineRows
        self.retention = retention
    }

    // MARK: Writing

    /// Whether the boot is new with a new text, or the same again.
    func accepts(_ boot: DeviceBoot) -> Bool {
        if let text = boots[BootKey(device: boot.device, boot: boot.number)] {
            return text == boot.boot
        }
        return !(bootTexts[boot.device]?.contains(boot.boot) ?? false)
    }

    mutating func store(_ batch: IngestBatch) -> IngestOutcome {
        for boot in batch.boots {
            boots[BootKey(device: boot.device, boot: boot.number)] = boot.boot
            bootTexts[boot.device, default: []].insert(boot.boot)
        }
        var stored = 0
        for reading in batch.readings {
            let key = BootKey(device: reading.device, boot: reading.boot)
            guard sequences[key, default: []].insert(reading.sequence).inserted else { continue }
            insert(reading)
            latestReceipt = max(latestReceipt, reading.receivedAt.milliseconds)
            stored += 1
        }
        count += stored
        for payload in batch.quarantined { quarantine(payload) }
        return IngestOutcome(stored: stored, duplicates: batch.readings.count - stored)
    }

    func resolvedAt(_ id: Int64) -> Instant? {
        payload(id)?.resolvedAt
    }

    mutating func resolve(_ id: Int64, at instant: Instant?) {
        guard let index = payloads.firstIndex(where: { $0.id == id }) else { return }
        payloads[index].resolvedAt = instant
    }

    private mutating func insert(_ reading: Reading) {
        var ordered = readings.removeValue(forKey: reading.patient) ?? []
        // Nearly always at the end: readings arrive in order but for a backlog.
        var index = ordered.count
        while index > 0, precedes(reading, ordered[index - 1]) { index -= 1 }
        ordered.insert(reading, at: index)
        readings[reading.patient] = ordered
    }

    private mutating func quarantine(_ payload: QuarantinedPayload) {
        if let device = payload.device, let boot = payload.boot, let sequence = payload.sequence {
            let key = BootKey(device: device, boot: boot)
            guard refused[key, default: []].insert(sequence).inserted else { return }
        }
        var payload = payload
        payloadCount += 1
        payload.id = payloadCount
        payloads.append(payload)
        while payloads.count > quarantineRows {
            payloads.remove(at: payloads.firstIndex { $0.resolvedAt != nil } ?? 0)
            dropped += 1
        }
    }

    // MARK: Reading

    func allBoots() -> [DeviceBoot] {
        boots.map { DeviceBoot(device: $0.key.device, number: $0.key.boot, boot: $0.value) }
            .sorted { ($0.device, $0.number) < ($1.device, $1.number) }
    }

    func of(_ patient: PatientNumber, _ range: Range<Instant>, limit: Int) -> [Reading] {
        let kept = (readings[patient] ?? []).lazy.filter { isKept($0, nil) }
        return Array(kept.filter { range.contains($0.at) }.prefix(limit))
    }

    /// Made of all readings anew at each call, which is what another store's must equal.
    func aggregates(
        of patient: PatientNumber,
        _ resolution: Aggregate.Resolution,
        _ range: Range<Instant>,
        limit: Int
    ) -> [Aggregate] {
        let first = resolution.start(of: range.lowerBound.milliseconds)
        var found: [Aggregate] = []
        for reading in readings[patient] ?? [] where isKept(reading, resolution) {
            let start = resolution.start(of: reading.at.milliseconds)
            guard start >= first, start < range.upperBound.milliseconds else { continue }
            if found.last?.start.milliseconds != start {
                guard found.count < limit else { break }
                let start = Instant(milliseconds: start)
                found.append(Aggregate(patient: patient, start: start))
            }
            found[found.count - 1].add(reading)
        }
        return found
    }

    private func isKept(_ reading: Reading, _ resolution: Aggregate.Resolution?) -> Bool {
        reading.at.milliseconds >= retention.start(of: resolution, latestReceipt: latestReceipt)
    }

    func page(since from: Instant, after place: ReadingPage.Cursor?) -> ReadingPage {
        let rest = readings.values.joined().filter { reading in
            reading.at >= from && isKept(reading, nil) && place?.precedes(reading) ?? true
        }
        let page = Array(
            rest.sorted { ReadingPage.Cursor($0).precedes($1) }.prefix(ReadingPage.size)
        )
        let isLast = page.count < ReadingPage.size
        return ReadingPage(
            readings: page,
            next: isLast ? nil : page.last.map(ReadingPage.Cursor.init)
        )
    }

    func durable(device: DeviceNumber, boot: Int32) -> [ClosedRange<Int64>] {
        let key = BootKey(device: device, boot: boot)
        var ranges: [ClosedRange<Int64>] = []
        for sequence in (sequences[key] ?? []).union(refused[key] ?? []).sorted() {
            if let last = ranges.last, sequence &- last.upperBound == 1 {
                ranges[ranges.count - 1] = last.lowerBound...sequence
            } else {
                ranges.append(sequence...sequence)
            }
        }
        return ranges
    }

    func quarantine(limit: Int, before: Int64?) -> [QuarantinedPayload] {
        Array(payloads.reversed().lazy.filter { $0.id < before ?? .max }.prefix(limit))
    }

    func payload(_ id: Int64) -> QuarantinedPayload? {
        payloads.first { $0.id == id }
    }

    private func precedes(_ left: Reading, _ right: Reading) -> Bool {
        if left.at != right.at { return left.at < right.at }
        return (left.patient, left.device, left.boot, left.sequence)
            < (right.patient, right.device, right.boot, right.sequence)
    }
}
