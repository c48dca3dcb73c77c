import CareLoop
import Clinical
import EventLoop
import Scheduler
import Store
import Vocabulary

/// Slots: search, hold, book; and moving what is booked.
enum SlotRoutes {
    static var routes: [Route] {
        [
            Route(
                "POST",
                "/slots/search",
                "Free slots for a consult, best first, each with what speaks for it.",
                access: .granted(.create, .booking),
                body: .object(
                    ConsultBody.members + [("doctor", .identifier), ("limit", .integer(1...100))],
                    optional: ConsultBody.optional.union(["urgency", "doctor", "limit"])
                ),
                answer: .page(.named("Slot"))
            ) { try await search($0, $1) },
            Route(
                "POST",
                "/holds",
                "Hold a slot while somebody decides; it ends by itself.",
                access: .granted(.create, .booking),
                body: .object(
                    ConsultBody.members + [
                        ("doctor", .identifier), ("start", .instant), ("request", .identifier),
                    ],
                    optional: ConsultBody.optional.union(["urgency", "request"])
                ),
                status: 201,
                answer: .named("Hold")
            ) { try await hold($0, $1) },
            Route(
                "DELETE",
                "/holds/{id}",
                "Give a held slot back.",
                access: .granted(.change, .booking),
                answer: .named("Booking")
            ) { try await giveBack($0, $1) },
            Route(
                "POST",
                "/bookings",
                "Book a held slot: at once for its doctor; a clinic's goes to the doctor to accept.",
                access: .granted(.create, .booking),
                body: .object([("hold", .identifier)], optional: []),
                status: 201,
                answer: .named("Booking")
            ) { try await book($0, $1) },
            Route(
                "GET",
                "/bookings/{id}/slots",
                "Slots to which the booking could move, best first, each with what speaks for it.",
                access: .granted(.change, .booking),
                parameters: [
                    .init(
                        "others",
                        .boolean,
                        "true for other doctors' slots, not its own doctor's"
                    ),
                    .init("from", .instant, "none before this"),
                    .init("limit", .integer(1...100), "how many, 10 when absent"),
                ],
                answer: .page(.named("Slot"))
            ) { try await instead($0, $1) },
            Route(
                "POST",
                "/bookings/{id}/reschedule",
                "Move a booking, to another doctor too; the old slot is kept until the new is certain.",
                access: .granted(.change, .booking),
                body: .object(
                    [("start", .instant), ("doctor", .identifier)],
                    optional: ["doctor"]
                ),
                answer: .named("Booking")
            ) { try await move($0, $1) },
        ]
    }

    /// How many other slots a refusal names.
    private static let alternatives = 3

    private struct SlotChoice: Decodable {
        let consult: ConsultBody
        let doctor: DoctorID?
        let limit: Int?
        let start: Instant?
        let request: RequestID?

        private enum Key: String, CodingKey {
            case doctor
            case limit
            case start
            case request
        }

