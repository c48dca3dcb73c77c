public import Vocabulary

/// How long provinces have waited of late beside one another.
///
/// A province is compared with what its requests would have waited had each waited as long as the
/// mean of its urgency in the whole country: so a province with many routine requests does not look
/// neglected. Old waits fade: every so many all count half.
public struct ProvinceWaits: Sendable, Equatable {
    /// Waits that a province needs before it is compared.
    public static let least = 10
    /// After so many waits of the whole country all count half.
    public static let fading = 4_096

    private static let none = [MeanWait](repeating: MeanWait(), count: Urgency.allCases.count)

    private var country = none
    private var provinces: [ProvinceID: [MeanWait]] = [:]
    private var sinceFading = 0

    /// No waits.
    public init() {}

    /// Counts a wait from asking, or from the earliest time wished for, to the consult.
    public mutating func note(_ wait: Duration, _ urgency: Urgency, in province: ProvinceID) {
        let minutes = max(0, Double(wait.wholeMilliseconds) / 60_000)
        country[urgency.rank - 1].add(minutes)
        provinces[province, default: ProvinceWaits.none][urgency.rank - 1].add(minutes)
        sinceFading += 1
        guard sinceFading >= ProvinceWaits.fading else { return }
        sinceFading = 0
        for urgency in country.indices { country[urgency].halve() }
        for (province, sums) in provinces {
            let halves = sums.map { sum in
                var half = sum
                half.halve()
                return half
            }
            provinces[province] = halves
        }
    }

    /// How many times as long as elsewhere the province waits: 1 is as long as the country.
    ///
    /// Nil while too few waits are known of it.
    public func index(of province: ProvinceID) -> Double? {
        guard let sums = provinces[province] else { return nil }
        let count = sums.reduce(0) { $0 + $1.count }
        let usual = zip(sums, country).reduce(0) { $0 + $1.0.count * $1.1.mean }
        guard count >= Double(ProvinceWaits.least), usual > 0 else { return nil }
        return sums.reduce(0) { $0 + $1.minutes } / usual
    }

    /// By how much the province waits longer than the country, 0…1: 1 for twice as long or more.
    public func excess(of province: ProvinceID) -> Double {
        min(max((index(of: province) ?? 1) - 1, 0), 1)
    }
}

/// Waits of one kind: how many, and their minutes together.
struct MeanWait: Sendable, Equatable {
    private(set) var count = 0.0
    private(set) var minutes = 0.0

    mutating func add(_ minutes: Double) {
        count += 1
        self.minutes += minutes
    }

    mutating func halve() {
        count /= 2
        minutes /= 2
    }

    var mean: Double { count > 0 ? minutes / count : 0 }
}
