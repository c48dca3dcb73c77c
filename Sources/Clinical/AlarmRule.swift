/// What raises and clears the alarm of one cause, in the units that the machines count in.
struct AlarmRule: Sendable, Equatable {
    let cause: AlarmCause
    /// The sign that the rule looks at; nil for the score.
    let sign: Sign?
    /// Beyond it a value is alarming.
    let limit: Magnitude
    /// At it or further inside a value clears.
    let inside: Magnitude
    let priority: AlarmPriority
    let dwell: Int64
    let samples: Int
    let clearDwell: Int64
    let downDwell: Int64

    /// The rule of NEWS2 first, then of PEWS where it is on, then of each limit.
    static func rules(_ limits: AlarmLimits, _ policy: WardPolicy) -> [AlarmRule] {
        let score = AlarmRule(
            cause: .news2,
            sign: nil,
            limit: Magnitude(0),
            inside: Magnitude(0),
            priority: .medium,
            dwell: Int64(policy.scoreDwellSeconds) * 1_000,
            samples: policy.scoreSamples,
            clearDwell: Int64(policy.clearDwellSeconds) * 1_000,
            downDwell: Int64(policy.downDwellSeconds) * 1_000
        )
        var rules = [score]
        if policy.pews != nil {
            rules.append(
                AlarmRule(
                    cause: .pews,
                    sign: nil,
                    limit: Magnitude(0),
                    inside: Magnitude(0),
                    priority: .medium,
                    dwell: score.dwell,
                    samples: score.samples,
                    clearDwell: score.clearDwell,
                    downDwell: score.downDwell
                )
            )
        }
        for limit in limits.signs {
            if let low = limit.low {
                rules.append(
                    AlarmRule(.low(limit.sign), limit, low, low + limit.hysteresis, policy)
                )
            }
            if let high = limit.high {
                rules.append(
                    AlarmRule(.high(limit.sign), limit, high, high - limit.hysteresis, policy)
                )
            }
        }
        return rules
    }

    /// Where a magnitude lies; a limit itself is not beyond it.
    func position(of magnitude: Magnitude) -> AlarmPosition {
        switch cause {
        case .low:
            magnitude < limit ? .beyond : magnitude >= inside ? .inside : .between
        case .high:
            magnitude > limit ? .beyond : magnitude <= inside ? .inside : .between
        case .news2, .pews, .sos, .offline, .lowBattery, .sensorOff:
            .between
        }
    }
}

extension AlarmRule {
    private init(
        _ cause: AlarmCause,
        _ limit: SignLimit,
        _ edge: Magnitude,
        _ inside: Magnitude,
        _ policy: WardPolicy
    ) {
        self.init(
            cause: cause,
            sign: limit.sign,
            limit: edge,
            inside: inside,
            priority: limit.priority,
            dwell: Int64(limit.dwellSeconds) * 1_000,
            samples: limit.samples,
            clearDwell: Int64(policy.clearDwellSeconds) * 1_000,
            downDwell: 0
        )
    }
}

/// Where a sample lies relative to a rule's limit.
enum AlarmPosition: Sendable {
    /// Beyond the limit.
    case beyond
    /// Within the limit, but not by the hysteresis.
    case between
    /// Within the limit by the hysteresis.
    case inside
}

extension Magnitude {
    fileprivate static func + (left: Magnitude, right: Magnitude) -> Magnitude {
        Magnitude(thousandths: Int32(clamping: Int64(left.thousandths) + Int64(right.thousandths)))
    }

    fileprivate static func - (left: Magnitude, right: Magnitude) -> Magnitude {
        Magnitude(thousandths: Int32(clamping: Int64(left.thousandths) - Int64(right.thousandths)))
    }
}
