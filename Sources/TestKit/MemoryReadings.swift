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

    init(quarantineRows: Int) {
        self.quarantineRows = quarantineRows
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
        Array((readings[patient] ?? []).lazy.filter { range.contains($0.at) }.prefix(limit))
    }

    func page(after place: ReadingPage.Cursor) -> ReadingPage {
        let rest = readings.values.joined().filter { follows($0, place) }.sorted(by: precedes)
        let page = Array(rest.prefix(ReadingPage.size))
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

    private func follows(_ reading: Reading, _ place: ReadingPage.Cursor) -> Bool {
        let at = reading.at.milliseconds
        if at != place.at { return at > place.at }
        return (reading.patient, reading.device, reading.boot, reading.sequence)
            > (place.patient, place.device, place.boot, place.sequence)
    }
}
