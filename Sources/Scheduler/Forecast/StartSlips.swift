public import Vocabulary

/// How much later than first planned consults have begun, by urgency and specialty.
///
/// It holds all that a plan does not know: how long doctors take to answer, that some decline, let
/// an offer run out or do not come, and that people are late. A specialty of which little is known
/// is taken to be like all others of the urgency. Old slips fade: every so many all count half.
public struct StartSlips: Sendable, Equatable {
    /// After so many slips of an urgency all of it count half.
    public static let fading = 512
    /// What is known of the urgency counts like so many slips of the specialty.
    private static let prior = 10.0
    /// A consult that began so much later was moved by people for reasons of their own.
    private static let longest: Duration = .hours(24 * 7)

    private struct Kind: Hashable {
        let urgency: Urgency
        let specialty: Specialty?
    }

    private var sums: [Kind: MeanWait] = [:]
    private var sinceFading: [Urgency: Int] = [:]

    /// No slips.
    public init() {}

    /// Counts a consult that began so much after its first planned start; before is no slip.
    public mutating func note(_ slip: Duration, _ urgency: Urgency, _ specialty: Specialty) {
        guard slip < StartSlips.longest else { return }
        let minutes = max(0, Double(slip.wholeMilliseconds) / 60_000)
        sums[Kind(urgency: urgency, specialty: nil), default: MeanWait()].add(minutes)
        sums[Kind(urgency: urgency, specialty: specialty), default: MeanWait()].add(minutes)
        sinceFading[urgency, default: 0] += 1
        guard sinceFading[urgency] ?? 0 >= StartSlips.fading else { return }
        sinceFading[urgency] = 0
        for kind in sums.keys where kind.urgency == urgency { sums[kind]?.halve() }
    }

    /// How many slips the mean of an urgency rests on, the old ones counting less.
    public func count(_ urgency: Urgency) -> Double {
        sums[Kind(urgency: urgency, specialty: nil)]?.count ?? 0
    }

    /// How much later than planned such a consult is to be expected to begin.
    public func expected(_ urgency: Urgency, _ specialty: Specialty) -> Duration {
        let all = sums[Kind(urgency: urgency, specialty: nil)] ?? MeanWait()
        let own = sums[Kind(urgency: urgency, specialty: specialty)] ?? MeanWait()
        guard all.count > 0 else { return .zero }
        let minutes =
            (own.minutes + StartSlips.prior * all.mean) / (own.count + StartSlips.prior)
        return .milliseconds(Int64(minutes * 60_000))
    }
}
