import Vocabulary

/// One reading's scorable values as the alarm machines see them.
struct SampleRow: Sendable {
    let at: Instant
    let device: DeviceNumber
    /// Tells two readings of one device and time apart; 0 for a device without sequence numbers,
    /// whose signs come one by one and are one row together.
    let number: Int32
    /// Receipt after `at` in milliseconds.
    var lag: Int32
    var signs: SignSet
    var questionable: SignSet
    let isSpotCheck: Bool
    private var values = InlineArray<16, Int32>(repeating: 0)

    init(
        at: Instant,
        device: DeviceNumber,
        number: Int32,
        lag: Int32,
        signs: SignSet,
        questionable: SignSet,
        isSpotCheck: Bool
    ) {
        self.at = at
        self.device = device
        self.number = number
        self.lag = lag
        self.signs = signs
        self.questionable = questionable
        self.isSpotCheck = isSpotCheck
    }

    /// The sign's magnitude; meaningful for the row's signs only.
    func value(_ sign: Sign) -> Magnitude {
        Magnitude(thousandths: values[Int(sign.rawValue)])
    }

    mutating func set(_ sign: Sign, _ magnitude: Magnitude) {
        values[Int(sign.rawValue)] = magnitude.thousandths
    }

    /// The order of event time; at the same time of the devices' numbers, then of the readings'.
    func precedes(_ other: SampleRow) -> Bool { RowKey(self) < RowKey(other) }

    /// This row and another of the same device, time and number as one; the same whichever came
    /// first.
    ///
    /// A device without sequence numbers sends each sign by itself. Should both carry a sign, the
    /// greater magnitude is kept.
    func merged(with other: SampleRow) -> SampleRow {
        var row = self
        row.lag = max(lag, other.lag)
        row.signs = signs.union(other.signs)
        row.questionable = questionable.union(other.questionable)
        for sign in Sign.allCases where other.signs.contains(sign) {
            let value = other.value(sign)
            row.set(sign, signs.contains(sign) ? max(value, self.value(sign)) : value)
        }
        return row
    }
}

extension SignSet {
    /// Calls `body` for each sign, by its bits: quicker than asking for every sign.
    func forEachNumber(_ body: (Sign) -> Void) {
        var bits = rawValue
        while bits != 0 {
            let number = UInt8(bits.trailingZeroBitCount)
            bits &= bits - 1
            if let sign = Sign(rawValue: number) { body(sign) }
        }
    }
}
