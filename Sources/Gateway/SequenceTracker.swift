/// Which sequence numbers of one boot of a device are durable.
struct SequenceTracker: Sendable, Equatable {
    /// More separate ranges than this are not kept: what lies above is reported as not durable.
    static let rangeLimit = 4_096

    /// Durable numbers, ascending, neither touching nor overlapping.
    private(set) var ranges: [ClosedRange<Int64>]

    init(_ ranges: [ClosedRange<Int64>] = []) {
        self.ranges = ranges
    }

    func contains(_ sequence: Int64) -> Bool {
        // The newest range is nearly always the one.
        if let last = ranges.last, last.lowerBound <= sequence {
            return sequence <= last.upperBound
        }
        let index = firstRange(endingAtOrAfter: sequence)
        return index < ranges.count && ranges[index].contains(sequence)
    }

    mutating func insert(_ sequence: Int64) {
        if let last = ranges.last, sequence > last.upperBound {
            if sequence == last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...sequence
            } else if ranges.count < SequenceTracker.rangeLimit {
                ranges.append(sequence...sequence)
            }
            return
        }
        let index = firstRange(endingAtOrAfter: sequence)
        guard index < ranges.count else {
            ranges.append(sequence...sequence)
            return
        }
        guard !ranges[index].contains(sequence) else { return }
        let joinsBefore = index > 0 && ranges[index - 1].upperBound + 1 == sequence
        let joinsAfter = ranges[index].lowerBound - 1 == sequence
        switch (joinsBefore, joinsAfter) {
        case (true, true):
            ranges[index - 1] = ranges[index - 1].lowerBound...ranges[index].upperBound
            ranges.remove(at: index)
        case (true, false): ranges[index - 1] = ranges[index - 1].lowerBound...sequence
        case (false, true): ranges[index] = sequence...ranges[index].upperBound
        case (false, false):
            ranges.insert(sequence...sequence, at: index)
            if ranges.count > SequenceTracker.rangeLimit { ranges.removeLast() }
        }
    }

    /// The highest durable number and what is missing below it; nil while nothing is durable.
    ///
    /// Numbers start at 1, so what lies between 1 and the first durable number is missing too.
    /// With more than `gapLimit` gaps the height is lowered to what they explain, so that a device
    /// never takes a number for durable that is not.
    func receipt(gapLimit: Int) -> (high: Int64, gaps: [ClosedRange<Int64>])? {
        guard let first = ranges.first else { return nil }
        var gaps: [ClosedRange<Int64>] = first.lowerBound > 1 ? [1...first.lowerBound - 1] : []
        var high = first.upperBound
        for range in ranges.dropFirst() {
            guard gaps.count < gapLimit else { break }
            gaps.append(high + 1...range.lowerBound - 1)
            high = range.upperBound
        }
        return (high, gaps)
    }

    private func firstRange(endingAtOrAfter sequence: Int64) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
