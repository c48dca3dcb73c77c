public import Clinical
public import Vocabulary

/// What a patient's readings of one minute or one hour come to.
///
/// Sums are exact integers, so that the order of arrival decides nothing and parts can be joined.
public struct Aggregate: Sendable {
    /// How long a time is taken together.
    public enum Resolution: Sendable, CaseIterable {
        /// A minute of event time, from the full minute on.
        case minute
        /// An hour of event time, from the full hour (UTC) on.
        case hour

        /// The length in milliseconds.
        public var milliseconds: Int64 {
            switch self {
            case .minute: 60_000
            case .hour: 3_600_000
            }
        }

        var kind: PartitionKind {
            switch self {
            case .minute: .minutes
            case .hour: .hours
            }
        }

        /// The start of the minute or hour that an instant lies in, in milliseconds.
        package func start(of at: Int64) -> Int64 {
            let rest = at % milliseconds
            return at - (rest < 0 ? rest + milliseconds : rest)
        }
    }

    /// What the values of one sign come to, in thousandths of its unit.
    public struct Summary: Sendable, Equatable {
        /// The least.
        public var least: Int32
        /// The greatest.
        public var greatest: Int32
        /// Their sum.
        public var sum: Int64
        /// How many they are; at least 1.
        public var count: Int64

        init(_ value: Int32) {
            (least, greatest, sum, count) = (value, value, Int64(value), 1)
        }

        init(least: Int32, greatest: Int32, sum: Int64, count: Int64) {
            (self.least, self.greatest, self.sum, self.count) = (least, greatest, sum, count)
        }

        mutating func add(_ other: Summary) {
            least = min(least, other.least)
            greatest = max(greatest, other.greatest)
            sum &+= other.sum
            count &+= other.count
        }
    }

    /// The patient.
    public internal(set) var patient: PatientNumber
    /// The start of the minute or hour.
    public internal(set) var start: Instant
    /// The signs that were measured and may be scored.
    public private(set) var signs: SignSet = []
    private var summaries = InlineArray<16, Summary>(repeating: Summary(0))

    package init(patient: PatientNumber, start: Instant) {
        self.patient = patient
        self.start = start
    }

    /// What the sign's values come to; nil when it has none.
    ///
    /// Doubted values count, invalid ones do not.
    public internal(set) subscript(sign: Sign) -> Summary? {
        get { signs.contains(sign) ? summaries[Int(sign.rawValue)] : nil }
        set {
            if let newValue {
                signs.insert(SignSet(sign))
                summaries[Int(sign.rawValue)] = newValue
            } else {
                signs.remove(SignSet(sign))
            }
        }
    }

    /// Adds the values of a reading that lies in this minute or hour.
    package mutating func add(_ reading: Reading) {
        var rest = reading.signs.subtracting(reading.invalid).rawValue
        while rest != 0 {
            if let sign = Sign(rawValue: UInt8(rest.trailingZeroBitCount)),
                let magnitude = reading[sign]
            {
                add(Summary(magnitude.thousandths), to: sign)
            }
            rest &= rest - 1
        }
    }

    /// Adds another part of the same minute or hour.
    mutating func add(_ other: Aggregate) {
        other.signs.forEachSign { sign in add(other.summaries[Int(sign.rawValue)], to: sign) }
    }

    private mutating func add(_ summary: Summary, to sign: Sign) {
        if signs.contains(sign) {
            summaries[Int(sign.rawValue)].add(summary)
        } else {
            signs.insert(SignSet(sign))
            summaries[Int(sign.rawValue)] = summary
        }
    }
}
