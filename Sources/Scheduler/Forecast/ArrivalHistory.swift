public import Vocabulary

/// What was asked for of late, by specialty, province, urgency and hour, and how long it took.
///
/// The last seven days count. What is expected of an hour is the mean of the same hour of the days
/// before; with less than a day of records, the mean of the hours that there are.
public struct ArrivalHistory: Sendable {
    /// Days that count.
    public static let days = 7
    /// Consults of a specialty whose length counts: the newest so many.
    public static let consultLimit = 500
    /// With fewer consults than this, the planned length stands in for the measured one.
    public static let consultLeast = 10
    /// The length that is taken before there are enough consults, in minutes.
    public static let plannedMinutes = 25.0

    /// Most choices of languages that are told apart in a province.
    static let languageLimit = 64

    /// One kind of demand.
    private struct Kind: Hashable {
        let specialty: Specialty
        let province: ProvinceID
        let urgency: Urgency
    }

    private var counts: [Kind: [Int64: Int]] = [:]
    private var lengths: [Specialty: [Double]] = [:]
    /// How often each choice of languages was asked for.
    private var spoken: [ProvinceID: [[Language]: Int]] = [:]
    private var recorded: Range<Int64>?

    private static let hour: Int64 = 3_600_000

    /// A history of nothing.
    public init() {}

    /// Says from when until when the records are whole; older ones are forgotten.
    public mutating func records(from start: Instant, until end: Instant) {
        let first = max(
            start.milliseconds,
            end.milliseconds - Int64(ArrivalHistory.days) * 24 * ArrivalHistory.hour
        )
        let firstHour = ArrivalHistory.number(
            of: Instant(milliseconds: first + ArrivalHistory.hour - 1)
        )
        recorded = firstHour..<max(ArrivalHistory.number(of: end), firstHour)
        for (kind, hours) in counts {
            let kept = hours.filter { $0.key >= firstHour }
            counts[kind] = kept.isEmpty ? nil : kept
        }
    }

    /// Counts a request.
    public mutating func asked(
        _ specialty: Specialty,
        _ urgency: Urgency,
        from province: ProvinceID,
        at instant: Instant,
        in languages: [Language] = []
    ) {
        note(languages, province)
        let kind = Kind(specialty: specialty, province: province, urgency: urgency)
        counts[kind, default: [:]][ArrivalHistory.number(of: instant), default: 0] += 1
    }

    /// Counts a consult that took place.
    public mutating func served(_ specialty: Specialty, minutes: Double) {
        guard minutes >= 0 else { return }
        var known = lengths[specialty] ?? []
        known.append(minutes)
        if known.count > 2 * ArrivalHistory.consultLimit {
            known.removeFirst(known.count - ArrivalHistory.consultLimit)
        }
        lengths[specialty] = known
    }

    /// The mean length of the newest consults, and how many they are; the planned one when few.
    public func consultMinutes(_ specialty: Specialty) -> (mean: Double, count: Int) {
        let newest = (lengths[specialty] ?? []).suffix(ArrivalHistory.consultLimit)
        guard newest.count >= ArrivalHistory.consultLeast else {
            return (ArrivalHistory.plannedMinutes, newest.count)
        }
        return (newest.reduce(0, +) / Double(newest.count), newest.count)
    }

    /// How many minutes longer a consult is to be expected to last that has lasted so many: the mean
    /// of the newest ones that lasted longer still.
    ///
    /// Of few such nothing is known but that it goes on: half the mean, at least.
    public func remainingMinutes(_ specialty: Specialty, after elapsed: Double) -> Double {
        let newest = (lengths[specialty] ?? []).suffix(ArrivalHistory.consultLimit)
        let longer = newest.filter { $0 > elapsed }
        guard longer.count >= ArrivalHistory.consultLeast else {
            let mean = consultMinutes(specialty).mean
            return max(mean - elapsed, mean / 2)
        }
        return longer.reduce(0, +) / Double(longer.count) - elapsed
    }

    /// Whole days of records, at most seven.
    public var recordedDays: Int { Int((recorded?.count ?? 0) / 24) }

    /// Requests expected in the hour that holds the instant.
    ///
    /// All provinces together when `province` is nil.
    public func expected(
        _ specialty: Specialty,
        urgencies: Set<Urgency>,
        province: ProvinceID?,
        inHourOf instant: Instant
    ) -> Double {
        let hours = hours(like: instant)
        guard !hours.isEmpty else { return 0 }
        let total = counts.reduce(0) { sum, entry in
            let (kind, byHour) = entry
            guard kind.specialty == specialty, urgencies.contains(kind.urgency),
                province == nil || kind.province == province
            else { return sum }
            return sum + hours.reduce(0) { $0 + (byHour[$1] ?? 0) }
        }
        return Double(total) / Double(hours.count)
    }

    /// Whole requests as they are to be expected in these spans of an hour, spread over each.
    ///
    /// A kind of request that is expected less than once an hour comes as often as it adds up to one.
    func expected(_ specialty: Specialty, in spans: [Range<Instant>]) -> [ExpectedRequest] {
        let kinds = counts.keys.filter { $0.specialty == specialty }
            .sorted { ($0.province, $0.urgency) < ($1.province, $1.urgency) }
        var due = [Double](repeating: 0.5, count: kinds.count)
        var mixes: [ProvinceID: LanguageMix] = [:]
        var requests: [ExpectedRequest] = []
        for span in spans {
            let hours = hours(like: span.lowerBound)
            for (place, kind) in kinds.enumerated() where !hours.isEmpty {
                let total = hours.reduce(0) { $0 + (counts[kind]?[$1] ?? 0) }
                due[place] += Double(total) / Double(hours.count)
                let whole = Int(due[place])
                due[place] -= Double(whole)
                for number in 0..<whole {
                    let asked = spoken[kind.province] ?? [:]
                    let languages = mixes[kind.province, default: LanguageMix(asked)].next()
                    let part = (Double(number) + 0.5) / Double(whole)
                    let length = Double((span.upperBound - span.lowerBound).wholeMilliseconds)
                    requests.append(
                        ExpectedRequest(
                            province: kind.province,
                            urgency: kind.urgency,
                            languages: languages,
                            at: span.lowerBound + .milliseconds(Int64(part * length))
                        )
                    )
                }
            }
        }
        return requests
    }

    /// The recorded hours that an hour is taken to be like: the same of the days before, or all.
    private func hours(like instant: Instant) -> [Int64] {
        guard let recorded else { return [] }
        let hour = ArrivalHistory.number(of: instant)
        let same = (1...ArrivalHistory.days).map { hour - Int64(24 * $0) }
            .filter(recorded.contains)
        return same.isEmpty ? Array(recorded) : same
    }

    private mutating func note(_ languages: [Language], _ province: ProvinceID) {
        guard !languages.isEmpty else { return }
        var known = spoken[province] ?? [:]
        // A province asks in few languages; more choices than these are no custom of it.
        guard known[languages] != nil || known.count < ArrivalHistory.languageLimit else { return }
        known[languages, default: 0] += 1
        spoken[province] = known
    }

    /// A province's part of all requests of the specialty, 0…1; nil without any.
    func share(of province: ProvinceID, _ specialty: Specialty) -> Double? {
        var own = 0
        var all = 0
        for (kind, hours) in counts where kind.specialty == specialty {
            let count = hours.values.reduce(0, +)
            all += count
            if kind.province == province { own += count }
        }
        return all > 0 ? Double(own) / Double(all) : nil
    }

    private static func number(of instant: Instant) -> Int64 {
        Int64(Int(instant.milliseconds).floorDivided(by: Int(hour)))
    }
}
