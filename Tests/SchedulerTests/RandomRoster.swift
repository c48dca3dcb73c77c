import Scheduler
import Vocabulary

/// A small country drawn from a seed: a roster as the program keeps it, and the same records plain.
struct RandomRoster {
    private(set) var roster: Roster
    private(set) var plain: PlainMatcher
    let now: Instant
    private var random: SeededRandom
    private var requests = 0

    private static let specialties: [Specialty] = [.cardiology, .emergency, .neurology]
    private static let languages: [Language] = [.vietnamese, .hmong, .khmer]

    /// Whether the days are worked out beforehand is drawn too, unless it is given.
    init(seed: UInt64, doctors count: Int = 18, isPrepared: Bool? = nil) {
        var random = SeededRandom(seed: seed)
        // Any time of a week, to the millisecond.
        now = Register.morning + .milliseconds(Int.random(in: 0..<604_800_000, using: &random))
        let tiers: [SiteTier] = [.central, .provincial, .regional, .commune]
        let sites = (0..<5).map { number in
            var site = Register.site(
                "site-\(number)",
                province: "p-\(number % 2)",
                tier: tiers[number % 4],
                stations: number % 3,
                chain: ["site-0"]
            )
            // Two keep hours, one of them over midnight.
            if number > 2 {
                site.opening = (1...7).map {
                    WeeklyWindow(
                        weekday: $0,
                        fromMinute: number == 3 ? 450 : 1_080,
                        untilMinute: number == 3 ? 990 : 1_500
                    )
                }
            }
            return site
        }
        plain = PlainMatcher(sites: sites, doctors: [])
        roster = Roster(sites: sites)
        self.random = random
        let isDrawn = self.random.chance(0.7)
        if isPrepared ?? isDrawn { roster.prepare(at: now) }
        for number in 0..<count {
            let doctor = doctor(number)
            plain.doctors.append(doctor)
            roster.update(doctor)
        }
        for number in 0..<40 { change(number) }
    }

    /// A request of any kind, asked now or for later.
    mutating func request() -> ConsultRequest {
        requests += 1
        let urgency = pick(Urgency.allCases) ?? .urgent
        let earliest = now + .minutes(random.chance(0.6) ? 0 : below(600))
        let minutes = 5 * (2 + below(8))
        let slack = random.chance(0.7) ? below(120) : below(60 * 40)
        var request = ConsultRequest(
            id: RequestID(trusted: "request-\(requests)"),
            site: SiteID(trusted: "site-\(below(5))"),
            patient: PatientID(trusted: "patient-\(below(12))"),
            specialty: pick(RandomRoster.specialties) ?? .cardiology,
            urgency: urgency,
            earliest: earliest,
            deadline: earliest + .minutes(minutes + slack),
            durationMinutes: minutes,
            languages: random.chance(0.1) ? [] : [pick(RandomRoster.languages) ?? .hmong],
            origin: .clinic,
            openedAt: now
        )
        if random.chance(0.3), let doctor = pick(plain.doctors) { request.declinedBy = [doctor.id] }
        if random.chance(0.3), let doctor = pick(plain.doctors) {
            request.unansweredBy = [doctor.id]
        }
        return request
    }

    /// Takes a booking out of the plain records, for the question what would be without it.
    func without(_ booking: BookingID) -> PlainMatcher {
        var plain = plain
        plain.bookings.removeAll { $0.id == booking }
        return plain
    }

    /// Another doctor's record, a new booking, or an old one's end.
    private mutating func change(_ number: Int) {
        switch below(10) {
        case 0:
            let place = below(plain.doctors.count)
            plain.doctors[place] = doctor(place)
            roster.update(plain.doctors[place])
        case 1:
            guard !plain.bookings.isEmpty else { return }
            let place = below(plain.bookings.count)
            guard plain.bookings[place].state.isLive else { return }
            plain.bookings[place].state = pick(BookingState.allCases) ?? .cancelled
            roster.note(plain.bookings[place])
        case 2:
            let place = below(plain.sites.count)
            plain.sites[place].tier = pick(SiteTier.allCases) ?? .central
            roster.update(plain.sites[place])
        default:
            let start = now + .milliseconds(below(26 * 3_600_000) - 2 * 3_600_000)
            let booking = Register.booking(
                "booking-\(number)",
                doctor: "doctor-\(below(plain.doctors.count))",
                site: "site-\(below(5))",
                patient: "patient-\(below(12))",
                from: start,
                minutes: 10 + below(170),
                state: random.chance(0.1) ? .inSession : .confirmed
            )
            plain.bookings.append(booking)
            roster.note(booking)
        }
    }

    private mutating func doctor(_ number: Int) -> Doctor {
        var specialties = [pick(RandomRoster.specialties) ?? .cardiology]
        if random.chance(0.3) { specialties.append(.emergency) }
        var doctor = Register.doctor(
            "doctor-\(number)",
            specialties,
            hospital: "site-\(below(6))",
            languages: [.vietnamese, pick(RandomRoster.languages) ?? .hmong],
            provinces: random.chance(0.3) ? ["p-\(below(2))"] : [],
            presence: pick(Presence.allCases) ?? .off,
            availability: availability()
        )
        if random.chance(0.3) { doctor.languages = [.khmer] }
        doctor.bufferMinutes = 5 * below(3)
        if random.chance(0.4) { doctor.dailyLoadMinutes = 20 + 10 * below(30) }
        if random.chance(0.4) { doctor.longestRunMinutes = 20 + 10 * below(20) }
        return doctor
    }

    private mutating func availability() -> Availability {
        Availability(
            weekly: (0..<below(8)).map { _ in
                let from = below(1_440)
                return WeeklyWindow(
                    weekday: 1 + below(7),
                    fromMinute: from,
                    untilMinute: from + 1 + below(900)
                )
            },
            absences: dated(0.3),
            additions: dated(0.3) + dated(0.2),
            onCall: dated(0.4)
        )
    }

    private mutating func dated(_ chance: Double) -> [DatedWindow] {
        guard random.chance(chance) else { return [] }
        let from = now + .minutes(below(2_000) - 600)
        return [DatedWindow(from: from, until: from + .minutes(1 + below(900)))]
    }

    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

    private mutating func pick<Value>(_ values: [Value]) -> Value? {
        values.randomElement(using: &random)
    }
}
