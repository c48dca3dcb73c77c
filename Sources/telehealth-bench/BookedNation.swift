import Scheduler
import Vocabulary

/// The national day as a live roster: its requests are booked, and it is half past nine.
struct BookedNation {
    /// Friday 2026-11-20, 07:00 local time: the day's first tick.
    static let opening = Instant(rfc3339: "2026-11-20T00:00:00Z") ?? .distantPast
    /// Half past nine, when most are at work; and eight in the evening, when nobody is.
    static let busy = opening + .minutes(150)
    static let evening = opening + .hours(13)

    private(set) var roster: Roster
    private(set) var bookings: [(request: ConsultRequest, booking: Booking)] = []
    private let instance: MatchingInstance

    /// The limits that doctors may have, in minutes: short enough that full days reach them.
    static let longestRun = 90
    static let dailyLoad = 150

    /// A day with everybody who can be served booked, one after the other as they come.
    ///
    /// With `isLimited` every doctor has limits, which the bookings do not know.
    init(seed: UInt64, isLimited: Bool) throws {
        var day = NationalDay(seed: seed)
        instance = day.instance(requests: 50_000, doctors: 10_000, sites: 1_500)
        roster = Roster(
            sites: instance.hospitals.enumerated().map { BookedNation.hospital($0, $1) }
                + instance.sites.enumerated().map { BookedNation.site($0, $1) },
            doctors: instance.doctors.enumerated().map { number, record in
                var doctor = BookedNation.doctor(number, record)
                if isLimited {
                    doctor.longestRunMinutes = BookedNation.longestRun
                    doctor.dailyLoadMinutes = BookedNation.dailyLoad
                }
                return doctor
            }
        )
        var desk = PlanDesk(try instance.problem())
        let order = instance.requests.indices.sorted {
            let (left, right) = (instance.requests[$0], instance.requests[$1])
            return (left.earliest, left.urg, $0) < (right.earliest, right.urg, $1)
        }
        for number in order {
            guard let place = desk.decide(number) else { continue }
            book(number, place)
        }
        roster.prepare(at: BookedNation.busy)
    }

    /// Requests that ask at `now`, drawn like the day's own.
    func requests(_ count: Int, seed: UInt64, at now: Instant) -> [ConsultRequest] {
        var other = NationalDay(seed: seed)
        let drawn = other.instance(requests: count, doctors: 8, sites: instance.sites.count)
        return drawn.requests.enumerated().map { number, request in
            let minutes = request.dur * 5
            let urgency = Urgency.allCases[request.urg - 1]
            return ConsultRequest(
                id: RequestID(trusted: "ask-\(number)"),
                site: SiteID(trusted: "s-\(request.site)"),
                patient: PatientID(trusted: "q-\(number)"),
                specialty: Specialty(rawValue: request.spec),
                urgency: urgency,
                earliest: now,
                deadline: now + .minutes(minutes) + BookedNation.patience(urgency),
                durationMinutes: minutes,
                languages: request.langs.map(Language.init(rawValue:)),
                origin: .clinic,
                openedAt: now
            )
        }
    }

    /// What the care loop lets a search do: notice for routine, two fallbacks for an emergency.
    static func terms(_ request: ConsultRequest) -> MatchTerms {
        MatchTerms(
            fallback: request.urgency == .emergency
                ? ["internal", "resp"].map(Specialty.init(rawValue:)) : [],
            lead: request.urgency == .routine ? .hours(1) : .zero
        )
    }

    private static func patience(_ urgency: Urgency) -> Duration {
        switch urgency {
        case .emergency: .minutes(30)
        case .urgent: .minutes(60)
        case .soon: .hours(36)
        case .routine: .hours(24 * 30)
        }
    }

    private mutating func book(_ number: Int, _ place: PlanPlace) {
        let request = instance.requests[number]
        let start = BookedNation.opening + .minutes(place.start * 5)
        let end = start + .minutes(request.dur * 5)
        let urgency = Urgency.allCases[request.urg - 1]
        let record = ConsultRequest(
            id: RequestID(trusted: "r-\(number)"),
            site: SiteID(trusted: "s-\(request.site)"),
            patient: PatientID(trusted: "p-\(number)"),
            specialty: Specialty(rawValue: request.spec),
            urgency: urgency,
            earliest: start,
            deadline: end + BookedNation.patience(urgency),
            durationMinutes: request.dur * 5,
            languages: request.langs.map(Language.init(rawValue:)),
            origin: .clinic,
            openedAt: start
        )
        let isOver = end <= BookedNation.busy
        let isRunning = !isOver && start <= BookedNation.busy
        let booking = Booking(
            id: BookingID(trusted: "b-\(number)"),
            request: record.id,
            doctor: DoctorID(trusted: "d-\(place.doctor)"),
            site: record.site,
            patient: record.patient,
            start: start,
            end: end,
            doctorFreeAt: end + .minutes(instance.buffer * 5),
            state: isOver ? .fulfilled : isRunning ? .inSession : .confirmed,
            answerBy: nil,
            reasons: ["can begin at once"],
            madeAt: start
        )
        roster.note(booking)
        bookings.append((record, booking))
    }

    private static func hospital(_ number: Int, _ hospital: MatchingInstance.Hospital) -> Site {
        Site(
            id: SiteID(trusted: "h-\(number)"),
            name: "Hospital \(number)",
            province: ProvinceID(trusted: "\(hospital.region)"),
            provinceName: "Province \(hospital.region)",
            ward: "",
            latitude: 0,
            longitude: 0,
            tier: SiteTier(rawValue: hospital.tier) ?? .regional,
            stations: 4,
            chain: []
        )
    }

    private static func site(_ number: Int, _ site: MatchingInstance.Site) -> Site {
        Site(
            id: SiteID(trusted: "s-\(number)"),
            name: "Site \(number)",
            province: ProvinceID(trusted: "\(site.region)"),
            provinceName: "Province \(site.region)",
            ward: "",
            latitude: 0,
            longitude: 0,
            tier: .commune,
            stations: site.stations,
            chain: site.chain.map { SiteID(trusted: "h-\($0)") }
        )
    }

    private static func doctor(_ number: Int, _ doctor: MatchingInstance.Doctor) -> Doctor {
        let weekly = (1...7).flatMap { weekday in
            doctor.windows.map { window in
                WeeklyWindow(
                    weekday: weekday,
                    fromMinute: 7 * 60 + window[0] * 5,
                    untilMinute: 7 * 60 + window[1] * 5
                )
            }
        }
        let tick = Int((busy - opening).components.seconds / 300)
        let isThere = doctor.windows.contains { $0[0] <= tick && tick < $0[1] }
        return Doctor(
            id: DoctorID(trusted: "d-\(number)"),
            name: "Dr \(number)",
            hospital: SiteID(trusted: "h-\(doctor.hosp)"),
            specialties: doctor.specs.map(Specialty.init(rawValue:)),
            languages: doctor.langs.map(Language.init(rawValue:)),
            availability: Availability(weekly: weekly),
            bufferMinutes: 5,
            presence: isThere ? (number % 10 == 0 ? .onCall : .available) : .off
        )
    }
}
