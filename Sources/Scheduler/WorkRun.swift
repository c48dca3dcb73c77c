import Vocabulary

/// The run of work that a consult would be part of: it, and every other consult of the doctor with
/// less than a pause between.
///
/// The buffer after a consult is work as well. A run begins with its first consult and ends with
/// the buffer after its last.
struct WorkRun: Sendable {
    private(set) var from: Instant
    private(set) var until: Instant
    private let start: Instant
    /// The ends of the doctor's other stretches of work.
    private let ends: [Instant]

    /// Asked for the consult of a pairing, its booking that the terms leave out not counted.
    init(_ pairing: Pairing, in roster: Roster) {
        start = pairing.start
        from = pairing.start
        until = pairing.doctorFreeAt
        let stretches = roster.stretches(of: pairing)
        ends = stretches.map(\.until)
        // They are few, and mostly in order: one pass, and one more for what it has joined.
        var rest = stretches
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for place in rest.indices.reversed()
            where rest[place].from < until + UnbrokenRunRule.pause
                && from < rest[place].until + UnbrokenRunRule.pause
            {
                from = min(from, rest[place].from)
                until = max(until, rest[place].until)
                rest.remove(at: place)
                isGrowing = true
            }
        }
    }

    /// How long the doctor would be at work without a pause.
    var length: Duration { until - from }

    /// The next start, later than the one asked for, at which the run may be no longer than that.
    ///
    /// What came before stays in it until a pause lies between; with nothing before, a later start
    /// makes it shorter.
    func nextStart(limit: Duration) -> Instant? {
        let rested = ends.map { $0 + UnbrokenRunRule.pause }.filter { $0 > start }.min()
        guard from == start, until - limit > start else { return rested }
        return min(rested ?? until - limit, until - limit)
    }
}

extension Roster {
    /// The doctor's consults with their buffers, live ones and those of late that took place.
    func stretches(of pairing: Pairing) -> [(from: Instant, until: Instant)] {
        let done = work(of: pairing.entry).done.map { (from: $0.from, until: $0.until) }
        let slots = row(pairing.entry).slots.filter { $0.booking != pairing.ignored }
        return done + slots.map { (from: $0.start, until: $0.end(seenAt: pairing.now)) }
    }
}
