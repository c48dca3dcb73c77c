/// The frames that were sent and not acknowledged yet, oldest first, within a bound.
///
/// When one more does not fit, the oldest go: the receiver then learns of the gap when it resumes.
struct FrameRing: Sendable {
    /// The most frames.
    let countLimit: Int
    /// The most bytes; the newest frame stays even when it alone is larger.
    let byteLimit: Int
    private var slots: [[UInt8]] = []
    private var head = 0
    /// The bytes of all frames.
    private(set) var byteCount = 0

    init(countLimit: Int, byteLimit: Int) {
        self.countLimit = countLimit
        self.byteLimit = byteLimit
    }

    /// How many frames there are.
    var count: Int { slots.count - head }

    /// Appends a frame and returns how many of the oldest had to go for it.
    mutating func append(_ frame: [UInt8]) -> Int {
        var evicted = 0
        while count > 0, count >= countLimit || byteCount + frame.count > byteLimit {
            removeFirst()
            evicted += 1
        }
        slots.append(frame)
        byteCount += frame.count
        return evicted
    }

    /// Removes the `number` oldest frames.
    mutating func removeFirst(_ number: Int = 1) {
        for _ in 0..<min(number, count) {
            byteCount -= slots[head].count
            slots[head] = []
            head += 1
        }
        if head == slots.count {
            slots.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= slots.count {
            slots.removeFirst(head)
            head = 0
        }
    }

    /// Removes every frame.
    mutating func removeAll() {
        slots = []
        head = 0
        byteCount = 0
    }

    /// The frames from the `index`-th oldest on.
    func frames(from index: Int) -> ArraySlice<[UInt8]> {
        slots[min(head + index, slots.count)...]
    }
}