        /// What is chosen stands beside what is asked for, in one object.
        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            doctor = try members.decodeIfPresent(DoctorID.self, forKey: .doctor)
            limit = try members.decodeIfPresent(Int.self, forKey: .limit)
            start = try members.decodeIfPresent(Instant.self, forKey: .start)
            request = try members.decodeIfPresent(RequestID.self, forKey: .request)
            consult = try ConsultBody(from: decoder)
        }
    }

    private struct Hold: Decodable {
        let hold: BookingID
    }

    private struct Move: Decodable {
        let start: Instant
        let doctor: DoctorID?
    }

    // MARK: Calls

    private static func search(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let choice: SlotChoice = try call.body()
        let (draft, doctor) = try await draft(call, choice, services)
        let limit = choice.limit ?? 10
        guard (1...100).contains(limit) else { throw Problem.invalid("limit", "from 1 to 100") }
        let found = await services.care.read { loop in
            Result { () throws(CareRefusal) in
                try loop.slots(draft, doctor: doctor, limit: limit, at: call.at)
            }
        }
        return try await page(try found.get(), services)
    }

    private static func instead(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let booking = try await BookingRoutes.booking(call, .change, services)
        _ = try services.party(call, booking)
        let others = try call.flag("others")
        let from = try call.queryInstant("from")
        let limit = try call.number("limit", in: 1...100) ?? 10
        let found = await services.care.read { loop in
            loop.request(booking.request).map { request in
                loop.slotsInstead(
                    of: loop.booking(booking.id) ?? booking,
                    for: request,
                    othersOnly: others,
                    from: from,
                    limit,
                    at: call.at
                )
            }
        }
        guard let found else { throw CareRefusal.notInState(booking.state.rawValue).problem }
        return try await page(found, services)
    }

    private static func page(
        _ candidates: [Candidate],
        _ services: Services
    ) async throws -> APIAnswer {
        var views: [SlotView] = []
        for candidate in candidates {
            let names = await services.directory.names(
                of: [.doctor(candidate.doctor)] + candidate.claims.map(\.on)
            )
            views.append(SlotView(candidate, names: names))
        }
        return try .page(views, next: nil)
    }

    private static func hold(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let choice: SlotChoice = try call.body()
        guard let start = choice.start else { throw Problem.invalid("start", "is missing") }
        guard choice.doctor != nil else { throw Problem.invalid("doctor", "is missing") }
        let (draft, chosen) = try await draft(call, choice, services)
        guard let doctor = chosen, await services.directory.doctor(doctor) != nil else {
            throw Problem.invalid("doctor", "there is no such doctor")
        }
        return try await services.decide(call, status: 201) { loop, now in
            do throws(CareRefusal) {
                let (id, effects) = try loop.slotHeld(
                    draft,
                    doctor: doctor,
                    start: start,
                    for: choice.request,
                    at: now
                )
                guard let booking = loop.booking(id) else { throw CareRefusal.slotTaken }
                return Decided(
                    effects: effects,
                    view: HoldView(booking),
                    action: "hold",
                    object: "booking/\(id)"
                )
            } catch {
                guard error == .slotTaken else { throw error }
                throw taken(instead: draft, loop, at: now)
            }
        }
    }

    private static func giveBack(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        try await BookingRoutes.perform(call, "release", services) { loop, id, party, now in
            try loop.holdGivenBack(id, by: party, at: now)
        }
    }

    private static func book(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let body: Hold = try call.body()
        return try await BookingRoutes.perform(
            call,
            "book",
            services,
            booking: body.hold,
            verb: .create,
            status: 201
        ) { loop, id, party, now in
            try loop.holdBooked(id, by: party, at: now)
        }
    }

    private static func move(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let body: Move = try call.body()
        if let doctor = body.doctor, await services.directory.doctor(doctor) == nil {
            throw Problem.invalid("doctor", "there is no such doctor")
        }
        return try await BookingRoutes.perform(
            call,
            "reschedule",
            services,
            with: body.doctor
        ) { loop, id, party, now in
            do throws(CareRefusal) {
                return try loop.bookingMoved(
                    id,
                    to: body.start,
                    doctor: body.doctor,
                    by: party,
                    at: now
                )
            } catch {
                guard error == .slotTaken, let booking = loop.booking(id),
                    let request = loop.request(booking.request)
                else { throw error }
                let others = loop.slotsInstead(
                    of: booking,
                    for: request,
                    doctor: body.doctor,
                    alternatives,
                    at: now
                )
                throw taken(instead: others)
            }
        }
    }

    // MARK: Parts

    /// The consult that is asked for and the doctor it is asked of; a doctor books own time only.
    private static func draft(
        _ call: APICall,
        _ choice: SlotChoice,
        _ services: Services
    ) async throws -> (ConsultDraft, DoctorID?) {
        let body = choice.consult
        let principal = try call.principal()
        let doctor = principal.site == nil ? principal.doctor : choice.doctor
        guard let patient = await services.directory.patient(body.patient) else {
            throw Problem.notFound
        }
        if let own = doctor, let asked = choice.doctor, own != asked { throw Problem.notFound }
        try services.authorise(
            call,
            .create,
            .booking,
            AccessTarget(site: patient.site, doctors: doctor.map { [$0] } ?? [])
        )
        let origin: RequestOrigin = principal.site == patient.site ? .clinic : .doctor
        return (try await body.draft(of: patient, services, origin: origin), doctor)
    }

    private static func taken(
        instead draft: ConsultDraft,
        _ loop: CareLoop,
        at now: Instant
    ) -> Problem {
        taken(instead: (try? loop.slots(draft, limit: alternatives, at: now)) ?? [])
    }

    private static func taken(instead others: [Candidate]) -> Problem {
        var problem = CareRefusal.slotTaken.problem
        problem.alternatives = others.map { slot in
            .object([
                "doctor": .string(slot.doctor.rawValue), "start": .string(slot.start.rfc3339),
                "end": .string(slot.end.rfc3339),
            ])
        }
        return problem
    }
}

/// A free slot as the API shows it.
private struct SlotView: Encodable {
    let doctor: DoctorID
    let doctorName: String
    let start: Instant
    let end: Instant
    let reasons: [String]
    /// Who else would be booked; left out when nobody.
    let claims: [ClaimView]?

    init(_ candidate: Candidate, names: BookingNames) {
        doctor = candidate.doctor
        doctorName = names[.doctor(candidate.doctor)]
        start = candidate.start
        end = candidate.end
        reasons = candidate.reasons
        claims =
            candidate.claims.isEmpty
            ? nil : candidate.claims.map { ClaimView($0, name: names[$0.on]) }
    }
}

/// A held slot as the API shows it.
private struct HoldView: Encodable {
    let id: BookingID
    let request: RequestID
    let doctor: DoctorID
    let start: Instant
    let end: Instant
    let expiresAt: Instant?

    init(_ booking: Booking) {
        id = booking.id
        request = booking.request
        doctor = booking.doctor
        start = booking.start
        end = booking.end
        expiresAt = booking.answerBy
    }
}
