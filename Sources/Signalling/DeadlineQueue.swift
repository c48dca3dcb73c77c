import Vocabulary

/// A binary heap of things to look at, earliest first.
///
/// Entries are never taken out early: who pops one asks whether it still holds and puts a later
/// one in if not. So there is at most one entry a cause, whatever happens in between.
struct DeadlineQueue<Cause: Sendable>: Sendable {
    private var heap: [(at: Instant, cause: Cause)] = []

    /// When the earliest is due.
    var earliest: Instant? { heap.first?.at }

    /// Adds an entry.
    mutating func insert(_ cause: Cause, at time: Instant) {
        heap.append((time, cause))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].at < heap[parent].at else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and returns the earliest entry that is due by `now`.
    mutating func pop(dueBy now: Instant) -> Cause? {
        guard let first = heap.first, first.at <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in parent * 2 + 1...parent * 2 + 2
            where child < heap.count && heap[child].at < heap[smallest].at {
                smallest = child
            }
            guard smallest != parent else { return first.cause }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
