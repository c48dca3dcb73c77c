public import Scheduler
public import Signalling
public import Vocabulary

/// What a report counts of one request: no patient, no free text.
public struct ConsultFact: Sendable, Equatable {
    /// A request's place among all, by the time it was opened.
    public struct Place: Sendable, Equatable {
        /// When it was opened.
        public let openedAt: Instant
        /// Its id.
        public let request: RequestID

        /// A place.
        public init(openedAt: Instant, request: RequestID) {
            self.openedAt = openedAt
            self.request = request
        }
    }

    /// Where it stands among all.
    public let place: Place
    /// The asking site.
    public let site: SiteID
    /// Of which specialty a doctor was asked for.
    public let specialty: Specialty
    /// How soon.
    public let urgency: Urgency
    /// What has become of it.
    public let state: RequestState
    /// How many doctors declined.
    public let declined: Int
    /// When both ends were in the room for the first time; nil while they were not.
    public let metAt: Instant?
    /// When the outcome was given; nil while it was not.
    public let endedAt: Instant?
    /// The outcome.
    public let disposition: Disposition?
    /// When the sample was taken that made the alarm behind it; nil when a person asked.
    public let sampleAt: Instant?

    /// A fact.
    public init(
        place: Place,
        site: SiteID,
        specialty: Specialty,
        urgency: Urgency,
        state: RequestState,
        declined: Int = 0,
        metAt: Instant? = nil,
        endedAt: Instant? = nil,
        disposition: Disposition? = nil,
        sampleAt: Instant? = nil
    ) {
        self.place = place
        self.site = site
        self.specialty = specialty
        self.urgency = urgency
        self.state = state
        self.declined = declined
        self.metAt = metAt
        self.endedAt = endedAt
        self.disposition = disposition
        self.sampleAt = sampleAt
    }

    /// The fact of a request whose booking led to this session, or to none, and whose alarm
    /// began with a sample, if an alarm asked.
    public init(_ request: ConsultRequest, _ session: SessionRecord?, sampleAt: Instant? = nil) {
        self.init(
            place: Place(openedAt: request.openedAt, request: request.id),
            site: request.site,
            specialty: request.specialty,
            urgency: request.urgency,
            state: request.state,
            declined: request.declinedBy.count,
            metAt: session?.timeline.first { $0.what == SessionEvent.bothPresent }?.at,
            endedAt: session?.outcome?.at,
            disposition: session?.outcome?.disposition,
            sampleAt: sampleAt
        )
    }
}

/// Consults to which one side did not come.
public struct MissedConsults: Sendable, Equatable {
    /// The asking site.
    public let site: SiteID
    /// The specialty.
    public let specialty: Specialty
    /// How many.
    public let count: Int

    /// A number of missed consults.
    public init(site: SiteID, specialty: Specialty, count: Int) {
        self.site = site
        self.specialty = specialty
        self.count = count
    }
}
