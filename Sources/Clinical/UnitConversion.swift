public import Wire

/// A unit that some sign can be measured in.
///
/// Units are checked by dimension and never guessed: a sign takes only units of its own dimension,
/// and each is converted exactly. Factors: 1 kPa = 7.50061683 mmHg, °C = (°F − 32) ÷ 1.8,
/// 1 lb = 0.45359237 kg, 18.0156 mg/dL of glucose = 1 mmol/L, 1 in = 2.54 cm.
public struct MeasureUnit: Sendable, Equatable {
    /// The UCUM code.
    public let ucum: String
    /// What the unit measures.
    public let dimension: Dimension
    /// From the unit to thousandths of the unit that the dimension's signs are kept in.
    public let scale: DecimalScale
    /// Whether 1 stands for all: 0.97 is 97 %.
    public let isRatio: Bool

    /// Whether devices are seen to mix it up with others of its dimension.
    public var isCommon: Bool { !["hPa", "Pa", "K", "mm", "[ppth]", "L/s", "m3/s"].contains(ucum) }

    /// What units measure.
    public enum Dimension: Sendable, Equatable {
        /// Events in a time, kept in /min.
        case frequency
        /// A part of a whole, kept in %.
        case part
        /// Pressure, kept in mmHg.
        case pressure
        /// Temperature, kept in °C.
        case temperature
        /// Glucose in blood, kept in mmol/L.
        case glucose
        /// Mass, kept in kg.
        case mass
        /// Length, kept in cm.
        case length
        /// Flow of a gas, kept in L/min.
        case flow
        /// Points, without a unit.
        case points
    }

    private init(
        _ ucum: String,
        _ dimension: Dimension,
        _ numerator: Int64,
        over denominator: Int64 = 1,
        zeroHundredths: Int64 = 0,
        isRatio: Bool = false
    ) {
        self.ucum = ucum
        self.dimension = dimension
        scale = DecimalScale(numerator, over: denominator, zeroHundredths: zeroHundredths)
        self.isRatio = isRatio
    }

    /// Every unit that is read, by its UCUM code; both letters for the litre are UCUM's.
    public static let all: [MeasureUnit] = [
        MeasureUnit("/min", .frequency, 1_000),
        MeasureUnit("1/min", .frequency, 1_000),
        MeasureUnit("/s", .frequency, 60_000),
        MeasureUnit("1/s", .frequency, 60_000),
        MeasureUnit("Hz", .frequency, 60_000),
        MeasureUnit("%", .part, 1_000),
        MeasureUnit("1", .part, 100_000, isRatio: true),
        MeasureUnit("[ppth]", .part, 100),
        MeasureUnit("mm[Hg]", .pressure, 1_000),
        MeasureUnit("kPa", .pressure, 750_061_683, over: 100_000),
        MeasureUnit("hPa", .pressure, 750_061_683, over: 1_000_000),
        MeasureUnit("Pa", .pressure, 750_061_683, over: 100_000_000),
        MeasureUnit("Cel", .temperature, 1_000),
        MeasureUnit("[degF]", .temperature, 5_000, over: 9, zeroHundredths: 3_200),
        MeasureUnit("K", .temperature, 1_000, zeroHundredths: 27_315),
        MeasureUnit("mmol/L", .glucose, 1_000),
        MeasureUnit("mmol/l", .glucose, 1_000),
        MeasureUnit("mg/dL", .glucose, 10_000_000, over: 180_156),
        MeasureUnit("mg/dl", .glucose, 10_000_000, over: 180_156),
        MeasureUnit("kg", .mass, 1_000),
        MeasureUnit("g", .mass, 1),
        MeasureUnit("[lb_av]", .mass, 45_359_237, over: 100_000),
        MeasureUnit("cm", .length, 1_000),
        MeasureUnit("m", .length, 100_000),
        MeasureUnit("mm", .length, 100),
        MeasureUnit("[in_i]", .length, 2_540),
        MeasureUnit("L/min", .flow, 1_000),
        MeasureUnit("l/min", .flow, 1_000),
        MeasureUnit("mL/min", .flow, 1),
        MeasureUnit("ml/min", .flow, 1),
        MeasureUnit("L/s", .flow, 60_000),
        MeasureUnit("m3/s", .flow, 60_000_000),
        MeasureUnit("{score}", .points, 1_000),
    ]

    /// The unit with this UCUM code, or nil.
    ///
    /// An annotation before it says nothing of the unit: `{beats}/min` is `/min`.
    public static func of(ucum code: Span<UInt8>) -> MeasureUnit? {
        if let unit = all.first(where: { code.equals($0.ucum) }) { return unit }
        guard !code.isEmpty, code[0] == UInt8(ascii: "{") else { return nil }
        var end = 1
        while end < code.count, code[end] != UInt8(ascii: "}") { end += 1 }
        guard end + 1 < code.count else { return nil }
        let rest = code.extracting(end + 1..<code.count)
        return all.first { rest.equals($0.ucum) && $0.dimension == .frequency }
    }

    /// The unit with this UCUM code, or nil.
    public static func of(ucum code: String) -> MeasureUnit? {
        of(ucum: Array(code.utf8).span)
    }
}

extension Sign {
    /// What the sign's units measure; nil for a sign that is no quantity.
    public var dimension: MeasureUnit.Dimension? {
        switch self {
        case .heartRate, .pulseRate, .respiratoryRate: .frequency
        case .oxygenSaturation: .part
        case .systolicPressure, .diastolicPressure, .meanPressure, .endTidalCO2: .pressure
        case .temperature: .temperature
        case .glucose: .glucose
        case .weight: .mass
        case .height: .length
        case .oxygenFlow: .flow
        case .pain: .points
        case .consciousness, .supplementalOxygen: nil
        }
    }

    /// The magnitude, in the sign's own unit and cut to its thousandths, of a value in another
    /// unit of the same dimension.
    ///
    /// Nil when the unit is of another dimension or unknown, or the value beyond ±2 000 000: a
    /// unit is never guessed.
    public func magnitude(_ value: ExactDecimal, ucum: String) -> Magnitude? {
        guard let unit = MeasureUnit.of(ucum: ucum), unit.dimension == dimension else { return nil }
        return Magnitude(value, in: unit.scale)
    }
}

extension Magnitude {
    /// The greatest magnitude that is kept, in thousandths.
    public static let limit: Int64 = 2_000_000_000

    /// The value in the scale's target, cut to thousandths; nil beyond ±2 000 000.
    public init?(_ value: ExactDecimal, in scale: DecimalScale) {
        guard let thousandths = value.floored(scale), abs(thousandths) <= Magnitude.limit else {
            return nil
        }
        self.init(thousandths: Int32(thousandths))
    }
}
