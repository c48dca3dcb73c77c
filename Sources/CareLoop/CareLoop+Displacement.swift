import Scheduler
import Signalling
import Vocabulary

/// How much an emergency may disturb what was promised to others.
public struct DisplacementPolicy: Sendable, Equatable {
    /// How many bookings of one site may move in a local day; 0 for none ever.
    public var movesPerSiteAndDay = 3
    /// A booking that begins sooner than this stays: people are on their way.
    public var freeze: Duration = .minutes(15)

    /// The default policy.
    public init() {}
}

/// A routine booking that made room for an emergency.
struct Displaced: Sendable, Equatable {
    let booking: BookingID
    let patient: PatientID
    let site: SiteID
    /// When the booking was to begin.
    let start: Instant
    /// When it was moved.
    let at: Instant
}

/// Preemption: an emergency that nobody could serve in time takes the place of a routine booking.
///
/// The stability budget: so many a site and local day, never inside the freeze horizon, and a
/// patient never twice within `patientMemory`. What was moved is written in the booking, so that
/// a restart keeps the budget.
extension CareLoop {
    /// How long a patient who was moved is safe from being moved again.
    public static let patientMemory: Duration = .hours(24)

    /// Moves one routine booking out of the way and searches for both, the emergency first; nil
    /// when it is none, or no booking may move that would help.
    mutating func displace(for id: RequestID, at now: Instant) -> [CareEffect]? {
        guard let care = cases[id], care.request.urgency == .emergency, care.request.group == nil
        else { return nil }
        displaced.removeAll { $0.at + CareLoop.patientMemory < now && !$0.isOfDay(now) }
        let found = matcher.displacement(
            for: care.request,
            among: movable(for: care, at: now),
            in: roster,
            at: now,
            terms: terms(of: care, at: now)
        )
        guard let found, let moved = requestOfBooking[found.booking.id] else { return nil }
        var effects = move(moved, for: id, at: now)
        effects += search(id, at: now, mayDisplace: false)
        if cases[id]?.booking == nil {
            // Nobody holds the doctor's time yet; the one who was moved must not take it back.
            cases[moved]?.refused[found.booking.doctor] = found.booking.doctorFreeAt
        }
        return effects + search(moved, at: now, mayDisplace: false)
    }

    /// Takes what the store holds of bookings that were moved.
    mutating func rememberDisplaced(_ bookings: [Booking]) {
        for booking in bookings where booking.displacedFor != nil { noteDisplaced(booking) }
    }

    /// Whether the budget lets this booking of this request move now.
    func mayMove(_ booking: Booking, of request: ConsultRequest, at now: Instant) -> Bool {
        let policy = policy(of: booking.site).displacement
        guard request.urgency == .routine, request.group == nil,
            booking.state == .offered || booking.state == .confirmed,
            booking.start >= now + policy.freeze
        else { return false }
        let ofPatient = displaced.contains {
            $0.patient == booking.patient && $0.at + CareLoop.patientMemory > now
        }
        let ofSite = displaced.count { $0.site == booking.site && $0.isOfDay(now) }
        return !ofPatient && ofSite < policy.movesPerSiteAndDay
    }

    /// Bookings in the request's way that the budget lets move: of doctors who could serve, at its
    /// site, or of its patient.
    private func movable(for care: CareCase, at now: Instant) -> [Booking] {
        let request = care.request
        let terms = terms(of: care, at: now)
        let last = terms.isOverdue ? now + Matcher.overdueHorizon : request.latestStart
        // A doctor's own buffer may reach a little further; no buffer is longer than an hour.
        let end = last + request.duration + .hours(1)
        var bookings: [BookingID: Booking] = [:]
        func add(_ found: [Booking]) {
            for booking in found {
                guard let owner = requestOfBooking[booking.id].flatMap({ cases[$0] }),
                    owner.booking?.id == booking.id,
                    mayMove(booking, of: owner.request, at: now)
                else { continue }
                bookings[booking.id] = booking
            }
        }
        add(roster.bookings(at: request.site, from: now, until: end, at: now))
        for specialty in [request.specialty] + terms.fallback {
            for doctor in roster.doctors(of: specialty) {
                add(roster.bookings(of: doctor, from: now, until: end, at: now))
            }
        }
        return bookings.values.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
    }

    private mutating func move(
        _ id: RequestID,
        for emergency: RequestID,
        at now: Instant
    ) -> [CareEffect] {
        guard var care = cases[id] else { return [] }
        care.booking?.displacedFor = emergency
        if let booking = care.booking {
            noteDisplaced(booking, at: now)
        }
        var step = CareStep(id)
        let why = "an emergency needs this time; another one is sought"
        release(&care, as: .cancelled, why: why, isEscalation: true, in: &step, at: now)
        cases[id] = care
        step.audit("displace", "request/\(id)")
        step.say(.request, why, isEscalation: true)
        var effects = finish(step, at: now)
        var other = CareStep(emergency)
        other.say(.request, "a routine consult was moved to make room")
        effects += finish(other, at: now)
        return effects
    }

    private mutating func noteDisplaced(_ booking: Booking, at now: Instant? = nil) {
        guard !displaced.contains(where: { $0.booking == booking.id }) else { return }
        if now != nil { displacedCount += 1 }
        displaced.append(
            Displaced(
                booking: booking.id,
                patient: booking.patient,
                site: booking.site,
                start: booking.start,
                at: now ?? booking.changedAt
            )
        )
    }
}

extension Displaced {
    /// Whether it was moved on the local day of `now`.
    func isOfDay(_ now: Instant) -> Bool {
        LocalTime.dayNumber(of: at) == LocalTime.dayNumber(of: now)
    }
}
