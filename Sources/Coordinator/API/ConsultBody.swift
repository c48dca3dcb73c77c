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

    /// The members of the schema that every such body has.
    static let members: [(String, Schema)] = [
        ("patient", .identifier), ("specialty", .string),
        ("urgency", .choice(Urgency.allCases.map(\.rawValue))),
        ("earliest", .instant), ("deadline", .instant),
        ("durationMinutes", .integer(5...240)), ("languages", .list(.string)),
        ("modality", .choice(Modality.allCases.map(\.rawValue))),
        ("preferredDoctor", .identifier), ("preferredHospital", .identifier),
        ("reason", .string),
    ]

    /// Those of them that may be left out.
    static let optional: Set<String> = [
        "earliest", "deadline", "durationMinutes", "languages", "modality", "preferredDoctor",
        "preferredHospital", "reason",
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
            origin: origin
        )
    }
}
