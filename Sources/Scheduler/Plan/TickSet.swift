/// Sets of ticks, one a row, as bits in one array: a window test is a shift and a mask.
struct TickSet: Sendable, Equatable {
    /// Words in a row.
    let words: Int
    private var bits: [UInt64]

    /// Empty rows that hold the ticks below `horizon`.
    init(rows: Int, horizon: Int) {
        words = (horizon + 63) / 64
        bits = [UInt64](repeating: 0, count: rows * words)
    }

    /// Adds an empty row behind the others.
    mutating func appendRow() { bits += repeatElement(0, count: words) }

    /// The bits of word `index` that stand for ticks from `first` to `last`.
    static func mask(_ index: Int, _ first: Int, _ last: Int) -> UInt64 {
        var mask = UInt64.max
        if index == first >> 6 { mask = from(first) }
        if index == last >> 6 { mask &= to(last) }
        return mask
    }

    /// The bits of a tick's word from the tick on, and those up to it; the shifts use six bits of it.
    private static func from(_ tick: Int) -> UInt64 { .max &<< UInt64(truncatingIfNeeded: tick) }
    private static func to(_ tick: Int) -> UInt64 {
        .max &>> UInt64(truncatingIfNeeded: 63 &- tick)
    }

    /// A word of a row; words beyond the row are empty.
    func word(_ row: Int, _ index: Int) -> UInt64 {
        index < words ? bits[row * words + index] : 0
    }

    func contains(_ row: Int, _ tick: Int) -> Bool {
        word(row, tick / 64) & (1 << UInt64(tick % 64)) != 0
    }

    /// Whether the row holds none of the ticks; what lies beyond it is free.
    func isFree(_ row: Int, _ ticks: Range<Int>) -> Bool {
        let last = Swift.min(ticks.upperBound, words * 64) - 1
        guard ticks.lowerBound <= last else { return true }
        let (low, high) = (row * words + ticks.lowerBound >> 6, row * words + last >> 6)
        let (start, end) = (TickSet.from(ticks.lowerBound), TickSet.to(last))
        if low == high { return bits[low] & start & end == 0 }
        return bits[low] & start == 0 && bits[high] & end == 0
            && bits[(low + 1)..<high].allSatisfy { $0 == 0 }
    }

    /// The row's first tick of those; nil for none.
    func first(_ row: Int, in ticks: Range<Int>) -> Int? {
        let last = Swift.min(ticks.upperBound, words * 64) - 1
        guard ticks.lowerBound <= last else { return nil }
        for index in ticks.lowerBound >> 6...last >> 6 {
            let word = bits[row * words + index] & TickSet.mask(index, ticks.lowerBound, last)
            if word != 0 { return index * 64 + word.trailingZeroBitCount }
        }
        return nil
    }

    mutating func insert(_ row: Int, _ tick: Int) {
        bits[row * words + tick / 64] |= 1 << UInt64(tick % 64)
    }

    mutating func remove(_ row: Int, _ tick: Int) {
        bits[row * words + tick / 64] &= ~(1 << UInt64(tick % 64))
    }

    /// Ticks beyond the row's words are passed over.
    mutating func insert(_ row: Int, _ ticks: Range<Int>) {
        change(row, ticks) { $0 | $1 }
    }

    mutating func remove(_ row: Int, _ ticks: Range<Int>) {
        change(row, ticks) { $0 & ~$1 }
    }

    /// The ticks from which `length` ticks on all lie outside the row's set, in one word.
    ///
    /// What lies beyond the horizon counts as outside.
    func openings(_ row: Int, _ index: Int, length: Int) -> UInt64 {
        if length > 63 { return slowOpenings(row, index, length: length) }
        var blocked = bits[row * words + index]
        var tail = word(row, index + 1)
        if blocked | tail == 0 { return .max }
        var spread = 1
        // Doubling: after each step a bit says that one of the next `spread` ticks is taken.
        while spread < length {
            let step = UInt64(Swift.min(spread, length - spread))
            blocked |= blocked &>> step | tail &<< (64 &- step)
            tail |= tail &>> step
            spread += Int(step)
        }
        return ~blocked
    }

    private func slowOpenings(_ row: Int, _ index: Int, length: Int) -> UInt64 {
        var open: UInt64 = 0
        for bit in 0..<64 {
            let start = index * 64 + bit
            let isOpen = !(start..<(start + length)).contains { tick in
                word(row, tick / 64) & (1 << UInt64(tick % 64)) != 0
            }
            if isOpen { open |= 1 << UInt64(bit) }
        }
        return open
    }

    private mutating func change(
        _ row: Int,
        _ ticks: Range<Int>,
        _ body: (UInt64, UInt64) -> UInt64
    ) {
        let last = Swift.min(ticks.upperBound, words * 64) - 1
        guard ticks.lowerBound <= last else { return }
        for index in ticks.lowerBound >> 6...last >> 6 {
            let place = row * words + index
            bits[place] = body(bits[place], TickSet.mask(index, ticks.lowerBound, last))
        }
    }
}
