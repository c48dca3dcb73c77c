import Vocabulary

/// How far a scenario has come: from 0 before its onset to 1 at its full extent.
struct Course: Sendable {
    /// When it begins.
    let onset: Instant
    /// How long it takes from there to its full extent.
    let length: Duration
    /// When treatment began to turn it back; nil before.
    private(set) var treatedAt: Instant?
    private var extentAtTreatment = 0.0

    init(onset: Instant, length: Duration) {
        self.onset = onset
        self.length = length
    }

    /// The extent, 0…1: a smooth rise, and a fall of the same length once treated.
    func extent(at instant: Instant) -> Double {
        guard let treatedAt, instant > treatedAt else { return rise(at: instant) }
        return extentAtTreatment * (1 - smooth(fraction(of: instant - treatedAt)))
    }

    /// Turns the course back from now on; a second treatment changes nothing.
    mutating func treat(at instant: Instant) {
        guard treatedAt == nil else { return }
        extentAtTreatment = rise(at: instant)
        treatedAt = instant
    }

    /// Whether treatment has undone all of it.
    func isOver(at instant: Instant) -> Bool {
        treatedAt.map { instant - $0 >= length } ?? false
    }

    private func rise(at instant: Instant) -> Double {
        smooth(fraction(of: instant - onset))
    }

    private func fraction(of span: Duration) -> Double {
        Double(span.wholeMilliseconds) / Double(max(1, length.wholeMilliseconds))
    }

    /// 0 below 0, 1 above 1, and a curve without corners between.
    private func smooth(_ fraction: Double) -> Double {
        let fraction = min(1, max(0, fraction))
        return fraction * fraction * (3 - 2 * fraction)
    }
}
