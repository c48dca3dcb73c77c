/// A vital sign that a device may report.
///
/// The raw value is the sign's bit in a `SignSet` and its column in a `Reading`; it is stored in
/// databases, so a case keeps its number for ever.
public enum Sign: UInt8, CaseIterable, Sendable, Hashable {
    /// Heart rate, /min.
    case heartRate = 0
    /// Pulse rate, /min.
    case pulseRate = 1
    /// Peripheral oxygen saturation, %.
    case oxygenSaturation = 2
    /// Respiratory rate, /min.
    case respiratoryRate = 3
    /// Systolic blood pressure, mmHg.
    case systolicPressure = 4
    /// Diastolic blood pressure, mmHg.
    case diastolicPressure = 5
    /// Mean blood pressure, mmHg.
    case meanPressure = 6
    /// Body temperature, °C.
    case temperature = 7
    /// Blood glucose, mmol/L.
    case glucose = 8
    /// Body weight, kg.
    case weight = 9
    /// End-tidal carbon dioxide, mmHg.
    case endTidalCO2 = 10
    /// Consciousness; the magnitude is an `ACVPU` raw value.
    case consciousness = 11
    /// Whether the patient breathes supplemental oxygen; the magnitude is 0 or 1.
    case supplementalOxygen = 12
    /// Oxygen flow, L/min.
    case oxygenFlow = 13
    /// Pain, 0–10.
    case pain = 14
    /// Body height, cm.
    case height = 15

    /// The sign's field in the native payload, in the API and on the screen (`hr`, `spo2`, …).
    public var name: String {
        switch self {
        case .heartRate: "hr"
        case .pulseRate: "pr"
        case .oxygenSaturation: "spo2"
        case .respiratoryRate: "rr"
        case .systolicPressure: "sys"
        case .diastolicPressure: "dia"
        case .meanPressure: "map"
        case .temperature: "temp"
        case .glucose: "glucose"
        case .weight: "weight"
        case .endTidalCO2: "etco2"
        case .consciousness: "avpu"
        case .supplementalOxygen: "o2"
        case .oxygenFlow: "o2flow"
        case .pain: "pain"
        case .height: "height"
        }
    }

    /// The sign with this field name, or nil.
    public init?(name: String) {
        guard let sign = Sign.allCases.first(where: { $0.name == name }) else { return nil }
        self = sign
    }
}

extension Sign: Codable {
    /// Decodes the field name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let sign = Sign(name: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "unknown vital sign"
            )
        }
        self = sign
    }

    /// Encodes the field name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// The level of consciousness, ACVPU (NEWS2, Royal College of Physicians 2017).
public enum ACVPU: UInt8, CaseIterable, Sendable {
    /// Alert.
    case alert = 0
    /// New confusion.
    case confused = 1
    /// Responds to voice.
    case voice = 2
    /// Responds to pain.
    case pain = 3
    /// Unresponsive.
    case unresponsive = 4

    /// The letter on the chart: A, C, V, P or U.
    public var letter: Character {
        switch self {
        case .alert: "A"
        case .confused: "C"
        case .voice: "V"
        case .pain: "P"
        case .unresponsive: "U"
        }
    }

    /// The level with this letter of the chart, or nil.
    public init?(letter: Character) {
        guard let level = ACVPU.allCases.first(where: { $0.letter == letter }) else { return nil }
        self = level
    }
}

/// A set of signs, a bit each.
public struct SignSet: OptionSet, Hashable, Sendable {
    /// Bit n stands for the sign with raw value n.
    public let rawValue: UInt16

    /// The set with these bits.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The set of one sign.
    public init(_ sign: Sign) {
        self.rawValue = 1 << UInt16(sign.rawValue)
    }

    /// Whether the set has the sign.
    public func contains(_ sign: Sign) -> Bool {
        rawValue & (1 << UInt16(sign.rawValue)) != 0
    }

    /// Calls `body` for each sign of the set, in the order of their numbers.
    public func forEachSign(_ body: (Sign) -> Void) {
        for sign in Sign.allCases where contains(sign) {
            body(sign)
        }
    }
}
