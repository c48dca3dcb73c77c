import Clinical
import Scheduler
import Signalling
import Vocabulary

/// One request on its way from asking to outcome, with the booking and session it has now.
///
/// States, by the request's:
/// - `open`: nobody is asked. Entered when asked, and whenever a booking is given back. Searched
///   at once, then at `nextTry`. Goes to `offered`; to `unmatched` when the last start that meets
///   the deadline has passed; to `cancelled`.
/// - `offered`: a doctor has until `answerBy`, or several are rung: then `rings` holds their
///   offers and the request's `ringing` how far its plan is. Goes to `matched` on accept; to
///   `open` on decline, time-out, the doctor going off, a refusal by the database; to
///   `cancelled`. An offer that is out when the deadline passes stays until it is answered.
///   A `storeAndForward` request is never offered: doctors are asked in writing while it is open,
///   and an answer makes it `fulfilled`.
/// - `matched`: booking and session stand. Goes to `fulfilled` with the outcome; to `open` when
///   the booking is given back (doctor cancels or does not come); to `cancelled`.
/// - `unmatched`: the deadline passed with nobody. Site and operations are told. When the request
///   came from an alarm, or is an emergency, it is searched on without the deadline and may go to
///   `offered`; otherwise it waits for people. Goes to `cancelled`.
/// - `fulfilled`, `cancelled`: final; the case leaves the machine.
struct CareCase: Sendable {
    var request: ConsultRequest
    /// The live booking, unless doctors are rung.
    var booking: Booking?
    /// The offers of the doctors who are rung and have not answered, in the order of ringing.
    var rings: [Booking] = []
    /// How this round's other rings ended, so that a late answer is told why it is late.
    var endedRings: [BookingID: RingEnd] = [:]
    /// The rings as they were before the yes that was taken last: they go on if its commit is
    /// refused.
    var silenced: [Booking] = []
    /// The ring under whose id station and patient are kept.
    var place: Booking?
    /// The move to another doctor that waits for the yes, beside the booking that it would replace.
    var proposed: Booking?
    /// What stood before the last move or replacement, and stands again if its commit is refused.
    var beforeMove: BeforeMove?
    /// The group's booking that was given back last: its time is tried first.
    var groupBefore: Booking?
    /// The live booking's session, from the doctor's yes on.
    var session: SessionRecord?
    /// The booking given back last, so that a late answer to it is told that it is late.
    var lastBooking: BookingID?
    /// Alarms that wait for the outcome.
    var alarms: Set<AlarmID> = []
    /// When to search next, while nobody is asked.
    var nextTry: Instant?
    /// When those who did not answer may be asked again; nil until the search is exhausted.
    var askAgainAt: Instant?
    /// Doctors whom the database refused, and until when they are left out.
    var refused: [DoctorID: Instant] = [:]
    /// When its consult was first planned to begin; nil before, and after a restart.
    var plannedStart: Instant?
    /// Whether the patient has missed several consults of late, and is reminded more often.
    var needsReminding = false
    /// Whether people know that nobody is found just now.
    var hasToldNobody = false

    init(_ request: ConsultRequest) {
        self.request = request
        self.nextTry = request.openedAt
    }

    /// Whether the search goes on after the deadline.
    var keepsTrying: Bool {
        request.origin == .alarm || request.urgency == .emergency
    }

    /// What stands for the request: its booking and the move that is proposed, or its rings.
    var live: [Booking] { booking.map { [$0] + [proposed].compactMap(\.self) } ?? rings }

    /// Whether a search may find somebody.
    var isSearching: Bool {
        switch request.state {
        case .open: true
        case .unmatched: keepsTrying
        case .offered, .matched, .fulfilled, .cancelled: false
        }
    }

    /// Whether the last start that meets the deadline has passed.
    func isOverdue(at now: Instant) -> Bool {
        now > request.latestStart
    }

    /// When something is to be done next if nothing comes in.
    func wake(_ policy: LoopPolicy) -> Instant? {
        let wake = ownWake(policy)
        guard booking != nil, let answerBy = proposed?.answerBy else { return wake }
        return min(answerBy, wake ?? answerBy)
    }

