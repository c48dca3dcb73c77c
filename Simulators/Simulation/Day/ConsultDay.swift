import CareLoop
import Foundation
import Scheduler
import Signalling
public import Vocabulary

/// Days of a nation's clinics and doctors around the care loop, in virtual time, from one seed.
///
/// Sites ask, doctors answer offers, both come or do not, bookings are taken back; devices and
/// sockets are left out. A day takes as long as the loop needs to decide it.
public struct ConsultDay {
    private let options: DayOptions
    private let sites: [Site]
    private let doctors: [Doctor]
    private var loop: CareLoop
    private var ledger: DayLedger
    private var tally = DayTally()
    private var calendar = DayCalendar()
    private var random: SeededRandom
    private var now: Instant
    private let lastDay: Instant
    private let end: Instant
    private var patients = 0
    /// Until when each doctor is in a room; nobody is in two.
    private var inRoomUntil: [DoctorID: Instant] = [:]

    /// Monday 2026-11-16, 00:00 local time, when every run begins.
    public static let start = Instant(milliseconds: 1_794_762_000_000)
    /// How long after the last day open consults are followed.
    private static let drain: Duration = .hours(24 * 3)
    /// Between two looks of the forecast at the records.
    private static let forecastEvery: Duration = .minutes(30)

    /// A run that has not begun.
    public init(_ options: DayOptions) {
        self.options = options
        sites = options.sites.isEmpty ? SmallNation.sites(150) : options.sites
        doctors =
            options.doctors.isEmpty
            ? SmallNation.doctors(60, in: sites, seed: options.seed) : options.doctors
        loop = CareLoop(
            seed: options.seed,
            sites: sites,
            doctors: doctors,
            policy: options.policy
        )
        ledger = DayLedger(sites: sites)
        random = SeededRandom(seed: options.seed)
        now = ConsultDay.start
        lastDay = now + .hours(24 * (options.days - 1))
        end = now + .hours(24 * options.days)
    }

    /// Runs every day to its end and what is left of it, and says what the last one was like.
    ///
    /// `progress` is told the time of the day, an hour at a time.
    public mutating func run(progress: (Instant) -> Void = { _ in }) -> DayReport {
        planDemand()
        if options.days > 1 { calendar.plan(.forecast, at: lastDay) }
        var hour = now
        let close = end + ConsultDay.drain
        while let next = nextTime(), next <= close {
            now = max(now, next)
            while hour <= now {
                progress(hour)
                hour = hour + .hours(1)
            }
            if let event = calendar.next, event <= now {
                act()
            } else {
                perform(loop.advance(to: now))
            }
        }
        return report()
    }

    private func nextTime() -> Instant? {
        [calendar.next, loop.nextDeadline].compactMap { $0 }.min()
    }

    /// Draws when every site asks, hour by hour: a Poisson process by the hour's weight.
    private mutating func planDemand() {
        let weights = (0..<24).map(DemandFigures.weight(ofHour:))
        let sum = weights.reduce(0, +)
        for day in 0..<options.days {
            for hour in 0..<24 {
                let from = ConsultDay.start + .hours(24 * day + hour)
                let rate = options.perSite * Double(sites.count) * weights[hour] / sum
                var at = gap(rate)
                while at < 3_600 {
                    if let site = sites.randomElement(using: &random) {
                        calendar.plan(.ask(site.id), at: from + .seconds(at))
                    }
                    at += gap(rate)
                }
            }
        }
    }

    /// Seconds to the next of so many in an hour.
    private mutating func gap(_ perHour: Double) -> Double {
        guard perHour > 0 else { return .infinity }
        return -log(Double.random(in: .leastNonzeroMagnitude..<1, using: &random)) * 3_600 / perHour
    }

    // MARK: What people do

    private mutating func act() {
        guard let event = calendar.take() else { return }
        switch event {
        case .ask(let site): ask(site)
        case .answer(let id, let accepts):
            guard let booking = loop.booking(id), booking.state == .offered else { return }
            attempt { loop, now in
                try loop.offerAnswered(
                    id,
                    accepts ? .accept : .decline,
                    by: booking.doctor,
                    at: now
                )
            }
        case .siteCancels(let id):
            guard let booking = loop.booking(id) else { return }
            attempt { try $0.bookingCancelled(id, by: .site(booking.site), at: $1) }
        case .doctorCancels(let id):
            guard let booking = loop.booking(id) else { return }
            attempt { try $0.bookingCancelled(id, by: .doctor(booking.doctor), at: $1) }
        case .join(let session, let role): join(session, role)
        case .outcome(let id):
            guard let session = loop.session(id) else { return }
            let outcome = Outcome(
                disposition: .treatLocally,
                sealedNote: "",
                by: session.doctor,
                at: now
            )
            attempt { try $0.outcomeGiven(id, outcome, at: $1) }
        case .forecast:
            learn()
            if now == lastDay { tally.expectArrivals(loop, doctors, at: now) }
            let next = now + ConsultDay.forecastEvery
            if next < end { calendar.plan(.forecast, at: next) }
        }
    }

