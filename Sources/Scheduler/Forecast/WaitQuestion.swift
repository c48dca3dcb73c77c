import Vocabulary

/// What is asked of a forecast's wait: for whom, for how long, and when.
struct WaitQuestion {
    let urgency: Urgency
    let specialty: Specialty
    /// How long a gap is needed.
    let length: Duration
    /// No start is tried before this.
    let earliest: Instant
    let now: Instant
    /// Whether it is known who asks, so that the site's stations and opening count.
    let isOfSite: Bool

    /// The first start of the doctor within the longest wait at which the site can hold a consult.
    func start(of time: FreeTime, at site: Site?, in roster: Roster) -> Instant? {
        time.nextStart(
            from: earliest,
            for: length,
            onDuty: urgency <= .urgent,
            until: now + Forecaster.longestWait,
            at: isOfSite ? site : nil,
            in: roster
        )
    }
}
