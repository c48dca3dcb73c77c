import Vocabulary

/// What a ward wakes up for.
enum Deadline: Sendable {
    /// A device may have been silent for too long.
    case silence(DeviceNumber)
    /// An acknowledgement may have run out.
    case acknowledgement(PatientNumber, AlarmID)
    /// A step of an alarm's chain may be due, or its pause over.
    case chain(PatientNumber, AlarmID)
    /// A patient's equipment may have changed with time or with a binding.
    case equipment(PatientNumber)
}

/// Deadlines by their time: a binary heap.
///
/// An entry may have become void since it was queued; who takes it checks again.
struct DeadlineQueue: Sendable {
    private var entries: [(at: Instant, deadline: Deadline)] = []

    /// The earliest time, nil when there is none.
    var next: Instant? { entries.first?.at }

    /// Queues a deadline.
    mutating func push(_ deadline: Deadline, at: Instant) {
        entries.append((at, deadline))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].at < entries[parent].at else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest deadline that is due at `now`, nil when none is.
    mutating func pop(due now: Instant) -> Deadline? {
        guard let first = entries.first, first.at <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first.deadline }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].at < entries[least].at {
                least = child
            }
            guard least != parent else { return first.deadline }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
