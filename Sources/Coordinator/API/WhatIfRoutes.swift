import CareLoop
import Scheduler
import Signalling
import Vocabulary

/// What would move if something were otherwise; nothing is changed by asking.
enum WhatIfRoutes {
    static var routes: [Route] {
        [
            Route(
                "POST",
                "/what-if",
                "Who would move if a doctor were absent, stations down, or one more doctor there.",
                access: .granted(.read, .whatIf),
                body: .object(
                    [
                        ("suppose", .choice(Kind.allCases.map(\.rawValue))),
                        ("from", .instant), ("until", .instant), ("doctor", .identifier),
                        ("site", .identifier), ("stations", .integer(1...100)),
                        ("specialty", .string), ("languages", .list(.string)),
                    ],
                    optional: [
                        "from", "until", "doctor", "site", "stations", "specialty", "languages",
                    ]
                ),
                answer: .named("WhatIf")
            ) { try await ask($0, $1) }
        ]
    }

    private enum Kind: String, Decodable, CaseIterable {
        case absent
        case stationsDown
        case oneMore
    }

    private struct Question: Decodable {
        let suppose: Kind
        let from: Instant?
        let until: Instant?
        let doctor: DoctorID?
        let site: SiteID?
        let stations: Int?
        let specialty: Specialty?
        let languages: [Language]?
    }

    private struct View: Encodable {
        struct Move: Encodable {
            let request: RequestID
            let booking: BookingID?
            let fromDoctor: DoctorID?
            let fromStart: Instant?
            let toDoctor: DoctorID
            let toStart: Instant
        }

        let moves: [Move]
        let stranded: [RequestID]
        let cost: Double
        let laterMinutes: Int

        init(_ answer: WhatIf) {
            moves = answer.moves.map {
                Move(
                    request: $0.request,
                    booking: $0.booking,
                    fromDoctor: $0.fromDoctor,
                    fromStart: $0.fromStart,
                    toDoctor: $0.toDoctor,
                    toStart: $0.toStart
                )
            }
            stranded = answer.stranded
            cost = answer.cost
            laterMinutes = answer.laterMinutes
        }
    }

    private static func ask(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        try services.authorise(call, .read, .whatIf, AccessTarget())
        let question: Question = try call.body()
        let now = call.at
        let from = max(question.from ?? now, now)
        let until = question.until ?? from + .hours(24)
        guard from < until else { throw Problem.invalid("until", "after 'from' and after now") }
        let supposition = try await supposition(question, services)
        let answer = await services.care.read {
            $0.whatIf(supposition, from: from, until: until, at: now)
        }
        return try .json(View(answer))
    }

    private static func supposition(
        _ question: Question,
        _ services: Services
    ) async throws -> Supposition {
        switch question.suppose {
        case .absent:
            guard let doctor = question.doctor, await services.directory.doctor(doctor) != nil
            else { throw Problem.invalid("doctor", "the id of a doctor in the register") }
            return .absent(doctor)
        case .stationsDown:
            return .stationsDown(try await site(question, services), count: question.stations ?? 1)
        case .oneMore:
            guard let specialty = question.specialty, Specialty.all.contains(specialty) else {
                let known = Specialty.all.map(\.rawValue).joined(separator: ", ")
                throw Problem.invalid("specialty", "one of \(known)")
            }
            return .oneMore(
                Doctor(
                    id: DoctorID(trusted: "what-if"),
                    name: "one more",
                    hospital: try await site(question, services),
                    specialties: [specialty],
                    languages: question.languages ?? [.vietnamese],
                    presence: .available
                )
            )
        }
    }

    private static func site(_ question: Question, _ services: Services) async throws -> SiteID {
        guard let site = question.site, await services.directory.site(site) != nil else {
            throw Problem.invalid("site", "the id of a site in the register")
        }
        return site
    }
}
