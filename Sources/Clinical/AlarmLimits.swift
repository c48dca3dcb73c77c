public import Vocabulary

/// One sign's limits: beyond them a value is alarming.
public struct SignLimit: Codable, Sendable, Equatable {
    /// The sign.
    public var sign: Sign
    /// Alarming below this, in the sign's unit; nil for no lower limit.
    public var low: Magnitude?
    /// Alarming above this, in the sign's unit; nil for no upper limit.
    public var high: Magnitude?
    /// How far inside the limit a value must be to clear, in the sign's unit.
    public var hysteresis: Magnitude
    /// How long values must persist beyond the limit, in event time.
    public var dwellSeconds: Int
    /// How many valid samples must lie beyond the limit in that time.
    public var samples: Int
    /// The alarm's priority.
    public var priority: AlarmPriority

    /// A limit of one sign.
    public init(
        sign: Sign,
        low: Magnitude?,
        high: Magnitude?,
        hysteresis: Magnitude,
        dwellSeconds: Int = 10,
        samples: Int = 2,
        priority: AlarmPriority
    ) {
        self.sign = sign
        self.low = low
        self.high = high
        self.hysteresis = hysteresis
        self.dwellSeconds = dwellSeconds
        self.samples = samples
        self.priority = priority
    }
}

/// The limits of one patient, with who set them and when.
public struct AlarmLimits: Codable, Sendable, Equatable {
    /// One entry a sign at most.
    public var signs: [SignLimit]
    /// Who set them; nil for the deployment's defaults.
    public var setBy: UserID?
    /// When they were set; nil for the deployment's defaults.
    public var setAt: Instant?

    /// Limits set by somebody at some time.
    public init(signs: [SignLimit], setBy: UserID? = nil, setAt: Instant? = nil) {
        self.signs = signs
        self.setBy = setBy
        self.setAt = setAt
    }
}