    /// What the records know by now: requests, and how long consults took.
    private mutating func learn() {
        let known = Dictionary(sites.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        tally.learn(Array(ledger.requests.values), known, until: now)
        for booking in ledger.bookings.values.sorted(by: { $0.end < $1.end })
        where booking.state == .fulfilled {
            guard let specialty = ledger.requests[booking.request]?.specialty else { continue }
            let minutes = Double((booking.end - booking.start).wholeMilliseconds) / 60_000
            tally.learn(specialty, minutes: minutes)
        }
    }

    private mutating func ask(_ site: SiteID) {
        let place = sites.first { $0.id == site }
        let urgency = DemandFigures.draw(DemandFigures.urgencies, using: &random) ?? .routine
        let drawn = DemandFigures.draw(DemandFigures.specialties, using: &random)
        patients += 1
        let draft = ConsultDraft(
            site: site,
            patient: PatientID(trusted: "patient-\(patients)"),
            specialty: urgency == .emergency ? .emergency : drawn ?? .internalMedicine,
            urgency: urgency
        )
        let told = place.flatMap {
            tally.foretell(urgency, draft.specialty, at: $0, loop, at: now)
        }
        guard let (id, effects) = try? loop.requestAsked(draft, at: now) else { return }
        tally.note(told, toldTo: id)
        perform(effects)
    }

    private mutating func join(_ id: SessionID, _ role: ParticipantRole) {
        guard let session = loop.session(id), !session.state.isFinal else { return }
        if role == .doctor, let until = inRoomUntil[session.doctor], until > now {
            return calendar.plan(.join(id, role), at: until + .seconds(5))
        }
        perform(
            loop.sessionProgress(id, role == .doctor ? .doctorJoined : .clinicJoined, at: now)
        )
        guard tally.came(role, to: id) else { return }
        perform(loop.sessionProgress(id, .bothPresent, at: now))
        // Two exponential parts: lengths vary, and nobody is done at once.
        let mean = options.consultMinutes * 60 / 2
        let length = min(max(gap(3_600 / mean) + gap(3_600 / mean), 120), 7_200)
        inRoomUntil[session.doctor] = now + .seconds(length)
        calendar.plan(.outcome(id), at: now + .seconds(length))
    }

    /// A command that may come too late: then the people see why, and nothing happens.
    private mutating func attempt(
        _ command: (inout CareLoop, Instant) throws -> [CareEffect]
    ) {
        guard let effects = try? command(&loop, now) else { return }
        perform(effects)
    }

    // MARK: What comes of it

    private mutating func perform(_ effects: [CareEffect]) {
        for case .store(let records) in effects {
            for record in records {
                tally.note(record, before: ledger.bookings, at: now)
                if case .booking(let booking) = record {
                    plan(booking, before: ledger.bookings[booking.id])
                }
                ledger.write(record)
            }
        }
        for case .openSession(let session) in effects { planVisit(session) }
    }

    /// What a doctor does about an offer.
    private mutating func plan(_ booking: Booking, before: Booking?) {
        guard booking.state == .offered, before == nil, let answerBy = booking.answerBy,
            !random.chance(options.unanswered)
        else { return }
        let declines = random.chance(options.declined)
        let window = max((answerBy - now).wholeMilliseconds / 1_000, 2)
        let delay = Int64.random(in: 1...min(window, 120), using: &random)
        calendar.plan(.answer(booking.id, accepts: !declines), at: now + .seconds(delay))
    }

    /// Who comes to a consult, and whether it is taken back before.
    private mutating func planVisit(_ session: SessionRecord) {
        guard let booking = loop.booking(session.booking),
            let urgency = loop.request(booking.request)?.urgency
        else { return }
        let ahead = (booking.start - now).wholeMilliseconds / 1_000
        let isPlanned = urgency >= .soon && ahead > 60
        if isPlanned, random.chance(options.cancelled) {
            let at = now + .seconds(Int64.random(in: 1..<ahead, using: &random))
            return calendar.plan(.siteCancels(booking.id), at: at)
        }
        if isPlanned, random.chance(options.doctorCancelled) {
            let at = now + .seconds(Int64.random(in: 1..<ahead, using: &random))
            return calendar.plan(.doctorCancels(booking.id), at: at)
        }
        let lateness = Duration.seconds(Int.random(in: 5...120, using: &random))
        calendar.plan(.join(session.id, .doctor), at: max(booking.start, now) + lateness)
        if isPlanned, random.chance(options.noShow) { return }
        let early = Duration.seconds(Int.random(in: 5...120, using: &random))
        calendar.plan(.join(session.id, .clinic), at: max(booking.start, now) + early)
    }

    private func report() -> DayReport {
        tally.report(
            seed: options.seed,
            sites: sites,
            doctors: doctors,
            ledger: ledger,
            lost: ledger.lost(in: loop),
            day: lastDay..<end
        )
    }
}
