extension AlarmLimits {
    /// The deployment's defaults for adults: few, wide, and delayed, because NEWS2 finds the rest.
    ///
    /// - SpO2 below 88 % for 15 s: a 15 s delay and a lower limit cut alarms by 60 % in a recovery
    ///   ward, and 80–99 % of hospital alarms need no action (Graham & Cvach 2010; Joint
    ///   Commission Sentinel Event Alert 50, 2013).
    /// - Heart rate 40 and 130, respiratory rate 8 and 30, systolic 90 and 180: NEWS2's red edges
    ///   or beyond them (Royal College of Physicians 2017), systolic 180 as the hypertensive
    ///   crisis of ESC/ESH 2018.
    /// - Temperature 35.0 and 39.5 °C; glucose 3.0 (level 2 hypoglycaemia, ADA 2024) and
    ///   20 mmol/L.
    public static let standard = AlarmLimits(signs: [
        SignLimit(
            sign: .oxygenSaturation,
            low: Magnitude(88),
            high: nil,
            hysteresis: Magnitude(2),
            dwellSeconds: 15,
            priority: .high
        ),
        SignLimit(
            sign: .heartRate,
            low: Magnitude(40),
            high: Magnitude(130),
            hysteresis: Magnitude(3),
            priority: .high
        ),
        SignLimit(
            sign: .pulseRate,
            low: Magnitude(40),
            high: Magnitude(130),
            hysteresis: Magnitude(3),
            priority: .high
        ),
        SignLimit(
            sign: .respiratoryRate,
            low: Magnitude(8),
            high: Magnitude(30),
            hysteresis: Magnitude(2),
            dwellSeconds: 15,
            priority: .high
        ),
        SignLimit(
            sign: .systolicPressure,
            low: Magnitude(90),
            high: Magnitude(180),
            hysteresis: Magnitude(5),
            priority: .medium
        ),
        SignLimit(
            sign: .temperature,
            low: Magnitude(35),
            high: Magnitude(thousandths: 39_500),
            hysteresis: Magnitude(thousandths: 300),
            priority: .medium
        ),
        SignLimit(
            sign: .glucose,
            low: Magnitude(3),
            high: Magnitude(20),
            hysteresis: Magnitude(thousandths: 500),
            dwellSeconds: 0,
            samples: 1,
            priority: .medium
        ),
    ])

    /// These limits with the given patient's own in place of the same signs' defaults.
    public func overridden(by own: AlarmLimits?) -> AlarmLimits {
        guard let own else { return self }
        var merged = own
        merged.signs += signs.filter { limit in !own.signs.contains { $0.sign == limit.sign } }
        return merged
    }
}
