import Vocabulary

/// What a partition holds, and for how long a time.
enum PartitionKind: String, CaseIterable, Sendable {
    /// Readings as they came, a day a file.
    case raw = ""
    /// Minutes of signs, a month a file.
    case minutes = "minutes-"
    /// Hours of signs, a year a file.
    case hours = "hours-"
}

/// A stretch of event time, in UTC, whose data lie in one file that can be deleted whole.
struct Partition: Hashable, Sendable {
    /// What it holds.
    let kind: PartitionKind
    /// Milliseconds since 1970.
    let range: Range<Int64>
    /// The file's name in the folder `readings`, such as `2026-11-20.db`, `minutes-2026-11.db` or
    /// `hours-2026.db`.
    let fileName: String

    /// The partition that an instant lies in; one outside the years 1 to 9999 lies in the nearest.
    init(_ kind: PartitionKind, containing milliseconds: Int64) {
        let bounds = Instant.distantPast.milliseconds...Instant.distantFuture.milliseconds
        let nearest = min(max(milliseconds, bounds.lowerBound), bounds.upperBound)
        let date = CivilTime(Instant(milliseconds: nearest))
        switch kind {
        case .raw: self.init(kind, date.year, date.month, date.day)
        case .minutes: self.init(kind, date.year, date.month, nil)
        case .hours: self.init(kind, date.year, nil, nil)
        }
    }

    /// The partition that a file's name stands for; nil for other files.
    init?(fileName: String) {
        guard fileName.hasSuffix(".db") else { return nil }
        let name = fileName.dropLast(3)
        let kind = PartitionKind.allCases.last { name.hasPrefix($0.rawValue) } ?? .raw
        let numbers = name.dropFirst(kind.rawValue.count).split(separator: "-").map { Int($0) }
        let year = numbers.first ?? nil
        guard let year, (1...9_999).contains(year) else { return nil }
        let month = numbers.count > 1 ? numbers[1] : nil
        let day = numbers.count > 2 ? numbers[2] : nil
        guard (1...12).contains(month ?? 1), (1...31).contains(day ?? 1) else { return nil }
        self.init(kind, year, month, day)
        // A date that does not exist, or one written in another way.
        guard self.fileName == fileName else { return nil }
    }

    private init(_ kind: PartitionKind, _ year: Int, _ month: Int?, _ day: Int?) {
        self.kind = kind
        func midnight(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
            Int64(CivilTime.daysSinceEpoch(year: year, month: month, day: day)) * 86_400_000
        }
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let start = midnight(year, month ?? 1, day ?? 1)
        var name = kind.rawValue + padded(year, 4)
        switch (month, day) {
        case (let month?, let day?):
            range = start..<start + 86_400_000
            name += "-\(padded(month, 2))-\(padded(day, 2))"
        case (let month?, nil):
            let next = month == 12 ? (year + 1, 1) : (year, month + 1)
            range = start..<midnight(next.0, next.1, 1)
            name += "-\(padded(month, 2))"
        default:
            range = start..<midnight(year + 1, 1, 1)
        }
        fileName = name + ".db"
    }
}

/// For how long each kind of data is kept.
public struct Retention: Sendable, Equatable {
    /// Days for which single readings are kept.
    public var rawDays: Int
    /// Days for which minutes are kept.
    public var minuteDays: Int
    /// Days for which hours are kept.
    public var hourDays: Int

    /// A retention; by default a month of readings, 120 days of minutes, ten years of hours.
    public init(rawDays: Int = 30, minuteDays: Int = 120, hourDays: Int = 3_653) {
        self.rawDays = max(1, rawDays)
        self.minuteDays = max(1, minuteDays)
        self.hourDays = max(1, hourDays)
    }

    /// Where what is kept begins, in milliseconds: at a midnight, so many days back from the one
    /// that ends the day of `latest`, the latest receipt time of any reading.
    func start(of kind: PartitionKind, latest: Int64) -> Int64 {
        let days =
            switch kind {
            case .raw: rawDays
            case .minutes: minuteDays
            case .hours: hourDays
            }
        let today = Int(latest).floorDivided(by: 86_400_000)
        return Int64(today + 1 - days) * 86_400_000
    }

    /// Where single readings begin that are kept, or those minutes or hours.
    package func start(
        of resolution: Aggregate.Resolution?,
        latestReceipt: Int64
    ) -> Int64 {
        start(of: resolution?.kind ?? .raw, latest: latestReceipt)
    }
}
