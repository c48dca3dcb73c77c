/// How a ward judges and signals, besides the limits themselves.
public struct WardPolicy: Sendable, Equatable {
    /// How long NEWS2 must persist at its threshold, in event time.
    public var scoreDwellSeconds = 10
    /// How many evaluations must lie at the threshold in that time.
    public var scoreSamples = 2
    /// How long values must stay inside limit ∓ hysteresis before the condition clears.
    public var clearDwellSeconds = 10
    /// How long a score must stay at a lesser priority before the alarm's goes down.
    public var downDwellSeconds = 60
    /// Whether a medium physiological alarm latches; high ones always do, low ones and medium ones
    /// of the equipment never.
    public var latchesMedium = true
    /// How long an acknowledgement silences a condition that stays present.
    public var acknowledgeTimeoutSeconds = 600
    /// What children under 16 are scored by; nil, as long as nobody has decided on it, for nothing.
    public var pews: PewsTable?
    /// How unacknowledged alarms go on from one to the next.
    public var escalation = EscalationPolicy()
    /// How long a signal may be paused at once.
    public var pauseSeconds = 600
    /// How often the signal of one alarm may be paused.
    public var pauses = 3
    /// From this period on a device counts as spot-check: one valid sample raises and clears.
    public var spotCheckPeriodSeconds = 300
    /// How long a low battery counts after the device last said so.
    public var batteryHoldSeconds = 3_600
    /// How many devices of a site must fall silent at once to be an incident; 0 for none ever.
    public var incidentDevices = 3
    /// How many of a hundred of the site's devices those must be.
    public var incidentPercent = 50
    /// Within which time that is at once; devices with long periods are noticed later.
    public var incidentWindowSeconds = 300
    /// Readings older than this at receipt are backfill: they never touch an alarm.
    public var lateSeconds = 900
    /// Readings further than this in the future are not looked at; the gateway gives such
    /// readings their receipt time before they come here.
    public var futureToleranceSeconds = 60
    /// How many readings a patient's window keeps at least before the oldest leave it.
    ///
    /// It covers the fifteen minutes in which a late reading may still be placed at one reading a
    /// second; where more come, a reading later than what these cover is not placed any more.
    public var windowReadings = 1_024
    /// How old NEWS2's inputs may be.
    public var staleness = News2Staleness()
    /// What is plausible; the gateway has looked before, the ward looks again.
    public var plausibility = Plausibility.standard

    /// The defaults.
    public init() {}
}
