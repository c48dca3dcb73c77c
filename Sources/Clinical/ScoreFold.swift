import Vocabulary

/// NEWS2 in event time: the newest input of each parameter, one row after another.
struct ScoreFold: Sendable {
    private struct Input: Sendable {
        var at = Instant.distantPast
        var value = Magnitude(0)
        var points: Int8 = 0
        /// The points of the sample before, to tell a glitch from a deterioration.
        var earlierPoints: Int8 = 0
        var isKnown = false
        var isQuestionable = false
    }

    /// What the inputs say at one row's time.
    struct Outcome {
        let position: AlarmPosition
        /// What the fresh inputs call for.
        let priority: AlarmPriority
        /// What all inputs call for, stale ones too.
        let heldPriority: AlarmPriority
        /// The aggregate of the fresh inputs.
        let total: Int
        let isQuestionable: Bool
        let isConfirmed: Bool
    }

    private var inputs = InlineArray<7, Input>(repeating: Input())

    /// Takes the row's values of NEWS2's signs.
    mutating func take(_ row: SampleRow, scale: SpO2Scale) {
        var bits = row.signs.intersection(News2Parameter.signs).rawValue
        while bits != 0 {
            let number = UInt8(bits.trailingZeroBitCount)
            bits &= bits - 1
            guard let sign = Sign(rawValue: number), let parameter = News2Parameter(sign) else {
                continue
            }
            // Of two rates in one row the heart rate is taken; it has the smaller number.
            if sign == .pulseRate, row.signs.contains(.heartRate) { continue }
            take(parameter, sign, row, scale)
        }
    }

    private mutating func take(
        _ parameter: News2Parameter,
        _ sign: Sign,
        _ row: SampleRow,
        _ scale: SpO2Scale
    ) {
        let index = parameter.rawValue
        let value = row.value(sign)
        guard parameter != .consciousness || ACVPU(value) != nil else { return }
        var input = inputs[index]
        let points = Int8(points(parameter, value, scale))
        input.earlierPoints = input.isKnown ? input.points : 0
        if row.isSpotCheck { input.earlierPoints = points }
        input.points = points
        input.value = value
        input.at = row.at
        input.isKnown = true
        input.isQuestionable = row.questionable.contains(sign)
        inputs[index] = input
        if parameter == .oxygen, scale == .two { rescoreSaturation(scale) }
    }

    /// What the inputs say at `at`.
    ///
    /// Fresh inputs alone can raise, so a missing or stale one counts nothing: that is the score's
    /// lower bound. To clear, the stale ones must be harmless too. A continuous sign's points
    /// are confirmed once two samples in a row have them; until then one glitch cannot page.
    func outcome(at: Instant, staleness: News2Staleness) -> Outcome {
        var total = 0
        var held = 0
        var confirmed = 0
        var red = false
        var heldRed = false
        var confirmedRed = false
        var isQuestionable = false
        for index in 0..<7 {
            let input = inputs[index]
            guard input.points > 0, let parameter = News2Parameter(rawValue: index) else {
                continue
            }
            let points = Int(input.points)
            held += points
            heldRed = heldRed || points == 3
            let age = at.milliseconds - input.at.milliseconds
            guard age <= staleness.milliseconds(parameter) else { continue }
            total += points
            red = red || points == 3
            isQuestionable = isQuestionable || input.isQuestionable
            let sure =
                parameter.isContinuous ? min(points, Int(input.earlierPoints)) : points
            confirmed += sure
            confirmedRed = confirmedRed || sure == 3
        }
        let raise = News2.priority(total: total, red: red)
        let hold = News2.priority(total: held, red: heldRed)
        let position: AlarmPosition = raise != nil ? .beyond : hold == nil ? .inside : .between
        return Outcome(
            position: position,
            priority: raise ?? .low,
            heldPriority: hold ?? .low,
            total: total,
            isQuestionable: isQuestionable,
            isConfirmed: News2.priority(total: confirmed, red: confirmedRed) != nil
        )
    }

    private func points(
        _ parameter: News2Parameter,
        _ value: Magnitude,
        _ scale: SpO2Scale
    ) -> Int {
        switch parameter {
        case .respiratoryRate: News2.points(respiratoryRate: value)
        case .oxygenSaturation:
            News2.points(oxygenSaturation: value, scale: scale, onOxygen: isOnOxygen)
        case .oxygen: News2.points(onOxygen: value.thousandths != 0)
        case .systolicPressure: News2.points(systolicPressure: value)
        case .pulse: News2.points(pulse: value)
        case .consciousness: ACVPU(value).map(News2.points(consciousness:)) ?? 0
        case .temperature: News2.points(temperature: value)
        }
    }

    private var isOnOxygen: Bool {
        inputs[News2Parameter.oxygen.rawValue].points > 0
    }

    /// On scale 2 the saturation's points depend on the oxygen, which may come later.
    mutating func rescoreSaturation(_ scale: SpO2Scale) {
        let index = News2Parameter.oxygenSaturation.rawValue
        guard inputs[index].isKnown else { return }
        let points = points(.oxygenSaturation, inputs[index].value, scale)
        inputs[index].points = Int8(points)
    }
}

extension News2Parameter {
    /// Whether monitors measure it all the time, so that a second sample is soon to come.
    fileprivate var isContinuous: Bool {
        switch self {
        case .respiratoryRate, .oxygenSaturation, .pulse: true
        case .oxygen, .systolicPressure, .consciousness, .temperature: false
        }
    }
}
