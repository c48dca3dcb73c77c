import Vocabulary

/// When each case is to be looked at next: a binary heap whose outdated entries are skipped.
struct DeadlineQueue: Sendable {
    private struct Entry: Sendable {
        let at: Instant
        let id: RequestID
    }

    private var heap: [Entry] = []
    private var current: [RequestID: Instant] = [:]

    /// The earliest deadline.
    var first: Instant? { heap.first?.at }

    /// The case's deadline.
    subscript(id: RequestID) -> Instant? { current[id] }

    /// Sets or, with nil, removes the case's deadline.
    mutating func set(_ id: RequestID, _ at: Instant?) {
        guard current[id] != at else { return }
        current[id] = at
        if let at {
            heap.append(Entry(at: at, id: id))
            rise(heap.count - 1)
        }
        if heap.count > 4 * current.count + 64 { rebuild() }
        dropOutdated()
    }

    /// Forgets outdated entries, so that the heap stays within a multiple of the cases.
    private mutating func rebuild() {
        let entries = current.map { Entry(at: $0.value, id: $0.key) }
        heap = entries.sorted { $0.at < $1.at }
    }

    /// The cases whose deadline is at or before `now`; they stay in the queue.
    func due(at now: Instant) -> [RequestID] {
        guard let first, first <= now else { return [] }
        var due: [RequestID] = []
        var places = [0]
        while let place = places.popLast() {
            guard place < heap.count, heap[place].at <= now else { continue }
            let entry = heap[place]
            if current[entry.id] == entry.at { due.append(entry.id) }
            places.append(2 * place + 1)
            places.append(2 * place + 2)
        }
        return Array(Set(due)).sorted()
    }

    /// Keeps a current entry on top, so that `first` is true without a search.
    private mutating func dropOutdated() {
        while let top = heap.first, current[top.id] != top.at {
            let last = heap.removeLast()
            guard !heap.isEmpty else { return }
            heap[0] = last
            sink(0)
        }
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].at < heap[parent].at else { return }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
