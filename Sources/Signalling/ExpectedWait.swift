import Vocabulary

/// How long whoever waits for a doctor has to expect to wait.
///
/// The rule, in its one place: a doctor sees one after the other, by urgency and then by who came
/// first. So a wait is what the consult under way still takes, and a typical consult for each who
/// is ahead; and nobody is seen before the planned start. What is typical is the median of the
/// last 32 consults, 15 min before there were five. A consult that lasts longer than that is
/// expected to end within a minute.
public struct ExpectedWait: Sendable, Equatable {
    /// What a consult lasts before enough of them are known.
    public static let standard = Duration.minutes(15)
    /// What a consult still takes when it has lasted longer than is typical.
    public static let least = Duration.minutes(1)
    /// So many consults must be known for their median to count.
    public static let enough = 5
    /// So many are remembered.
    public static let memory = 32

    private var lengths: [Duration] = []

    /// Nothing is known yet.
    public init() {}

    /// A consult has ended that was live for so long.
    public mutating func note(_ length: Duration) {
        if lengths.count >= ExpectedWait.memory { lengths.removeFirst() }
        lengths.append(length)
    }

    /// What a consult lasts.
    public var typical: Duration {
        guard lengths.count >= ExpectedWait.enough else { return ExpectedWait.standard }
        return lengths.sorted()[lengths.count / 2]
    }

    /// The wait of somebody with so many ahead, whose doctor has been in a consult for so long.
    ///
    /// `underWay` is nil while the doctor is in none; `plannedIn` is how far off the start is.
    public func wait(ahead: Int, underWay: Duration?, plannedIn: Duration = .zero) -> Duration {
        let left = underWay.map { max(typical - $0, ExpectedWait.least) } ?? .zero
        return max(left + typical * ahead, plannedIn)
    }
}
