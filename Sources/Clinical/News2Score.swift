/// What is known of NEWS2's seven parameters at one time; nil for what is not.
public struct News2Values: Sendable, Equatable {
    /// Respiratory rate, /min.
    public var respiratoryRate: Magnitude?
    /// Oxygen saturation, %.
    public var oxygenSaturation: Magnitude?
    /// The SpO2 scale that applies.
    public var scale: SpO2Scale
    /// Whether the patient breathes supplemental oxygen.
    public var onOxygen: Bool?
    /// Systolic blood pressure, mmHg.
    public var systolicPressure: Magnitude?
    /// Pulse, /min.
    public var pulse: Magnitude?
    /// Consciousness.
    public var consciousness: ACVPU?
    /// Body temperature, °C.
    public var temperature: Magnitude?

    /// The values that are given.
    public init(
        respiratoryRate: Magnitude? = nil,
        oxygenSaturation: Magnitude? = nil,
        scale: SpO2Scale = .one,
        onOxygen: Bool? = nil,
        systolicPressure: Magnitude? = nil,
        pulse: Magnitude? = nil,
        consciousness: ACVPU? = nil,
        temperature: Magnitude? = nil
    ) {
        self.respiratoryRate = respiratoryRate
        self.oxygenSaturation = oxygenSaturation
        self.scale = scale
        self.onOxygen = onOxygen
        self.systolicPressure = systolicPressure
        self.pulse = pulse
        self.consciousness = consciousness
        self.temperature = temperature
    }
}

/// An aggregate NEWS2 score with the points it is made of.
public struct News2Score: Sendable, Equatable {
    /// The sum of the points that are known.
    public let total: Int
    /// Whether a known parameter scores 3.
    public let red: Bool
    /// The least total that the missing parameters allow.
    public let low: Int
    /// The greatest total that the missing parameters allow.
    public let high: Int
    /// Whether every parameter is known.
    public let isComplete: Bool
    private let known: InlineArray<7, Int8>

    /// The score of the values.
    ///
    /// Where SpO2 is on scale 2 and nobody said whether the patient breathes oxygen, its points
    /// are those on air, the least that are possible, and the upper bound has those on oxygen.
    public init(_ values: News2Values) {
        var known = InlineArray<7, Int8>(repeating: -1)
        func set(_ parameter: News2Parameter, _ points: Int?) {
            if let points { known[parameter.rawValue] = Int8(points) }
        }
        let onOxygen = values.onOxygen ?? false
        set(.respiratoryRate, values.respiratoryRate.map(News2.points(respiratoryRate:)))
        set(
            .oxygenSaturation,
            values.oxygenSaturation.map {
                News2.points(oxygenSaturation: $0, scale: values.scale, onOxygen: onOxygen)
            }
        )
        set(.oxygen, values.onOxygen.map(News2.points(onOxygen:)))
        set(.systolicPressure, values.systolicPressure.map(News2.points(systolicPressure:)))
        set(.pulse, values.pulse.map(News2.points(pulse:)))
        set(.consciousness, values.consciousness.map(News2.points(consciousness:)))
        set(.temperature, values.temperature.map(News2.points(temperature:)))

        var total = 0
        var high = 0
        var red = false
        var isComplete = true
        for index in 0..<7 {
            guard let parameter = News2Parameter(rawValue: index) else { continue }
            let points = Int(known[index])
            if points < 0 {
                isComplete = false
                high += parameter.mostPoints
            } else {
                total += points
                high += points
                red = red || points == 3
            }
        }
        if values.onOxygen == nil, let saturation = values.oxygenSaturation {
            high += News2.points(oxygenSaturation: saturation, scale: values.scale, onOxygen: true)
            high -= Int(known[News2Parameter.oxygenSaturation.rawValue])
        }
        self.total = total
        self.red = red
        self.low = total
        self.high = high
        self.isComplete = isComplete
        self.known = known
    }

    /// The parameter's points, nil when it is missing.
    public subscript(parameter: News2Parameter) -> Int? {
        let points = Int(known[parameter.rawValue])
        return points < 0 ? nil : points
    }

    /// The risk band of the points that are known.
    public var band: News2Band { News2.band(total: total, red: red) }

    /// The same total, bounds and points.
    public static func == (left: News2Score, right: News2Score) -> Bool {
        left.total == right.total && left.high == right.high
            && left.known.indices.allSatisfy { left.known[$0] == right.known[$0] }
    }
}
