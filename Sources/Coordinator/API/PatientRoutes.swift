import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Patients: record, vitals, score.
enum PatientRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/patients",
                "A site's patients with their latest values and scores.",
                access: .granted(.read, .patient),
                parameters: [
                    .init("site", .identifier, "the site; a clinic's own when absent"),
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                    .init("cursor", .string, "the 'next' of the page before"),
                ],
                answer: .page(.named("Patient"))
            ) { try await list($0, $1) },
            Route(
                "POST",
                "/patients",
                "Register a patient.",
                access: .granted(.create, .patient),
                body: .object(
                    [
                        ("id", .identifier), ("birthYear", .integer(1900...2100)),
                        ("sex", .choice(Sex.allCases.map(\.rawValue))),
                        ("spo2Scale", .integer(1...2)), ("scalePrescriber", .string),
                        ("pregnant", .boolean), ("languages", .list(.string)),
                        ("site", .identifier),
                    ],
                    optional: [
                        "id", "spo2Scale", "scalePrescriber", "pregnant", "languages", "site",
                    ]
                ),
                status: 201,
                answer: .named("Patient")
            ) { try await register($0, $1) },
            Route(
                "GET",
                "/patients/{id}",
                "One patient.",
                access: .granted(.read, .patient),
                answer: .named("Patient")
            ) { call, services in
                let patient = try await services.patient(call, try call.id(), .read, .patient)
                try await services.auditRead(call, "patient/\(patient.id)")
                let snapshot = await services.gateway.snapshots(of: [patient.id]).first
                return try .json(await PatientView(patient, snapshot, services.directory))
            },
            Route(
                "GET",
                "/patients/{id}/vitals",
                "A patient's readings as series or buckets.",
                access: .granted(.read, .patient),
                parameters: [
                    .init("sign", .string, "signs separated by commas; all when absent"),
                    .init("from", .instant, "start; an hour before 'to' when absent"),
                    .init("to", .instant, "end, not included; now when absent"),
                    .init("resolution", .choice(["raw", "1m", "1h"]), "raw when absent"),
                ],
                answer: .named("Series")
            ) { try await vitals($0, $1) },
            Route(
                "GET",
                "/patients/{id}/score",
                "NEWS2 with the origin of each input; of a child PEWS, where it is on.",
                access: .granted(.read, .patient),
                answer: .named("Score")
            ) { call, services in
                let patient = try await services.patient(call, try call.id(), .read, .patient)
                try await services.auditRead(call, "patient/\(patient.id)", "score")
                let assessment = await services.gateway.assessment(of: patient.id)
                return try .json(
                    await ScoreView(
                        patient.id,
                        assessment,
                        pews: await services.gateway.pews(of: patient.id),
                        at: call.at,
                        services.directory
                    )
                )
            },
        ]
    }

    private static func list(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let principal = try call.principal()
        guard let site = try call.queryID("site") ?? principal.site else {
            throw Problem(400, "invalid", "site: name a site")
        }
        try services.authorise(call, .read, .patient, AccessTarget(site: site))
        let limit = try call.limit()
        let patients = await services.directory.patients(
            of: site,
            after: try call.cursor(),
            limit: limit
        )
        try await services.auditRead(call, "site/\(site)", "patients")
        let snapshots = await services.gateway.snapshots(of: patients.map(\.id))
        let byPatient = Dictionary(
            snapshots.map { ($0.patient, $0) },
            uniquingKeysWith: { $1 }
        )
        var views: [PatientView] = []
        for patient in patients {
            views.append(await PatientView(patient, byPatient[patient.id], services.directory))
        }
        return try .page(views, next: patients.count == limit ? patients.last?.id.rawValue : nil)
    }

    private struct Registration: Decodable {
        let id: PatientID?
        let birthYear: Int
        let sex: Sex
        let spo2Scale: SpO2Scale?
        let scalePrescriber: String?
        let pregnant: Bool?
        let languages: [Language]?
        let site: SiteID?
    }

    private static func register(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let body: Registration = try call.body()
        let principal = try call.principal()
        guard let site = body.site ?? principal.site else {
            throw Problem.invalid("site", "name the site that looks after the patient")
        }
        try services.authorise(call, .create, .patient, AccessTarget(site: site))
        guard await services.directory.site(site) != nil else {
            throw Problem.invalid("site", "there is no such site")
        }
        guard (1900...CivilTime(call.at).year).contains(body.birthYear) else {
            throw Problem.invalid("birthYear", "from 1900 to this year")
        }
        guard body.spo2Scale != .two || body.scalePrescriber?.isEmpty == false else {
            throw Problem.invalid("scalePrescriber", "scale 2 needs the name of who prescribed it")
        }
        var random = SystemRandomNumberGenerator()
        let id = body.id ?? PatientID.fresh("pt", using: &random)
        let make: @Sendable (PatientNumber) -> Patient = { number in
            Patient(
                id: id,
                number: number,
                site: site,
                birthYear: body.birthYear,
                sex: body.sex,
                spo2Scale: body.spo2Scale ?? .one,
                scalePrescriber: body.scalePrescriber,
                pregnant: body.pregnant ?? false,
                languages: body.languages ?? [.vietnamese]
            )
        }
        let answer = try APIAnswer.json(
            await PatientView(make(0), nil, services.directory),
            status: 201
        )
        let changes = try services.changes(call, "create", "patient/\(id)", keeping: answer)
        let patient = try await services.directory.add(with: changes, make)
        await services.gateway.register(patient)
        return answer
    }

    private static func vitals(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let patient = try await services.patient(call, try call.id(), .read, .patient)
        let to = try call.queryInstant("to") ?? call.at + .milliseconds(1)
        let from = try call.queryInstant("from") ?? to - .hours(1)
        guard from < to else { throw Problem(400, "invalid", "from: must be before to") }
        var signs = Set(Sign.allCases)
        if let text = call.query("sign") {
            signs = []
            for name in text.split(separator: ",") {
                guard let sign = Sign(name: String(name)) else {
                    let known = Sign.allCases.map(\.name).joined(separator: ", ")
                    throw Problem(400, "invalid", "sign: expected some of \(known)")
                }
                signs.insert(sign)
            }
        }
        guard let resolution = VitalsResolution(rawValue: call.query("resolution") ?? "raw") else {
            throw Problem(400, "invalid", "resolution: expected raw, 1m or 1h")
        }
        var series = VitalsSeries(patient.id, resolution, from: from, to: to)
        if let aggregation = resolution.aggregation {
            let aggregates = try await services.store.aggregates(
                of: patient.number,
                aggregation,
                from: from,
                until: to,
                limit: VitalsSeries.limit
            )
            series.add(aggregates, signs)
        } else {
            let readings = try await services.store.readings(
                of: patient.number,
                from: from,
                until: to,
                limit: VitalsSeries.limit
            )
            series.add(readings, signs)
        }
        try await services.auditRead(call, "patient/\(patient.id)", "vitals")
        return try .json(series)
    }
}
