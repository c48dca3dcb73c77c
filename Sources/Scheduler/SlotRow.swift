import Vocabulary

/// What live bookings claim of one doctor, station or patient: slots in the order of their starts.
///
/// Bookings begin and end at any millisecond, so a row of ticks could only say where to look
/// again. A row of a doctor has no overlaps, so that a question is one binary search; where that
/// does not hold, for the stations of a site or while a consult runs late, every slot is asked.
struct SlotRow: Sendable {
    /// One live booking's claim, half-open.
    struct Slot: Sendable, Equatable {
        /// The booking's number in the roster.
        let booking: Int32
        /// Whether the consult is going on, so that it may last beyond `until`.
        let isRunning: Bool
        let start: Instant
        var until: Instant

        /// The first instant after the claim as far as is known at `now`: a consult that has
        /// outlasted its plan is expected to go on for a while.
        func end(seenAt now: Instant) -> Instant {
            isRunning ? max(until, now + SlotRow.overrun) : until
        }

        func overlaps(_ from: Instant, _ to: Instant, seenAt now: Instant) -> Bool {
            start < to && from < end(seenAt: now)
        }
    }

    /// How much longer a consult that has outlasted its plan is taken to last.
    static let overrun: Duration = .minutes(5)
    /// The number of no booking.
    static let nobody: Int32 = -1

    private(set) var slots: [Slot] = []
    /// Whether the ends ascend like the starts and are known.
    private var isOrdered = true

    var isEmpty: Bool { slots.isEmpty }

    mutating func insert(_ slot: Slot) {
        let place = slots.firstIndex { $0.start > slot.start } ?? slots.endIndex
        slots.insert(slot, at: place)
        order()
    }

    mutating func remove(_ booking: Int32) {
        slots.removeAll { $0.booking == booking }
        order()
    }

    /// Whether nobody but `ignored` claims any of the half-open range.
    func isFree(
        _ start: Instant,
        _ end: Instant,
        seenAt now: Instant,
        ignoring ignored: Int32 = SlotRow.nobody
    ) -> Bool {
        guard isOrdered, ignored == SlotRow.nobody else {
            return !slots.contains { $0.booking != ignored && $0.overlaps(start, end, seenAt: now) }
        }
        let place = firstEnding(after: start)
        return place == slots.count || slots[place].start >= end
    }

    /// The first instant after `instant` at which a claim ends.
    func nextEnd(after instant: Instant, seenAt now: Instant) -> Instant? {
        if isOrdered {
            let place = firstEnding(after: instant)
            return place < slots.count ? slots[place].until : nil
        }
        var next: Instant?
        for slot in slots {
            let end = slot.end(seenAt: now)
            if end > instant { next = min(next ?? end, end) }
        }
        return next
    }

    /// The most claims but `ignored` that lie over one another at any instant of the range.
    func peak(
        _ start: Instant,
        _ end: Instant,
        seenAt now: Instant,
        ignoring ignored: Int32 = SlotRow.nobody
    ) -> Int {
        let touching = slots.filter {
            $0.booking != ignored && $0.overlaps(start, end, seenAt: now)
        }
        // The count only grows where a slot begins, or at the start of the range.
        var peak = 0
        for instant in [start] + touching.map({ max($0.start, start) }) {
            let count = touching.count {
                $0.start <= instant && instant < $0.end(seenAt: now)
            }
            peak = max(peak, count)
        }
        return peak
    }

    /// The first slot that ends after `instant`, where the ends ascend.
    private func firstEnding(after instant: Instant) -> Int {
        var (low, high) = (0, slots.count)
        while low < high {
            let middle = (low + high) / 2
            if slots[middle].until > instant { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private mutating func order() {
        isOrdered = !slots.contains(where: \.isRunning)
        guard isOrdered else { return }
        for (left, right) in zip(slots, slots.dropFirst()) where right.until < left.until {
            isOrdered = false
            return
        }
    }
}
