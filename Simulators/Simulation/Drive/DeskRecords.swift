import Vocabulary

/// What our people read of a booking.
struct BookingRecord: Sendable {
    let id: BookingID
    let request: RequestID
    let doctor: DoctorID
    let site: SiteID
    let patient: PatientID
    let start: Instant
    let state: String

    /// Nil when the record lacks one of the members.
    init?(_ record: JSONValue) {
        guard let id = record["id"]?.text.flatMap(BookingID.init(rawValue:)),
            let request = record["request"]?.text.flatMap(RequestID.init(rawValue:)),
            let doctor = record["doctor"]?.text.flatMap(DoctorID.init(rawValue:)),
            let site = record["site"]?.text.flatMap(SiteID.init(rawValue:)),
            let patient = record["patient"]?.text.flatMap(PatientID.init(rawValue:)),
            let start = record["start"]?.text.flatMap(Instant.init(rfc3339:)),
            let state = record["state"]?.text
        else { return nil }
        self.id = id
        self.request = request
        self.doctor = doctor
        self.site = site
        self.patient = patient
        self.start = start
        self.state = state
    }

    /// Whether people would enter the room: nobody sits there the day before.
    func isJoinable(at now: Instant) -> Bool {
        ["confirmed", "checkedIn", "inSession"].contains(state) && start < now + .hours(1)
    }
}

extension Journal {
    /// Writes down an alarm record; returns its id, nil when it is no alarm.
    @discardableResult
    func note(alarm record: JSONValue) -> AlarmID? {
        guard let alarm = record["id"]?.text.flatMap(AlarmID.init(rawValue:)),
            let patient = record["patient"]?.text.flatMap(PatientID.init(rawValue:)),
            let sampleAt = record["sampleAt"]?.text.flatMap(Instant.init(rfc3339:))
        else { return nil }
        saw(
            alarm: alarm,
            of: patient,
            sampleAt: sampleAt,
            request: record["request"]?.text.flatMap(RequestID.init(rawValue:))
        )
        return alarm
    }

    /// Writes down a request record.
    func note(request record: JSONValue) {
        guard let request = record["id"]?.text.flatMap(RequestID.init(rawValue:)) else { return }
        saw(request: request, alarm: record["alarm"]?.text.flatMap(AlarmID.init(rawValue:)))
    }
}
