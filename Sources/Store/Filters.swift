public import Scheduler
public import Vocabulary

/// Which alarms to list; nil means any.
public struct AlarmFilter: Sendable {
    /// Only alarms of this site.
    public var site: SiteID?
    /// Only alarms of this patient.
    public var patient: PatientID?
    /// Only alarms that are not closed.
    public var open: Bool
    /// Only alarms raised before this.
    public var before: Instant?
    /// At most this many.
    public var limit: Int

    /// A filter.
    public init(
        site: SiteID? = nil,
        patient: PatientID? = nil,
        open: Bool = false,
        before: Instant? = nil,
        limit: Int = 100
    ) {
        self.site = site
        self.patient = patient
        self.open = open
        self.before = before
        self.limit = limit
    }
}

/// Which requests to list; nil means any.
public struct RequestFilter: Sendable {
    /// Only requests of this site.
    public var site: SiteID?
    /// Only requests in these states; empty for any.
    public var states: [RequestState]
    /// Only requests opened before this.
    public var before: Instant?
    /// At most this many.
    public var limit: Int

    /// A filter.
    public init(
        site: SiteID? = nil,
        states: [RequestState] = [],
        before: Instant? = nil,
        limit: Int = 100
    ) {
        self.site = site
        self.states = states
        self.before = before
        self.limit = limit
    }
}

/// Which bookings to list; nil means any.
public struct BookingFilter: Sendable {
    /// Only bookings that this doctor has or has had part in.
    public var doctor: DoctorID?
    /// Only bookings that this site has or has had part in.
    public var site: SiteID?
    /// Only bookings that this interpreter has or has had part in.
    public var interpreter: InterpreterID?
    /// Only bookings that end after this.
    public var from: Instant?
    /// Only bookings that start before this.
    public var until: Instant?
    /// Only bookings that occupy a doctor and a station.
    public var live: Bool
    /// Only bookings in this state; rings are `offered` ones too.
    public var state: BookingState?
    /// At most this many.
    public var limit: Int

    /// A filter.
    public init(
        doctor: DoctorID? = nil,
        site: SiteID? = nil,
        interpreter: InterpreterID? = nil,
        from: Instant? = nil,
        until: Instant? = nil,
        live: Bool = false,
        state: BookingState? = nil,
        limit: Int = 100
    ) {
        self.doctor = doctor
        self.site = site
        self.interpreter = interpreter
        self.from = from
        self.until = until
        self.live = live
        self.state = state
        self.limit = limit
    }
}

/// Which audit entries to list; nil means any.
public struct AuditFilter: Sendable {
    /// Only entries of this principal.
    public var principal: String?
    /// Only entries about this object.
    public var object: String?
    /// Only entries at or after this.
    public var from: Instant?
    /// Only entries before this.
    public var until: Instant?
    /// Only entries with a smaller sequence number.
    public var before: Int64?
    /// At most this many.
    public var limit: Int

    /// A filter.
    public init(
        principal: String? = nil,
        object: String? = nil,
        from: Instant? = nil,
        until: Instant? = nil,
        before: Int64? = nil,
        limit: Int = 100
    ) {
        self.principal = principal
        self.object = object
        self.from = from
        self.until = until
        self.before = before
        self.limit = limit
    }
}
