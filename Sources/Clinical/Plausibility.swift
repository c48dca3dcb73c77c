/// What a living patient can show: outside it a value is an error of typing or of the transducer.
///
/// This is no alarm limit. An implausible value is refused and never scored; a zero where a living
/// patient has none means that the monitor has no reading, because its probe is off.
public struct Plausibility: Sendable, Equatable {
    /// One sign's range, both ends plausible.
    public struct Bounds: Sendable, Equatable {
        /// The least plausible magnitude.
        public var least: Magnitude
        /// The greatest plausible magnitude.
        public var greatest: Magnitude

        /// The range from `least` to `greatest`.
        public init(_ least: Magnitude, _ greatest: Magnitude) {
            self.least = least
            self.greatest = greatest
        }
    }

    private var bounds: [Bounds?]

    /// No range for any sign; set the ones that are to be checked.
    public init() {
        bounds = Array(repeating: nil, count: Sign.allCases.count)
    }

    /// The sign's range; nil when every magnitude is plausible.
    public subscript(sign: Sign) -> Bounds? {
        get { bounds[Int(sign.rawValue)] }
        set { bounds[Int(sign.rawValue)] = newValue }
    }

    /// The ranges of `Docs/protocol.md` (heart rate 20–300, systolic 30–300, …).
    public static let standard: Plausibility = {
        var table = Plausibility()
        table[.heartRate] = Bounds(Magnitude(20), Magnitude(300))
        table[.pulseRate] = Bounds(Magnitude(20), Magnitude(300))
        table[.oxygenSaturation] = Bounds(Magnitude(30), Magnitude(100))
        table[.respiratoryRate] = Bounds(Magnitude(0), Magnitude(120))
        table[.systolicPressure] = Bounds(Magnitude(30), Magnitude(300))
        table[.diastolicPressure] = Bounds(Magnitude(10), Magnitude(200))
        // The mean lies between the two others, whose ranges bound it.
        table[.meanPressure] = Bounds(Magnitude(10), Magnitude(300))
        table[.temperature] = Bounds(Magnitude(25), Magnitude(45))
        table[.glucose] = Bounds(Magnitude(0), Magnitude(55))
        table[.weight] = Bounds(Magnitude(thousandths: 300), Magnitude(400))
        table[.endTidalCO2] = Bounds(Magnitude(0), Magnitude(150))
        table[.consciousness] = Bounds(Magnitude(0), Magnitude(4))
        table[.supplementalOxygen] = Bounds(Magnitude(0), Magnitude(1))
        table[.oxygenFlow] = Bounds(Magnitude(0), Magnitude(100))
        table[.pain] = Bounds(Magnitude(0), Magnitude(10))
        table[.height] = Bounds(Magnitude(20), Magnitude(250))
        return table
    }()

    /// Signs for which a monitor reports zero when it has no reading.
    public static let zeroMeansProbeOff: SignSet = [
        SignSet(.heartRate), SignSet(.pulseRate), SignSet(.oxygenSaturation),
        SignSet(.respiratoryRate), SignSet(.systolicPressure), SignSet(.diastolicPressure),
        SignSet(.meanPressure),
    ]

    /// What one magnitude is worth by itself.
    public func verdict(_ sign: Sign, _ magnitude: Magnitude) -> PlausibilityVerdict {
        if magnitude.thousandths == 0, Plausibility.zeroMeansProbeOff.contains(sign) {
            return .probeOff
        }
        guard let range = bounds[Int(sign.rawValue)] else { return .plausible }
        return magnitude >= range.least && magnitude <= range.greatest ? .plausible : .implausible
    }

    /// Which of the reading's scorable signs must not be scored, and why.
    ///
    /// Besides each value's own range, systolic must exceed diastolic; when it does not, neither
    /// can be trusted. Signs that are invalid already are not looked at.
    public func judge(_ reading: Reading) -> (probeOff: SignSet, implausible: SignSet) {
        var probeOff: SignSet = []
        var implausible: SignSet = []
        var bits = reading.signs.subtracting(reading.invalid).rawValue
        while bits != 0 {
            let number = UInt8(bits.trailingZeroBitCount)
            bits &= bits - 1
            guard let sign = Sign(rawValue: number), let magnitude = reading[sign] else { continue }
            switch verdict(sign, magnitude) {
            case .plausible: break
            case .probeOff: probeOff.insert(SignSet(sign))
            case .implausible: implausible.insert(SignSet(sign))
            }
        }
        let pressures: SignSet = [SignSet(.systolicPressure), SignSet(.diastolicPressure)]
        if probeOff.union(implausible).isDisjoint(with: pressures),
            let systolic = reading.scorable(.systolicPressure),
            let diastolic = reading.scorable(.diastolicPressure), systolic <= diastolic
        {
            implausible.formUnion(pressures)
        }
        return (probeOff, implausible)
    }

    /// Marks what must not be scored as invalid and flags the reading accordingly.
    public func mark(_ reading: inout Reading) {
        let (probeOff, implausible) = judge(reading)
        reading.invalid.formUnion(probeOff.union(implausible))
        if !probeOff.isEmpty { reading.flags.insert(.probeOff) }
        if !implausible.isEmpty { reading.flags.insert(.implausible) }
    }
}

/// What a single magnitude is worth.
public enum PlausibilityVerdict: Sendable, Equatable {
    /// A patient can show it.
    case plausible
    /// Zero where a living patient has none: the device reports that it has no reading.
    case probeOff
    /// No patient shows it.
    case implausible
}