    private func ownWake(_ policy: LoopPolicy) -> Instant? {
        switch request.state {
        case .open:
            let overdue = request.latestStart + .milliseconds(1)
            return min(nextTry ?? overdue, overdue)
        case .unmatched: return keepsTrying ? nextTry : nil
        case .offered: return booking?.answerBy ?? ringsWake(policy)
        case .matched:
            guard let booking, let session else { return nil }
            if session.hasMet { return session.outcomeDue(booking, policy) }
            let reminder = booking.reminderDue(policy, often: needsReminding)
            guard let due = absence(policy)?.due else { return reminder }
            return min(due, reminder ?? due)
        case .fulfilled, .cancelled: return nil
        }
    }

    /// When a ring ends or the next step of the plan begins, whichever is first.
    private func ringsWake(_ policy: LoopPolicy) -> Instant? {
        let end = rings.compactMap(\.answerBy).min()
        guard let progress = request.ringing, let plan = policy.ringing(request.urgency),
            progress.step < plan.steps.count
        else { return end }
        return min(end ?? progress.until, progress.until)
    }

    /// Whose coming is awaited, and until when; nil without a session or once both have met.
    func absence(_ policy: LoopPolicy) -> (party: MissingParty, due: Instant)? {
        guard let booking, let session, !session.hasMet else { return nil }
        let urgency = request.urgency
        guard session.hasJoined(.doctor) else {
            return (.doctor, booking.start + policy.doctorGrace[urgency])
        }
        let since = max(booking.start, session.lastJoin ?? booking.start)
        let isDoctorThere = session.isThere(.doctor)
        return (isDoctorThere ? .clinic : .doctor, since + policy.partnerGrace[urgency])
    }
}

/// Request, booking and session as they were before a move.
struct BeforeMove: Sendable {
    let request: ConsultRequest
    let booking: Booking
    let session: SessionRecord?
    /// When it was moved.
    let at: Instant

    init(_ care: CareCase, _ booking: Booking, at now: Instant) {
        request = care.request
        self.booking = booking
        session = care.session
        at = now
    }
}

/// Who has not come to a session.
enum MissingParty: Sendable {
    case doctor
    case clinic
}

/// The lines of a session's timeline that the loop itself decides on.
enum SessionMark {
    static let doctorJoined = "doctorJoined"
    static let clinicJoined = "clinicJoined"
    static let doctorLeft = "doctorLeft"
    static let clinicLeft = "clinicLeft"
    static let bothPresent = SessionEvent.bothPresent
    static let outcomeReminded = "outcomeReminded"
    /// Comings and goings beyond this many lines are not written down any more.
    static let limit = 200
}

extension SessionRecord {
    /// Whether both were in the room at one time.
    var hasMet: Bool { timeline.contains { $0.what == SessionMark.bothPresent } }

    /// When somebody last came in.
    var lastJoin: Instant? {
        timeline.last {
            $0.what == SessionMark.doctorJoined || $0.what == SessionMark.clinicJoined
        }?.at
    }

    func hasJoined(_ party: MissingParty) -> Bool {
        timeline.contains { $0.what == SessionRecord.joined(party) }
    }

    func isThere(_ party: MissingParty) -> Bool {
        let marks = [SessionRecord.joined(party), SessionRecord.left(party)]
        return timeline.last { marks.contains($0.what) }?.what == marks[0]
    }

    /// When the outcome is to be asked for: after the plan's end, then after each reminder.
    func outcomeDue(_ booking: Booking, _ policy: LoopPolicy) -> Instant {
        let reminded = timeline.last { $0.what == SessionMark.outcomeReminded }?.at
        return max(booking.end, reminded ?? booking.end) + policy.outcomeGrace
    }

    mutating func mark(_ what: String, at now: Instant) {
        timeline.append(SessionEvent(what: what, at: now))
        changedAt = now
    }

    static func joined(_ party: MissingParty) -> String {
        switch party {
        case .doctor: SessionMark.doctorJoined
        case .clinic: SessionMark.clinicJoined
        }
    }

    static func left(_ party: MissingParty) -> String {
        switch party {
        case .doctor: SessionMark.doctorLeft
        case .clinic: SessionMark.clinicLeft
        }
    }
}
