/// A timer that was scheduled on a loop.
public struct LoopTimer: Hashable, Sendable {
    let deadline: Int64
    let number: UInt64
}

/// Timers in the order of their deadlines: a binary heap of tokens, bodies beside it.
struct TimerQueue {
    private var heap: [LoopTimer] = []
    private var bodies: [LoopTimer: @Sendable () -> Void] = [:]
    private var count: UInt64 = 0

    mutating func insert(at deadline: Int64, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
        count += 1
        let timer = LoopTimer(deadline: deadline, number: count)
        bodies[timer] = body
        heap.append(timer)
        siftUp(from: heap.count - 1)
        return timer
    }

    /// Forgets the body; the token stays in the heap until its deadline.
    mutating func remove(_ timer: LoopTimer) {
        bodies[timer] = nil
        dropCancelled()
    }

    func isFirst(_ timer: LoopTimer) -> Bool {
        heap.first == timer
    }

    /// Milliseconds until the first deadline, nil without timers.
    func delay(now: Int64) -> Int32? {
        heap.first.map { Int32(clamping: max(0, $0.deadline - now)) }
    }

    /// Takes the first body whose deadline has come.
    mutating func popDue(now: Int64) -> (@Sendable () -> Void)? {
        dropCancelled()
        guard let first = heap.first, first.deadline <= now else { return nil }
        removeFirst()
        return bodies.removeValue(forKey: first)
    }

    private mutating func dropCancelled() {
        while let first = heap.first, bodies[first] == nil { removeFirst() }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(from: 0)
    }

    private mutating func siftUp(from index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(from index: Int) {
        var parent = index
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && precedes(heap[child], heap[first]) {
                first = child
            }
            guard first != parent else { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }

    private func precedes(_ left: LoopTimer, _ right: LoopTimer) -> Bool {
        (left.deadline, left.number) < (right.deadline, right.number)
    }
}
