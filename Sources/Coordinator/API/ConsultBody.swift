import CareLoop
import Clinical
import Scheduler
import Vocabulary

/// What a body says of the consult that is asked for or booked.
struct ConsultBody: Decodable {
    let patient: PatientID
    let specialty: Specialty
    let urgency: Urgency?
    let earliest: Instant?
    let deadline: Instant?
    let durationMinutes: Int?
    let languages: [Language]?
    let modality: Modality?
    let preferredDoctor: DoctorID?
    let preferredHospital: SiteID?
    let reason: String?
    let furtherSites: [FurtherSite]?
    let furtherSpecialties: [FurtherSpecialty]?

    struct FurtherSite: Codable {
        let site: SiteID
        let required: Bool?
    }

    struct FurtherSpecialty: Codable {
        let specialty: Specialty
        let required: Bool?
    }

    /// The members of the schema that every such body has.
    static let members: [(String, Schema)] = [
        ("patient", .identifier), ("specialty", .string),
        ("urgency", .choice(Urgency.allCases.map(\.rawValue))),
        ("earliest", .instant), ("deadline", .instant),
        ("durationMinutes", .integer(5...240)), ("languages", .list(.string)),
        ("modality", .choice(Modality.allCases.map(\.rawValue))),
        ("preferredDoctor", .identifier), ("preferredHospital", .identifier),
        ("reason", .string), ("furtherSites", furtherSites),
        ("furtherSpecialties", furtherSpecialties),
    ]

    /// Who is to take part besides; required unless it says otherwise.
    static let furtherSites = Schema.list(
        .object([("site", .identifier), ("required", .boolean)], optional: ["required"])
    )
    static let furtherSpecialties = Schema.list(
        .object([("specialty", .string), ("required", .boolean)], optional: ["required"])
    )

    /// Those of them that may be left out.
    static let optional: Set<String> = [
        "earliest", "deadline", "durationMinutes", "languages", "modality", "preferredDoctor",
        "preferredHospital", "reason", "furtherSites", "furtherSpecialties",
    ]

    /// The draft for the care loop; the problem names the member that is wrong.
    func draft(
        of patient: Patient,
        _ services: Services,
        origin: RequestOrigin
    ) async throws -> ConsultDraft {
        let urgency = urgency ?? .routine
        guard Specialty.all.contains(specialty) else {
            let known = Specialty.all.map(\.rawValue).joined(separator: ", ")
            throw Problem.invalid("specialty", "one of \(known)")
        }
        guard reason?.utf8.count ?? 0 <= 4_000 else {
            throw Problem.invalid("reason", "at most 4000 bytes")
        }
        guard modality != .storeAndForward || urgency >= .soon else {
            throw Problem.invalid("modality", "what is urgent needs a meeting: video or audio")
        }
        if let minutes = durationMinutes, !(5...240).contains(minutes) {
            throw Problem.invalid("durationMinutes", "from 5 to 240")
        }
        if let doctor = preferredDoctor {
            guard await services.directory.doctor(doctor) != nil else {
                throw Problem.invalid("preferredDoctor", "there is no such doctor")
            }
        }
        let group = try await group(of: patient, services)
        // The text is sealed for the patient, since the request's id is the machine's to choose.
        return ConsultDraft(
            site: patient.site,
            patient: patient.id,
            specialty: specialty,
            urgency: urgency,
            earliest: earliest,
            deadline: deadline,
            durationMinutes: durationMinutes,
            languages: languages ?? patient.languages,
            modality: modality ?? .video,
            preferredDoctor: preferredDoctor,
            preferredHospital: preferredHospital,
            sealedReason: try services.seal(reason, for: patient.id.rawValue),
            group: group,
            origin: origin
        )
    }

    /// Who is to take part besides; nil when nobody is named.
    private func group(of patient: Patient, _ services: Services) async throws -> GroupDemand? {
        let sites = furtherSites ?? []
        let seats = furtherSpecialties ?? []
        guard !sites.isEmpty || !seats.isEmpty else { return nil }
        guard modality != .storeAndForward else {
            throw Problem.invalid("modality", "several can only meet: video or audio")
        }
        guard sites.count <= GroupDemand.siteLimit else {
            throw Problem.invalid("furtherSites", "at most \(GroupDemand.siteLimit) sites")
        }
        guard seats.count <= GroupDemand.specialtyLimit else {
            let limit = GroupDemand.specialtyLimit
            throw Problem.invalid("furtherSpecialties", "at most \(limit) specialties")
        }
        for site in sites {
            guard site.site != patient.site, await services.directory.site(site.site) != nil else {
                throw Problem.invalid("furtherSites", "\(site.site) is no other site")
            }
        }
        for seat in seats
        where !Specialty.all.contains(seat.specialty) || seat.specialty == specialty {
            throw Problem.invalid(
                "furtherSpecialties",
                "'\(seat.specialty.rawValue.prefix(40))' is no other specialty"
            )
        }
        let demand = GroupDemand(
            sites: sites.map { GroupDemand.Site($0.site, isRequired: $0.required ?? true) },
            seats: seats.map { GroupDemand.Seat($0.specialty, isRequired: $0.required ?? true) }
        )
        guard let demand else {
            throw Problem.invalid("furtherSites", "a site or a specialty stands twice")
        }
        return demand
    }
}

extension GroupDemand {
    /// The further sites as the API names them.
    var furtherSites: [ConsultBody.FurtherSite] {
        sites.map { ConsultBody.FurtherSite(site: $0.site, required: $0.isRequired) }
    }

    /// The further specialties as the API names them.
    var furtherSpecialties: [ConsultBody.FurtherSpecialty] {
        seats.map {
            ConsultBody.FurtherSpecialty(specialty: $0.specialty, required: $0.isRequired)
        }
    }
}
