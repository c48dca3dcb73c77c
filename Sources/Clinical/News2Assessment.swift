public import Vocabulary

/// How far a score's inputs can be relied on.
public enum News2State: String, Codable, Sendable {
    /// Every parameter is known and fresh.
    case complete
    /// A parameter is missing; the score has bounds.
    case partial
    /// An input is older than its limit.
    case stale
}

/// How old each of NEWS2's inputs may be before it is stale.
public struct News2Staleness: Sendable, Equatable {
    /// For pulse, SpO2 and respiratory rate, which monitors give all the time.
    public var continuousSeconds: Int
    /// For blood pressure and temperature.
    public var intermittentSeconds: Int
    /// For consciousness and oxygen, which people observe.
    public var observedSeconds: Int

    /// 15 min, 6 h and 12 h unless said otherwise.
    public init(
        continuousSeconds: Int = 900,
        intermittentSeconds: Int = 21_600,
        observedSeconds: Int = 43_200
    ) {
        self.continuousSeconds = continuousSeconds
        self.intermittentSeconds = intermittentSeconds
        self.observedSeconds = observedSeconds
    }

    /// The parameter's limit in milliseconds; an input exactly that old is still fresh.
    public func milliseconds(_ parameter: News2Parameter) -> Int64 {
        switch parameter {
        case .respiratoryRate, .oxygenSaturation, .pulse: Int64(continuousSeconds) * 1_000
        case .systolicPressure, .temperature: Int64(intermittentSeconds) * 1_000
        case .consciousness, .oxygen: Int64(observedSeconds) * 1_000
        }
    }
}

/// One input of a score, with where it came from.
public struct News2Input: Sendable, Equatable {
    /// The sign that was measured; pulse may come from either rate.
    public let sign: Sign
    /// Its magnitude.
    public let value: Magnitude
    /// When it was measured.
    public let at: Instant
    /// How old it was when the score was asked for.
    public let ageSeconds: Int
    /// The device that measured it.
    public let device: DeviceNumber
    /// Whether the device doubted it.
    public let validity: Validity
    /// What it scores.
    public let points: Int
    /// Whether it is older than its limit.
    public let stale: Bool
}

/// A patient's score at one time with its provenance.
public struct News2Assessment: Sendable, Equatable {
    /// The time that it speaks of.
    public let at: Instant
    /// False below 16 years and in pregnancy: there is no score then.
    public let applicable: Bool
    /// The score of the newest inputs, stale ones included; nil when NEWS2 does not apply.
    public let score: News2Score?
    /// How far the inputs can be relied on; a stale input outweighs a missing one.
    public let state: News2State
    /// The least total that the fresh inputs allow.
    public let low: Int
    /// The greatest total that the fresh inputs allow.
    public let high: Int
    /// The inputs, at most one a parameter.
    public let inputs: [News2Input]

    /// The assessment of the latest scorable samples, `sample` giving the newest of a sign.
    init(
        of patient: Patient,
        at: Instant,
        staleness: News2Staleness,
        sample: (Sign) -> LatestSign?
    ) {
        self.at = at
        guard News2.applies(to: patient, at: at) else {
            applicable = false
            score = nil
            state = .partial
            low = 0
            high = 0
            inputs = []
            return
        }
        var known = News2Values(scale: patient.effectiveScale)
        var fresh = known
        var used: [(parameter: News2Parameter, sample: LatestSign, stale: Bool)] = []
        for parameter in News2Parameter.allCases {
            guard let sample = parameter.newest(sample) else { continue }
            let age = at.milliseconds - sample.at.milliseconds
            let stale = age > staleness.milliseconds(parameter)
            known.set(parameter, sample.value)
            if !stale { fresh.set(parameter, sample.value) }
            used.append((parameter, sample, stale))
        }
        let score = News2Score(known)
        let bounds = News2Score(fresh)
        applicable = true
        self.score = score
        low = bounds.low
        high = bounds.high
        if used.contains(where: { $0.stale }) {
            state = .stale
        } else {
            state = score.isComplete ? .complete : .partial
        }
        inputs = used.map { parameter, sample, stale in
            News2Input(
                sign: sample.sign,
                value: sample.value,
                at: sample.at,
                ageSeconds: Int((at - sample.at).wholeMilliseconds / 1_000),
                device: sample.device,
                validity: sample.validity,
                points: score[parameter] ?? 0,
                stale: stale
            )
        }
    }
}

extension News2 {
    /// Whether NEWS2 applies to the patient: 16 years or older and not pregnant.
    ///
    /// Only the year of birth is recorded, so the age is that of the year's end.
    public static func applies(to patient: Patient, at: Instant) -> Bool {
        !patient.pregnant && CivilTime(at).year - patient.birthYear >= leastAge
    }
}

extension Patient {
    /// The SpO2 scale to score by: scale 2 only with a recorded prescriber.
    public var effectiveScale: SpO2Scale {
        spo2Scale == .two && scalePrescriber?.isEmpty == false ? .two : .one
    }
}

extension News2Values {
    /// Sets the parameter from a sign's magnitude.
    mutating func set(_ parameter: News2Parameter, _ value: Magnitude) {
        switch parameter {
        case .respiratoryRate: respiratoryRate = value
        case .oxygenSaturation: oxygenSaturation = value
        case .oxygen: onOxygen = value.thousandths != 0
        case .systolicPressure: systolicPressure = value
        case .pulse: pulse = value
        case .consciousness: consciousness = ACVPU(value)
        case .temperature: temperature = value
        }
    }
}

extension News2Parameter {
    /// The newest sample that informs the parameter; at the same time heart rate before pulse.
    fileprivate func newest(_ sample: (Sign) -> LatestSign?) -> LatestSign? {
        switch self {
        case .respiratoryRate: return sample(.respiratoryRate)
        case .oxygenSaturation: return sample(.oxygenSaturation)
        case .oxygen: return sample(.supplementalOxygen)
        case .systolicPressure: return sample(.systolicPressure)
        case .pulse:
            guard let heart = sample(.heartRate) else { return sample(.pulseRate) }
            guard let pulse = sample(.pulseRate), pulse.at > heart.at else { return heart }
            return pulse
        case .consciousness: return sample(.consciousness)
        case .temperature: return sample(.temperature)
        }
    }
}

extension ACVPU {
    /// The level that a sign's magnitude stands for, nil when it stands for none.
    init?(_ magnitude: Magnitude) {
        guard let number = UInt8(exactly: magnitude.rounded) else { return nil }
        self.init(rawValue: number)
    }
}
