/// The Bedside Paediatric Early Warning System score of seven items, 0–26 (Parshuram, Hutchison,
/// Middaugh: Critical Care 2009, 13:R135, table 1), for children under 16, whom NEWS2 is not for.
///
/// A table that a deployment may change; nothing is scored by it unless `WardPolicy.pews` has one.
/// Capillary refill and respiratory effort are looked at by people and come from no device: they
/// are missing, which makes every score partial, with bounds.
public struct PewsTable: Codable, Sendable, Equatable {
    /// The edges of one sign at one age: at or beyond them a value has 1, 2 or 4 points.
    public struct Edges: Codable, Sendable, Equatable {
        /// At or below the first 1 point, the second 2, the third 4.
        public var low: [Int]
        /// At or above the first 1 point, the second 2, the third 4.
        public var high: [Int]

        /// Three falling and three rising edges, in whole units of the sign.
        public init(low: [Int], high: [Int]) {
            self.low = low
            self.high = high
        }

        /// The points of a magnitude, rounded half-up to a whole unit first.
        public func points(_ magnitude: Magnitude) -> Int {
            let value = magnitude.rounded
            for (step, points) in [(2, 4), (1, 2), (0, 1)] {
                if step < low.count, value <= low[step] { return points }
                if step < high.count, value >= high[step] { return points }
            }
            return 0
        }
    }

    /// The edges of one age.
    public struct Age: Codable, Sendable, Equatable {
        /// The first year of age, in whole years, that these edges are for.
        public var fromYears: Int
        /// Heart rate, /min.
        public var heartRate: Edges
        /// Systolic blood pressure, mmHg.
        public var systolicPressure: Edges
        /// Respiratory rate, /min.
        public var respiratoryRate: Edges

        /// The edges from a year of age on.
        public init(
            fromYears: Int,
            heartRate: Edges,
            systolicPressure: Edges,
            respiratoryRate: Edges
        ) {
            self.fromYears = fromYears
            self.heartRate = heartRate
            self.systolicPressure = systolicPressure
            self.respiratoryRate = respiratoryRate
        }
    }

    /// By age, youngest first.
    public var ages: [Age]
    /// SpO2, %: at or below the first 1 point, the second 2.
    public var oxygenSaturation: Edges
    /// Oxygen of this flow and more, L/min, has 4 points, any less 2.
    public var highFlow: Int
    /// From this score on the alarm is of medium priority.
    public var medium: Int
    /// From this score on the alarm is of high priority; at 8 the authors found 82 % sensitivity
    /// and 93 % specificity.
    public var high: Int

    /// A table of its own.
    public init(ages: [Age], oxygenSaturation: Edges, highFlow: Int, medium: Int, high: Int) {
        self.ages = ages
        self.oxygenSaturation = oxygenSaturation
        self.highFlow = highFlow
        self.medium = medium
        self.high = high
    }

    /// The published table.
    ///
    /// Only the year of birth is recorded, so the first year of life has the
    /// edges of 3 to 12 months.
    public static let bedside = PewsTable(
        ages: [
            Age(
                fromYears: 0,
                heartRate: Edges(low: [100, 80, 70], high: [150, 170, 180]),
                systolicPressure: Edges(low: [80, 70, 60], high: [100, 120, 150]),
                respiratoryRate: Edges(low: [24, 19, 15], high: [51, 71, 81])
            ),
            Age(
                fromYears: 1,
                heartRate: Edges(low: [90, 70, 60], high: [120, 150, 170]),
                systolicPressure: Edges(low: [90, 75, 65], high: [110, 125, 160]),
                respiratoryRate: Edges(low: [19, 15, 12], high: [41, 61, 71])
            ),
            Age(
                fromYears: 5,
                heartRate: Edges(low: [70, 60, 50], high: [110, 130, 150]),
                systolicPressure: Edges(low: [90, 80, 70], high: [120, 140, 170]),
                respiratoryRate: Edges(low: [19, 14, 10], high: [31, 41, 51])
            ),
            Age(
                fromYears: 13,
                heartRate: Edges(low: [60, 50, 40], high: [100, 120, 140]),
                systolicPressure: Edges(low: [100, 85, 75], high: [130, 150, 190]),
                respiratoryRate: Edges(low: [11, 10, 9], high: [17, 23, 30])
            ),
        ],
        oxygenSaturation: Edges(low: [94, 90], high: []),
        highFlow: 4,
        medium: 7,
        high: 8
    )

    /// The edges for a whole year of age; the youngest for one below them.
    public func age(years: Int) -> Age? {
        ages.last { $0.fromYears <= years } ?? ages.first
    }

    /// The priority that a score calls for, nil when it calls for none.
    public func priority(total: Int) -> AlarmPriority? {
        total >= high ? .high : total >= medium ? .medium : nil
    }
}

/// One of the seven items of the Bedside PEWS.
public enum PewsItem: Int, CaseIterable, Sendable {
    /// Heart rate.
    case heartRate
    /// Systolic blood pressure.
    case systolicPressure
    /// Respiratory rate.
    case respiratoryRate
    /// Oxygen saturation.
    case oxygenSaturation
    /// Oxygen therapy.
    case oxygen
    /// Capillary refill; looked at by people.
    case capillaryRefill
    /// Respiratory effort; looked at by people.
    case respiratoryEffort

    /// The name in JSON: `hr`, `sys`, `rr`, `spo2`, `o2`, `refill`, `effort`.
    public var name: String {
        switch self {
        case .heartRate: "hr"
        case .systolicPressure: "sys"
        case .respiratoryRate: "rr"
        case .oxygenSaturation: "spo2"
        case .oxygen: "o2"
        case .capillaryRefill: "refill"
        case .respiratoryEffort: "effort"
        }
    }

    /// The most points that the item can score.
    public var mostPoints: Int { self == .oxygenSaturation ? 2 : 4 }
}

/// A child's score of the items that are known, with bounds for those that are not.
public struct PewsScore: Sendable, Equatable {
    /// The points of each known item.
    public let points: [PewsItem: Int]
    /// Their sum, which is the least that the missing items allow.
    public var total: Int { points.values.reduce(0, +) }
    /// The greatest total that the missing items allow.
    public var high: Int {
        total + PewsItem.allCases.filter { points[$0] == nil }.reduce(0) { $0 + $1.mostPoints }
    }

    /// The score of magnitudes, nil for a sign that is not known or no longer counts.
    public init(_ table: PewsTable, years: Int, sample: (Sign) -> Magnitude?) {
        var points: [PewsItem: Int] = [:]
        if let age = table.age(years: years) {
            points[.heartRate] = (sample(.heartRate) ?? sample(.pulseRate)).map(
                age.heartRate.points
            )
            points[.systolicPressure] = sample(.systolicPressure).map(age.systolicPressure.points)
            points[.respiratoryRate] = sample(.respiratoryRate).map(age.respiratoryRate.points)
        }
        points[.oxygenSaturation] = sample(.oxygenSaturation).map(table.oxygenSaturation.points)
        let flow = sample(.oxygenFlow)
        let isOnOxygen = sample(.supplementalOxygen).map { $0.thousandths != 0 }
        if let isOn = isOnOxygen ?? flow.map({ $0.thousandths != 0 }) {
            let isHigh = flow.map { $0 >= Magnitude(table.highFlow) } ?? false
            points[.oxygen] = isOn ? (isHigh ? 4 : 2) : 0
        }
        self.points = points
    }
}
