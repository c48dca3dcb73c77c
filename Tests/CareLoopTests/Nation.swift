import CareLoop
import Clinical
import Scheduler
import Signalling
import Vocabulary

/// A small nation for the tests: two hospitals, two clinics, a few doctors.
enum Nation {
    /// Friday 2026-11-20, 08:00 local time.
    static let morning = Instant(rfc3339: "2026-11-20T01:00:00Z") ?? .distantPast

    static let clinic = SiteID(trusted: "clinic-1")
    static let farClinic = SiteID(trusted: "clinic-2")
    static let hospital = SiteID(trusted: "hospital-1")
    static let patient = PatientID(trusted: "patient-1")

    static let sites = [
        site("hospital-1", tier: .central, stations: 4),
        site("hospital-2", province: "p-2", tier: .provincial, stations: 4),
        site("clinic-1", chain: [hospital]),
        site("clinic-2", province: "p-2", stations: 2, chain: [hospital]),
    ]

    static func site(
        _ id: String,
        province: String = "p-1",
        tier: SiteTier = .commune,
        stations: Int = 1,
        chain: [SiteID] = []
    ) -> Site {
        Site(
            id: SiteID(trusted: id),
            name: id,
            province: ProvinceID(trusted: province),
            provinceName: province,
            ward: "ward",
            latitude: 21,
            longitude: 105,
            tier: tier,
            stations: stations,
            chain: chain
        )
    }

    static func doctor(
        _ id: String,
        _ specialty: Specialty = .emergency,
        hospital: String = "hospital-1",
        presence: Presence = .onCall,
        availability: Availability = Availability()
    ) -> Doctor {
        Doctor(
            id: DoctorID(trusted: id),
            name: "Dr \(id)",
            hospital: SiteID(trusted: hospital),
            specialties: [specialty],
            languages: [.vietnamese],
            availability: availability,
            presence: presence
        )
    }

    /// A loop that offers to one doctor after the other, unless `policy` rings.
    static func loop(
        _ doctors: [Doctor],
        seed: UInt64 = 1,
        policy: LoopPolicy = .oneByOne
    ) -> CareLoop {
        CareLoop(seed: seed, sites: sites, doctors: doctors, policy: policy)
    }

    /// A loop with these doctors, who are there and to be booked all day.
    static func loop(present doctors: [(String, Specialty)], seed: UInt64 = 1) -> CareLoop {
        let day = DatedWindow(from: morning, until: morning + .hours(8))
        return loop(
            doctors.map { id, specialty in
                doctor(
                    id,
                    specialty,
                    presence: .available,
                    availability: Availability(additions: [day])
                )
            },
            seed: seed
        )
    }

    static func alarm(
        _ id: String = "alarm-1",
        patient: PatientID = patient,
        site: SiteID = clinic,
        cause: AlarmCause = .news2,
        priority: AlarmPriority = .high,
        condition: AlarmCondition = .present,
        signal: AlarmSignal = .on,
        at: Instant = morning
    ) -> Alarm {
        Alarm(
            id: AlarmID(trusted: id),
            patient: patient,
            site: site,
            cause: cause,
            priority: priority,
            condition: condition,
            signal: signal,
            sampleAt: at,
            sampleReceivedAt: at,
            raisedAt: at,
            changedAt: at,
            score: cause == .news2 ? (priority == .high ? 8 : 5) : nil
        )
    }

    static func draft(
        patient: PatientID = patient,
        site: SiteID = clinic,
        specialty: Specialty = .emergency,
        urgency: Urgency = .urgent
    ) -> ConsultDraft {
        ConsultDraft(site: site, patient: patient, specialty: specialty, urgency: urgency)
    }
}

extension LoopPolicy {
    /// The standard policy without ringing.
    static var oneByOne: LoopPolicy {
        var policy = LoopPolicy()
        policy.emergencyRinging = .oneByOne
        return policy
    }
}

extension [CareEffect] {
    /// The records of every transaction, in order.
    var stored: [CareRecord] {
        flatMap { effect -> [CareRecord] in
            guard case .store(let records) = effect else { return [] }
            return records
        }
    }

    var bookings: [Booking] {
        stored.compactMap { record -> Booking? in
            guard case .booking(let booking) = record else { return nil }
            return booking
        }
    }

    var requests: [ConsultRequest] {
        stored.compactMap { record -> ConsultRequest? in
            guard case .request(let request) = record else { return nil }
            return request
        }
    }

    var sessions: [SessionRecord] {
        stored.compactMap { record -> SessionRecord? in
            guard case .session(let session) = record else { return nil }
            return session
        }
    }

    var opened: [SessionRecord] {
        compactMap { effect -> SessionRecord? in
            guard case .openSession(let session) = effect else { return nil }
            return session
        }
    }

    /// Notices that the audience hears.
    func heard(by audience: CareAudience) -> [Notice] {
        compactMap { effect -> Notice? in
            guard case .tell(let audiences, let notice) = effect, audiences.contains(audience)
            else { return nil }
            return notice
        }
    }
}
