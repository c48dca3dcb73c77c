import Wire

/// The codes under which the world's standards know one sign.
///
/// Sources: LOINC 2.77 (vital signs panel 85353-1 and its members), UCUM 2.1, and
/// ISO/IEEE 11073-10101 (MDC) by its context-free codes.
public struct SignCode: Sendable, Equatable {
    /// The sign.
    public let sign: Sign
    /// The LOINC codes, the preferred one first; empty when there is none in use.
    public let loinc: [String]
    /// The UCUM unit of the sign's magnitude; nil for a sign that is no quantity.
    public let ucum: String?
    /// The MDC code of the measured quantity; nil when the project uses none.
    public let mdc: UInt32?
    /// The unit as people read it, empty for a sign without one.
    public let unit: String

    /// The row of one sign.
    public static func of(_ sign: Sign) -> SignCode {
        table[Int(sign.rawValue)]
    }

    /// The sign that has this LOINC code, preferred or not, or nil.
    public static func sign(loinc code: String) -> Sign? {
        table.first { $0.loinc.contains(code) }?.sign
    }

    /// The sign that has this LOINC code, preferred or not, or nil.
    public static func sign(loinc code: Span<UInt8>) -> Sign? {
        table.first { $0.loinc.contains { code.equals($0) } }?.sign
    }

    /// The sign that has this MDC code, or nil.
    public static func sign(mdc code: UInt32) -> Sign? {
        table.first { $0.mdc == code }?.sign
    }

    /// The LOINC code of the vital signs panel.
    public static let vitalSignsPanel = "85353-1"
    /// The LOINC code of the blood pressure panel.
    public static let bloodPressurePanel = "85354-9"
    /// The MDC code of the non-invasive blood pressure panel.
    public static let bloodPressurePanelMDC: UInt32 = 150_020

    /// Every sign's row, in the order of the signs' numbers.
    public static let table: [SignCode] = [
        SignCode(.heartRate, ["8867-4"], "/min", 147_842, "/min"),
        SignCode(.pulseRate, [], "/min", 149_530, "/min"),
        SignCode(.oxygenSaturation, ["2708-6", "59408-5"], "%", 150_456, "%"),
        SignCode(.respiratoryRate, ["9279-1"], "/min", 151_562, "/min"),
        SignCode(.systolicPressure, ["8480-6"], "mm[Hg]", 150_021, "mmHg"),
        SignCode(.diastolicPressure, ["8462-4"], "mm[Hg]", 150_022, "mmHg"),
        SignCode(.meanPressure, ["8478-0"], "mm[Hg]", 150_023, "mmHg"),
        SignCode(.temperature, ["8310-5"], "Cel", 150_364, "°C"),
        SignCode(.glucose, ["41653-7"], "mmol/L", 160_184, "mmol/L"),
        SignCode(.weight, ["29463-7"], "kg", 188_736, "kg"),
        SignCode(.endTidalCO2, [], "mm[Hg]", nil, "mmHg"),
        SignCode(.consciousness, ["67775-7"], nil, nil, ""),
        SignCode(.supplementalOxygen, [], nil, nil, ""),
        SignCode(.oxygenFlow, ["3151-8"], "L/min", nil, "L/min"),
        SignCode(.pain, [], "{score}", nil, "/10"),
        SignCode(.height, ["8302-2"], "cm", 188_740, "cm"),
    ]

    private init(
        _ sign: Sign,
        _ loinc: [String],
        _ ucum: String?,
        _ mdc: UInt32?,
        _ unit: String
    ) {
        self.sign = sign
        self.loinc = loinc
        self.ucum = ucum
        self.mdc = mdc
        self.unit = unit
    }
}

extension ACVPU {
    /// The LOINC answer code of the level, in the answer list of 67775-7.
    public var loincAnswer: String {
        switch self {
        case .alert: "LA9340-6"
        case .confused: "LA6560-2"
        case .voice: "LA17108-4"
        case .pain: "LA17107-6"
        case .unresponsive: "LA9343-0"
        }
    }
}
