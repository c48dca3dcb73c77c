import Clinical
public import Scheduler
public import Signalling
public import Vocabulary

/// The care loop: alarm → request → matched doctor → booking → session → outcome.
///
/// A pure machine. Each input is a method that takes the time and returns what is to be done; the
/// states are documented at `CareCase`. A request is never lost: whatever gives a booking back
/// opens the request again, and whatever nobody serves by its deadline is shown to people.
///
/// An alarm that goes away does not take its request back: whoever was so ill that a consult was
/// asked for is seen, or staff cancel. An alarm that worsens makes its open request more urgent.
public struct CareLoop: Sendable {
    /// How many searches one input does; more wait for the next `advance`, most urgent first.
    static let searchLimit = 64
    /// How long a doctor is left out of a request after the database refused the booking.
    static let refusalPause: Duration = .minutes(2)
    /// How many closed alarms are remembered, so that late news of them does not open them again.
    static let closedAlarmLimit = 4_096

    /// Doctors, sites, and what live bookings occupy.
    public internal(set) var roster: Roster

    let policy: LoopPolicy
    let sitePolicies: [SiteID: LoopPolicy]
    let matcher: Matcher
    var random: SeededRandom

    var cases: [RequestID: CareCase] = [:]
    var searching: Set<RequestID> = []
    var requestOfBooking: [BookingID: RequestID] = [:]
    var requestOfSession: [SessionID: RequestID] = [:]
    var requestsOfPatient: [PatientID: Set<RequestID>] = [:]
    var alarms: [AlarmID: KnownAlarm] = [:]
    var closedAlarms: Set<AlarmID> = []
    var closedAlarmOrder: [AlarmID] = []
    var deadlines = DeadlineQueue()
    /// Bookings that made room for emergencies of late.
    var displaced: [Displaced] = []
    /// How many bookings made room for emergencies since the machine was made.
    public internal(set) var displacedCount = 0
    /// When those who wait are planned for together; nil while fewer than two wait.
    var nextReplan: Instant?

    /// What rolling re-optimisation has done.
    public internal(set) var replanFigures = ReplanFigures()
    /// How much later than planned consults began since the machine was made.
    public internal(set) var slips = StartSlips()
    /// Who did not come of late.
    var misses = MissedConsults()
    /// Requests whose doctors are being rung.
    var ringing: Set<RequestID> = []
    var contacts: [DoctorID: Contact] = [:]
    /// Doctors whom a step that is not full could ring since the last look: they came, or are free.
    var newcomers: Set<DoctorID> = []
    /// Doctors who got a booking since the last look, so that their rings may be void.
    var newlyBooked: Set<DoctorID> = []

    /// Counts of rings since the machine was made.
    public internal(set) var ringFigures = RingFigures()

    /// A loop without requests.
    ///
    /// Ids come from `seed`; in production it is drawn from the system's generator at each start.
    public init(
        seed: UInt64,
        sites: [Site],
        doctors: [Doctor],
        interpreters: [Interpreter] = [],
        policy: LoopPolicy = LoopPolicy(),
        sitePolicies: [SiteID: LoopPolicy] = [:],
        weights: GoalWeights = GoalWeights(),
        holidays: HolidayCalendar = HolidayCalendar()
    ) {
        self.random = SeededRandom(seed: seed)
        self.roster = Roster(
            sites: sites,
            doctors: doctors,
            interpreters: interpreters,
            holidays: holidays
        )
        self.policy = policy
        self.sitePolicies = sitePolicies
        self.matcher = Matcher(weights: weights)
    }

    /// When `advance` is to be called next; nil when nothing is awaited.
    ///
    /// May lie in the past when an input left searches over.
    public var nextDeadline: Instant? {
        [deadlines.first, nextReplan].compactMap(\.self).min()
    }

    /// A request that is not over, or nil.
    public func request(_ id: RequestID) -> ConsultRequest? { cases[id]?.request }

    /// The live booking with this id, or nil.
    public func booking(_ id: BookingID) -> Booking? {
        requestOfBooking[id].flatMap { cases[$0]?.live.first { $0.id == id } }
    }

    /// The session with this id of a request that is not over, or nil.
    public func session(_ id: SessionID) -> SessionRecord? {
        guard let care = requestOfSession[id].flatMap({ cases[$0] }), care.session?.id == id else {
            return nil
        }
        return care.session
    }

    /// Every request that is not over, by id.
    public var openRequests: [ConsultRequest] {
        cases.values.map(\.request).sorted { $0.id < $1.id }
    }

    /// Every live booking, rings too, by id.
    public var liveBookings: [Booking] {
        cases.values.flatMap(\.live).sorted { $0.id < $1.id }
    }

    /// Every session that is not over, by id.
    public var openSessions: [SessionRecord] {
        cases.values.compactMap(\.session).sorted { $0.id < $1.id }
    }

    /// Why the request has its doctor, or why it has none; nil when it is over or unknown.
    public func explanation(of id: RequestID, at now: Instant) -> Explanation? {
        guard let care = cases[id] else { return nil }
        if care.isWritten { return writtenExplanation(of: care) }
        return matcher.explain(
            care.request,
            booking: care.live.first,
            in: roster,
            at: now,
            terms: terms(of: care, at: now),
            substitutes: policy(of: care.request.site).fallback[care.request.specialty] ?? []
        )
    }

    func policy(of site: SiteID) -> LoopPolicy { sitePolicies[site] ?? policy }

    func terms(of care: CareCase, at now: Instant) -> MatchTerms {
        let policy = policy(of: care.request.site)
        let fallback = policy.fallback[care.request.specialty] ?? []
        return MatchTerms(
            fallback: care.request.origin == .alarm ? fallback : [],
            isOverdue: care.isOverdue(at: now) && care.keepsTrying,
            lead: policy.lead[care.request.urgency],
            excluded: Set(care.refused.filter { $0.value > now }.keys)
        )
    }
}

/// What the loop knows of an alarm that is not closed.
struct KnownAlarm: Sendable {
    /// When the alarm last changed, so that older news is told from newer.
    var changedAt: Instant
    /// The request it caused or joined.
    var request: RequestID?
    /// The urgency of that request once it is over: only a greater one asks again.
    var endedUrgency: Urgency?
    /// The newest offer that doctors were chosen for.
    var chosenOffer = 0
}
