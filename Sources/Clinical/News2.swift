/// The National Early Warning Score 2 (© Royal College of Physicians, 2017).
///
/// Each function gives the points of one parameter, exact over every band edge: the magnitude is
/// rounded half-up first, temperature to a tenth and the others to whole units, and only then
/// compared, so no value falls between two bands.
public enum News2 {
    /// Respiratory rate, /min.
    public static func points(respiratoryRate rate: Magnitude) -> Int {
        switch rate.rounded {
        case ...8: 3
        case 9...11: 1
        case 12...20: 0
        case 21...24: 2
        default: 3
        }
    }

    /// Oxygen saturation, %.
    ///
    /// `onOxygen` matters on scale 2 only, where saturations above the target are scored as
    /// over-oxygenation on oxygen and as normal on air.
    public static func points(
        oxygenSaturation saturation: Magnitude,
        scale: SpO2Scale,
        onOxygen: Bool
    ) -> Int {
        let percent = saturation.rounded
        switch scale {
        case .one:
            switch percent {
            case ...91: return 3
            case 92...93: return 2
            case 94...95: return 1
            default: return 0
            }
        case .two:
            switch percent {
            case ...83: return 3
            case 84...85: return 2
            case 86...87: return 1
            case 88...92: return 0
            case _ where !onOxygen: return 0
            case 93...94: return 1
            case 95...96: return 2
            default: return 3
            }
        }
    }

    /// Air or oxygen.
    public static func points(onOxygen: Bool) -> Int {
        onOxygen ? 2 : 0
    }

    /// Systolic blood pressure, mmHg.
    public static func points(systolicPressure pressure: Magnitude) -> Int {
        switch pressure.rounded {
        case ...90: 3
        case 91...100: 2
        case 101...110: 1
        case 111...219: 0
        default: 3
        }
    }

    /// Pulse, /min.
    public static func points(pulse: Magnitude) -> Int {
        switch pulse.rounded {
        case ...40: 3
        case 41...50: 1
        case 51...90: 0
        case 91...110: 1
        case 111...130: 2
        default: 3
        }
    }

    /// Consciousness.
    public static func points(consciousness: ACVPU) -> Int {
        switch consciousness {
        case .alert: 0
        case .confused, .voice, .pain, .unresponsive: 3
        }
    }

    /// Body temperature, °C.
    public static func points(temperature: Magnitude) -> Int {
        switch temperature.roundedTenths {
        case ...350: 3
        case 351...360: 1
        case 361...380: 0
        case 381...390: 1
        default: 2
        }
    }

    /// The risk band of an aggregate score.
    public static func band(total: Int, red: Bool) -> News2Band {
        switch total {
        case 7...: .high
        case 5...6: .medium
        default: red ? .lowMedium : .low
        }
    }

    /// The priority of the alarm that a score calls for, nil when it calls for none.
    ///
    /// 7 and more is an emergency; 5–6, or any single parameter of 3, is urgent.
    public static func priority(total: Int, red: Bool) -> AlarmPriority? {
        switch band(total: total, red: red) {
        case .low: nil
        case .lowMedium, .medium: .medium
        case .high: .high
        }
    }

    /// The age in years from which NEWS2 applies.
    public static let leastAge = 16
}

/// The clinical risk that an aggregate NEWS2 score stands for.
public enum News2Band: String, Codable, Sendable, CaseIterable {
    /// 0–4 without a red parameter.
    case low
    /// A single parameter of 3 points, aggregate below 5.
    case lowMedium = "low-medium"
    /// 5–6: urgent.
    case medium
    /// 7 and more: emergency.
    case high
}

/// One of the seven parameters of NEWS2.
public enum News2Parameter: Int, CaseIterable, Sendable {
    /// Respiratory rate.
    case respiratoryRate
    /// Oxygen saturation.
    case oxygenSaturation
    /// Air or oxygen.
    case oxygen
    /// Systolic blood pressure.
    case systolicPressure
    /// Pulse.
    case pulse
    /// Consciousness.
    case consciousness
    /// Temperature.
    case temperature

    /// The name in JSON: `rr`, `spo2`, `o2`, `sys`, `hr`, `avpu`, `temp`.
    public var name: String {
        switch self {
        case .respiratoryRate: "rr"
        case .oxygenSaturation: "spo2"
        case .oxygen: "o2"
        case .systolicPressure: "sys"
        case .pulse: "hr"
        case .consciousness: "avpu"
        case .temperature: "temp"
        }
    }

    /// The most points that the parameter can score.
    public var mostPoints: Int {
        self == .oxygen ? 2 : 3
    }

    /// The parameter that a sign informs, nil for a sign that NEWS2 does not use.
    public init?(_ sign: Sign) {
        switch sign {
        case .respiratoryRate: self = .respiratoryRate
        case .oxygenSaturation: self = .oxygenSaturation
        case .supplementalOxygen: self = .oxygen
        case .systolicPressure: self = .systolicPressure
        case .heartRate, .pulseRate: self = .pulse
        case .consciousness: self = .consciousness
        case .temperature: self = .temperature
        case .diastolicPressure, .meanPressure, .glucose, .weight, .endTidalCO2, .oxygenFlow,
            .pain, .height:
            return nil
        }
    }

    /// Every sign that informs a parameter.
    public static let signs: SignSet = [
        SignSet(.respiratoryRate), SignSet(.oxygenSaturation), SignSet(.supplementalOxygen),
        SignSet(.systolicPressure), SignSet(.heartRate), SignSet(.pulseRate),
        SignSet(.consciousness), SignSet(.temperature),
    ]
}
