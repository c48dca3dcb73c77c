public import CareLoop
public import Scheduler

/// How a simulated day goes.
public struct DayOptions: Sendable {
    /// The seed of everything that is drawn.
    public var seed: UInt64 = 1
    /// Days that are simulated; the report is of the last one.
    public var days = 1
    /// Consults a site asks for in a day.
    public var perSite = DemandFigures.perSiteAndDay
    /// Share of confirmed `soon` and `routine` bookings that the site takes back.
    public var cancelled = DemandFigures.cancelled
    /// Share of the others to which the patient does not come.
    public var noShow = DemandFigures.noShow
    /// Mean minutes that a consult lasts once both are there.
    public var consultMinutes = DemandFigures.consultMinutes
    /// Share of offers that doctors decline; assumed.
    public var declined = 0.05
    /// Share of offers that nobody answers; assumed.
    public var unanswered = 0.05
    /// Share of confirmed bookings that the doctor takes back; assumed.
    public var doctorCancelled = 0.01
    /// The times and limits of the care loop.
    public var policy = LoopPolicy()
    /// The sites; all of a made-up nation when empty.
    public var sites: [Site] = []
    /// The doctors, whose ids are unique.
    public var doctors: [Doctor] = []

    /// The defaults.
    public init() {}
}
