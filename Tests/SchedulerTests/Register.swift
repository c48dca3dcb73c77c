import Scheduler
import Vocabulary

/// Sites, doctors and requests for the tests of the rules and the matcher.
enum Register {
    /// Friday 2026-11-20, 08:00 local time (UTC+7).
    static let morning = Instant(rfc3339: "2026-11-20T01:00:00Z") ?? .distantPast

    static let central = site("h-central", tier: .central, stations: 4)
    static let regional = site("h-regional", tier: .regional, stations: 2)
    static let far = site("h-far", province: "p-2", tier: .provincial, stations: 2)
    static let clinic = site("clinic", chain: ["h-central"])
    static let sites = [central, regional, far, clinic]

    static func site(
        _ id: String,
        province: String = "p-1",
        tier: SiteTier = .commune,
        stations: Int = 1,
        chain: [String] = []
    ) -> Site {
        Site(
            id: SiteID(trusted: id),
            name: id,
            province: ProvinceID(trusted: province),
            provinceName: "Province \(province)",
            ward: "ward",
            latitude: 21,
            longitude: 105,
            tier: tier,
            stations: stations,
            chain: chain.map { SiteID(trusted: $0) }
        )
    }

    static func doctor(
        _ id: String = "doctor",
        _ specialties: [Specialty] = [.cardiology],
        hospital: String = "h-central",
        languages: [Language] = [.vietnamese],
        provinces: [String] = [],
        presence: Presence = .available,
        availability: Availability = Availability()
    ) -> Doctor {
        Doctor(
            id: DoctorID(trusted: id),
            name: "Dr \(id)",
            hospital: SiteID(trusted: hospital),
            specialties: specialties,
            languages: languages,
            licensedProvinces: provinces.map { ProvinceID(trusted: $0) },
            availability: availability,
            presence: presence
        )
    }

    static func request(
        _ urgency: Urgency = .urgent,
        patient: String = "patient",
        specialty: Specialty = .cardiology,
        languages: [Language] = [.vietnamese],
        earliest: Instant = morning,
        deadline: Instant? = nil,
        minutes: Int = 30,
        doctor: String? = nil,
        hospital: String? = nil
    ) -> ConsultRequest {
        ConsultRequest(
            id: RequestID(trusted: "request"),
            site: clinic.id,
            patient: PatientID(trusted: patient),
            specialty: specialty,
            urgency: urgency,
            earliest: earliest,
            deadline: deadline ?? earliest + .minutes(60 + minutes),
            durationMinutes: minutes,
            languages: languages,
            preferredDoctor: doctor.map { DoctorID(trusted: $0) },
            preferredHospital: hospital.map { SiteID(trusted: $0) },
            origin: .clinic,
            openedAt: earliest
        )
    }

    static func booking(
        _ id: String = "booking",
        doctor: String = "doctor",
        site: String = "clinic",
        patient: String = "somebody",
        from start: Instant,
        minutes: Int = 30,
        state: BookingState = .confirmed
    ) -> Booking {
        Booking(
            id: BookingID(trusted: id),
            request: RequestID(trusted: "r-\(id)"),
            doctor: DoctorID(trusted: doctor),
            site: SiteID(trusted: site),
            patient: PatientID(trusted: patient),
            start: start,
            end: start + .minutes(minutes),
            doctorFreeAt: start + .minutes(minutes + 5),
            state: state,
            answerBy: nil,
            reasons: [],
            madeAt: start
        )
    }

    static func roster(_ doctors: [Doctor], _ bookings: [Booking] = []) -> Roster {
        var roster = Roster(sites: sites, doctors: doctors)
        for booking in bookings { roster.note(booking) }
        return roster
    }
}
