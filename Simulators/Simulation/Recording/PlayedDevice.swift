import Clinical
public import Vocabulary

/// A device that plays a recorded stay instead of measuring: same spool, same duty.
public struct PlayedDevice: FleetDevice {
    /// What the device has done so far.
    public private(set) var figures = DeviceFigures()
    /// The entries that no receipt covers yet.
    public private(set) var spool: Spool
    private let stay: RecordedStay
    private let start: Instant
    private let speed: Double
    private var next = 0
    private var isLinked = false

    /// Plays the stay from `start` on, `speed` times as fast as it was recorded.
    ///
    /// Measuring and entering are hastened alike, so an entry that was late by a tenth of the time
    /// to the next one still is. At speed 1 the lateness is the recorded one.
    public init(_ stay: RecordedStay, boot: String, start: Instant, speed: Double) {
        self.stay = stay
        self.start = start
        self.speed = speed
        spool = Spool(boot: boot)
    }

    /// Whether every entry has been played.
    public var isFinished: Bool { next == stay.entries.count }

    /// When `advance` has something to do; nil when nothing will happen by itself.
    public var nextDue: Instant? {
        let entry = isFinished ? nil : instant(of: stay.entries[next].enteredMinute)
        let overdue = isLinked ? spool.overdueAt : nil
        guard let entry, let overdue else { return entry ?? overdue }
        return min(entry, overdue)
    }

    /// The broker answered.
    public mutating func connected(at instant: Instant) -> [DeviceEffect] {
        isLinked = true
        let status = DeviceEffect.publish(.status, NativePayload.status(isOnline: true))
        return [status] + backlog(spool.sendAll(at: instant), at: instant)
    }

    /// The connection broke.
    public mutating func disconnected() {
        isLinked = false
    }

    /// A receipt arrived; returns the readings that it covers for the first time.
    public mutating func receive(_ receipt: Receipt) -> [SpoolEntry] {
        let covered = spool.cover(receipt)
        figures.receipts += 1
        figures.covered += covered.count
        return covered
    }

    /// A recording goes on as it was recorded.
    public mutating func obey(
        _ command: ReceivedCommand,
        at instant: Instant
    ) -> [DeviceEffect] {
        [.publish(.responses, command.answer("failed", detail: "a recording takes no commands"))]
    }

    /// A recording cannot be treated.
    public mutating func treat(at instant: Instant) {}

    /// Plays no more; what is kept is still sent until it is covered.
    public mutating func rest() {
        next = stay.entries.count
    }

    /// Plays what is due by now.
    public mutating func advance(to now: Instant) -> [DeviceEffect] {
        var effects: [DeviceEffect] = []
        while !isFinished, instant(of: stay.entries[next].enteredMinute) <= now {
            let entry = stay.entries[next]
            next += 1
            let measurement = Measurement(entry.values, at: instant(of: entry.measuredMinute))
            guard !measurement.reading.signs.isEmpty else { continue }
            spool.keep(measurement)
            figures.measured += 1
            if isLinked, let entry = spool.sendNewest(at: now) {
                figures.published += 1
                figures.messages += 1
                effects.append(
                    .publish(
                        .vitals,
                        NativePayload.single(
                            entry.measurement,
                            boot: entry.boot,
                            sequence: entry.sequence,
                            sent: now
                        )
                    )
                )
            }
        }
        if isLinked { effects += backlog(spool.sendOverdue(at: now), at: now) }
        return effects
    }

    private func instant(of minute: Double) -> Instant {
        start + .milliseconds(Int64((minute - stay.firstMinute) * 60_000 / speed))
    }

    private mutating func backlog(_ entries: [SpoolEntry], at now: Instant) -> [DeviceEffect] {
        figures.note(backlog: entries)
        return NativePayload.backlogs(entries, sent: now).map { .publish(.vitals, $0) }
    }
}
