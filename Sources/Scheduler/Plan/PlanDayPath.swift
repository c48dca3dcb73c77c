/// The best day that a doctor could have among a few requests: a longest path over the ticks.
///
/// Each tick keeps the best way to it and whom that has served, so that nobody is served twice;
/// where two ways meet only the better one goes on, which makes it a heuristic, and quick.
struct PlanDayPath: Sendable {
    /// A request, and what a place for it gains: `worth` less `wait` for each tick of the day.
    struct Candidate: Sendable {
        var request: Int32
        var length: Int
        var wait: Int
        var worth: Int
    }

    private struct Label {
        var gain = 0
        /// Whom the way has served, a bit each.
        var served: UInt64 = 0
        /// The last of them; −1 when the way comes from the tick before.
        var last = -1
        var start = 0
    }

    /// More are not looked at.
    static let limit = 64

    private(set) var candidates: [Candidate] = []
    /// Whom the best day serves, and from which tick on, the last first.
    private(set) var chosen: [(request: Int32, start: Int)] = []
    private var labels: [Label]
    /// For each tick the candidates that may start there, a bit each.
    private var open: [UInt64]
    /// The ticks at which anybody may start.
    private var span: Range<Int>
    private let horizon: Int

    init(horizon: Int) {
        self.horizon = horizon
        span = horizon..<horizon
        labels = Array(repeating: Label(), count: horizon + 1)
        open = Array(repeating: 0, count: horizon + 1)
    }

    /// Begins with nobody.
    mutating func clear() {
        candidates.removeAll(keepingCapacity: true)
        for tick in span { open[tick] = 0 }
        span = horizon..<horizon
    }

    /// Lets the next candidate start at the ticks of one word.
    mutating func openNext(at word: UInt64, _ index: Int) {
        guard word != 0 else { return }
        let bit: UInt64 = 1 << UInt64(candidates.count)
        let first = index * 64 + word.trailingZeroBitCount
        let end = index * 64 + 64 - word.leadingZeroBitCount
        span =
            span.isEmpty
            ? first..<end : min(span.lowerBound, first)..<max(span.upperBound, end)
        var bits = word
        while bits != 0 {
            open[index * 64 + bits.trailingZeroBitCount] |= bit
            bits &= bits - 1
        }
    }

    mutating func append(_ candidate: Candidate) {
        candidates.append(candidate)
    }

    /// Finds whom the best day serves.
    mutating func solve(buffer: Int) {
        chosen.removeAll(keepingCapacity: true)
        guard !span.isEmpty else { return }
        let reach = candidates.reduce(0) { max($0, $1.length) } + buffer
        let end = min(horizon, span.upperBound + reach)
        for tick in span.lowerBound...end { labels[tick] = Label() }
        for tick in span.lowerBound...end {
            if tick > span.lowerBound, labels[tick - 1].gain >= labels[tick].gain {
                labels[tick] = labels[tick - 1]
                labels[tick].last = -1
            }
            extend(tick, buffer: buffer, end: end)
        }
        var tick = end
        while tick > span.lowerBound {
            let label = labels[tick]
            if label.last < 0 {
                tick -= 1
            } else {
                tick = label.start
                chosen.append((candidates[label.last].request, tick))
            }
        }
    }

    /// Goes on from a tick with everybody who may start there.
    private mutating func extend(_ tick: Int, buffer: Int, end: Int) {
        let label = labels[tick]
        var bits = open[tick] & ~label.served
        while bits != 0 {
            let number = bits.trailingZeroBitCount
            bits &= bits - 1
            let candidate = candidates[number]
            let gain = label.gain + candidate.worth - candidate.wait * tick
            let free = min(end, tick + candidate.length + buffer)
            guard gain > labels[free].gain else { continue }
            let served = label.served | 1 << UInt64(number)
            labels[free] = Label(gain: gain, served: served, last: number, start: tick)
        }
    }
}
