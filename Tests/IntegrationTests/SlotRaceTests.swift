import Foundation
import Scheduler
import Store
import TestKit
import Testing
import Vocabulary
import WebServer

/// Many people after the same slots: a real coordinator, real SQLite.
@Suite(.serialized) struct SlotRaceTests {
    @Test func `of 64 clients for one slot one gets it, and 63 are shown three others`()
        async throws
    {
        try await SlotRace.with { race in
            for number in 0..<64 { try await race.addPatient("race-\(number)") }
            let start = SlotRace.times[0]
            let answers = try await race.rush(64, to: start)
            let refused = answers.filter { $0.status == 409 }
            #expect(answers.count { $0.status == 201 } == 1)
            #expect(refused.count == 63)
            for answer in refused {
                let problem = try JSONObject(answer.body)
                #expect(problem["code"] == "slot_taken")
                let others = problem.list("alternatives")
                #expect(others.count == 3)
                #expect(!others.contains { $0["doctor"] == "bs-1" && $0["start"] == start.rfc3339 })
            }
        } afterwards: { store in
            let live = try await store.bookings(BookingFilter(live: true, limit: .max))
            #expect(live.count == 1)
        }
    }

    @Test func `a repeated hold with its key gets the first answer, and no second slot`()
        async throws
    {
        try await SlotRace.with { race in
            try await race.addPatient("race-1")
            let key = ["Idempotency-Key": "once"]
            let start = SlotRace.times[0]
            let first = try await race.hold("race-1", "bs-1", start, as: race.nurse, headers: key)
            let again = try await race.hold("race-1", "bs-1", start, as: race.nurse, headers: key)
            #expect(first.status == 201 && again.status == 201)
            #expect(first.body == again.body)
            let other = try await race.hold(
                "race-1",
                "bs-1",
                SlotRace.times[5],
                as: race.nurse,
                headers: key
            )
            #expect(other.status == 409)
            let id = try #require(try JSONObject(first.body)["id"])
            let read = try await race.nurse.call(.get, "/bookings/\(id)")
            let version = try #require(read.headers["etag"])
            let booked = try await race.nurse.call(.post, "/bookings", ["hold": id])
            #expect(booked.status == 201)
            let move: [String: any Sendable] = ["start": SlotRace.times[9].rfc3339]
            let stale = try await race.nurse.call(
                .post,
                "/bookings/\(id)/reschedule",
                move,
                headers: ["If-Match": version]
            )
            #expect(stale.status == 412, "it was booked since it was read")
        }
    }

    @Test
    func `a booking moves to another doctor who says yes, and stands with the first till then`()
        async throws
    {
        try await SlotRace.with { race in
            try await race.addPatient("race-1")
            let start = SlotRace.times[0]
            let first = try #require(race.doctors["bs-1"])
            let second = try #require(race.doctors["bs-2"])
            let held = try await race.hold("race-1", "bs-1", start, as: first)
            let id = try #require(try JSONObject(held.body)["id"])
            _ = try await first.object(.post, "/bookings", ["hold": id], expecting: 201)
            let path = "/bookings/\(id)"
            let version = try await race.nurse.call(.get, path).headers["etag"]
            let match = ["If-Match": try #require(version)]
            let to: [String: any Sendable] = ["start": start.rfc3339, "doctor": "bs-2"]
            let nobody: [String: any Sendable] = ["start": start.rfc3339, "doctor": "nobody"]
            #expect(
                try await race.nurse.call(.post, path + "/reschedule", nobody).status == 422
            )
            let moved = try await race.nurse.call(
                .post,
                path + "/reschedule",
                to,
                headers: match
            )
            #expect(moved.status == 200)
            let offer = try JSONObject(moved.body)
            #expect(offer["state"] == "offered" && offer["doctor"] == "bs-2")
            #expect(offer["replaces"] == id && offer["doctorName"] == "Trần Thị Bình")
            #expect(try await race.nurse.object(.get, path)["state"] == "confirmed")
            let other = try #require(offer["id"])
            let next = "/bookings/\(other)"
            let taken = try await second.object(.post, next + "/accept")
            #expect(taken["state"] == "confirmed")
            #expect(try await first.object(.get, path)["state"] == "cancelled")
            let stale = try await race.nurse.call(
                .post,
                path + "/reschedule",
                to,
                headers: match
            )
            #expect(stale.status == 412, "it was given back since it was read")
            let feed = try await first.call(.get, "/doctors/bs-1/calendar.ics")
            #expect(feed.text.contains("STATUS:CANCELLED"))
        } afterwards: { store in
            let live = try await store.bookings(BookingFilter(live: true, limit: .max))
            #expect(live.map(\.doctor.rawValue) == ["bs-2"])
            #expect(live.map(\.state) == [.confirmed])
        }
    }

    /// `TELEHEALTH_OPERATIONS` says how many.
    @Test func `crossing operations leave no overlap, lose nobody and answer as in some order`()
        async throws
    {
        let seed = TestSeed.take("crossing operations")
        let given = ProcessInfo.processInfo.environment["TELEHEALTH_OPERATIONS"].flatMap(Int.init)
        let workers = 12
        let each = (given ?? 900) / workers
        let log = RaceLog()
        try await SlotRace.with(hasThirdDoctor: true) { race in
            for number in 0..<32 { try await race.addPatient("race-\(number)") }
            try await race.cross(workers, each, seed, log)
        } afterwards: { store in
            let bookings = try await store.bookings(BookingFilter(limit: .max))
            let requests = try await store.requests(RequestFilter(limit: .max))
            let stations = Dictionary(
                uniqueKeysWithValues: try await store.sites().map { ($0.id, $0.stations) }
            )
            let judge = await RaceJudge(
                log,
                bookings: bookings,
                requests: requests,
                stations: stations
            )
            let faults = judge.faults
            #expect(faults.isEmpty, "TELEHEALTH_SEED=\(seed): \(faults.prefix(5))")
            let counts = await log.counts
            let done = counts.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", ")
            let given = await log.done(.give)
            let taken = bookings.count { $0.replaces != nil && $0.state != .offered }
            let groups = await log.done(.hold, inGroups: true)
            let line = """
                crossing operations: \(bookings.count) bookings, \(groups) of groups; \(given) asked of \
                another doctor, \(taken) answered; \(done); \(faults.count) faults

                """
            FileHandle.standardError.write(Data(line.utf8))
            // A run in which nothing succeeds, or nothing collides, would prove nothing.
            #expect(counts["201", default: 0] > 50 && counts["409", default: 0] > 50)
            // Three doctors and two stations: the stations were what was short.
            #expect(judge.stationsUsed == 2)
            #expect(judge.stationRefusals > 0)
            #expect(given > 0 && groups > 0)
        }
    }
}

/// A deployment with two or three doctors who work around the clock, and who calls.
struct SlotRace: Sendable {
    let nurse: Caller
    let doctors: [String: Caller]

    /// Starts that everybody is after: every ten minutes of tomorrow from nine on.
    static let times: [Instant] = {
        let tomorrow = LocalTime.midnight(ofDay: LocalTime.dayNumber(of: now()) + 1)
        return (0..<30).map { tomorrow + .hours(9) + .minutes($0 * 10) }
    }()

    static func with(
        hasThirdDoctor: Bool = false,
        _ body: (SlotRace) async throws -> Void,
        afterwards: (SQLiteStore) async throws -> Void = { _ in }
    ) async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator([
                "http.requestsPerMinute=1000000"
            ])
            var doctors: [String: Caller] = [:]
            var accounts = [("doctor", "bs-1"), ("other-doctor", "bs-2")]
            if hasThirdDoctor {
                accounts.append(try await addThirdDoctor(deployment, at: address))
            }
            for (user, id) in accounts {
                let doctor = try await deployment.signIn(user, at: address)
                let week = (1...7).map { ["weekday": $0, "fromMinute": 0, "untilMinute": 1_440] }
                let hours: [String: any Sendable] = [
                    "weekly": week, "absences": [String](), "additions": [String](),
                    "onCall": [String](),
                ]
                _ = try await doctor.object(.put, "/doctors/\(id)/availability", hours)
                doctors[id] = doctor
            }
            let nurse = try await deployment.signIn("nurse", at: address)
            try await body(SlotRace(nurse: nurse, doctors: doctors))
            #expect(try await coordinator.end() == 0)
            try await broker.end()
            try await deployment.withStore(afterwards)
        }
    }

    /// With more doctors than stations, stations are what is short.
    private static func addThirdDoctor(
        _ deployment: Deployment,
        at address: String
    ) async throws -> (user: String, id: String) {
        let admin = try await deployment.signIn("admin", at: address)
        let table = """
            id,name,hospital,specialties,languages,licensedProvinces,weekly,onCall,bufferMinutes
            bs-3,Lê Thị Cúc,hn-0002,emergency,vi,,,,0
            """
        let taken = try await admin.send(.post, "/imports/doctors", table, as: "text/csv")
        #expect(taken.status == 200)
        let account: [String: any Sendable] = [
            "user": "third-doctor", "password": Deployment.password, "roles": ["doctor"],
            "doctor": "bs-3",
        ]
        _ = try await admin.object(.post, "/users", account, expecting: 201)
        return ("third-doctor", "bs-3")
    }

    func addPatient(_ id: String) async throws {
        let body: [String: any Sendable] = ["id": id, "birthYear": 1_950, "sex": "male"]
        _ = try await nurse.object(.post, "/patients", body, expecting: 201)
    }

    func hold(
        _ patient: String,
        _ doctor: String,
        _ start: Instant,
        as caller: Caller,
        further: RaceLog.Further? = nil,
        headers: [String: String] = [:]
    ) async throws -> HTTPResponse {
        var body: [String: any Sendable] = [
            "patient": patient, "specialty": "emergency", "durationMinutes": 20,
            "doctor": doctor, "start": start.rfc3339,
        ]
        if let further {
            body["furtherSpecialties"] = [["specialty": "cardiology"]]
            body["furtherSites"] = [["site": further.site.rawValue]]
        }
        return try await caller.call(.post, "/holds", body, headers: headers)
    }

    /// So many clients hold the same slot at once, each for another patient.
    func rush(_ clients: Int, to start: Instant) async throws -> [HTTPResponse] {
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for number in 0..<clients {
                let patient = "race-\(number)"
                group.addTask { [self] in try await hold(patient, "bs-1", start, as: nurse) }
            }
            var answers: [HTTPResponse] = []
            for try await answer in group { answers.append(answer) }
            return answers
        }
    }

    /// So many people do so many things each, all at once.
    func cross(_ workers: Int, _ each: Int, _ seed: UInt64, _ log: RaceLog) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask { [self] in
                    var random = SeededRandom(seed: seed &+ UInt64(worker))
                    for _ in 0..<each { try await act(log, &random) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Whom a group needs beside an emergency doctor: the one cardiologist, and the hospital.
    private static let further = RaceLog.Further(
        doctor: "bs-1",
        site: SiteID(trusted: Deployment.hospital)
    )

    /// One operation of somebody, written down with its answer.
    func act(_ log: RaceLog, _ random: inout SeededRandom) async throws {
        if random.chance(0.05) {
            try await log.learn(await nurse.object(.get, "/bookings?limit=500").list("items"))
        }
        let known = await log.bookings
        let kinds = RaceLog.Kind.allCases
        let kind =
            random.chance(0.3) ? .hold : kinds[Int.random(in: 0..<kinds.count, using: &random)]
        let start = SlotRace.times[Int.random(in: 0..<SlotRace.times.count, using: &random)]
        let doctor = doctors.keys.sorted().randomElement(using: &random) ?? "bs-1"
        var operation = RaceLog.Operation(kind: kind, start: start)
        operation.doctor = doctor
        guard kind != .hold, let target = known.randomElement(using: &random) else {
            operation.kind = .hold
            operation.patient = "race-\(Int.random(in: 0..<32, using: &random))"
            let isGroup = doctor != SlotRace.further.doctor && random.chance(0.3)
            operation.further = isGroup ? SlotRace.further : nil
            let caller = random.chance(0.3) ? doctors[doctor] ?? nurse : nurse
            operation.begin = now()
            let answer = try await hold(
                operation.patient,
                doctor,
                start,
                as: caller,
                further: operation.further
            )
            return try await log.note(operation, answer)
        }
        operation.booking = target.id
        operation.further = target.further
        if kind == .give, random.chance(0.5) {
            operation.start = await log.start(of: target.id) ?? start
        }
        let caller = caller(kind, target, &random)
        operation.begin = now()
        let answer = try await carryOut(operation, as: caller)
        try await log.note(operation, answer)
    }

    /// Who does it: offers are answered by one of those who are asked.
    private func caller(
        _ kind: RaceLog.Kind,
        _ target: RaceLog.Target,
        _ random: inout SeededRandom
    ) -> Caller {
        let own = doctors[target.doctor] ?? nurse
        guard kind == .accept || kind == .decline else { return random.chance(0.4) ? own : nurse }
        guard let further = target.further, random.chance(0.5) else { return own }
        return doctors[further.doctor] ?? own
    }

    private func carryOut(
        _ operation: RaceLog.Operation,
        as caller: Caller
    ) async throws -> HTTPResponse {
        let id = operation.booking
        var move: [String: any Sendable] = ["start": operation.start.rfc3339]
        if operation.kind == .give { move["doctor"] = operation.doctor }
        return switch operation.kind {
        case .hold, .book: try await caller.call(.post, "/bookings", ["hold": id])
        case .release: try await caller.call(.delete, "/holds/\(id)")
        case .move, .give: try await caller.call(.post, "/bookings/\(id)/reschedule", move)
        case .accept, .decline, .cancel, .checkIn, .noShow:
            try await caller.call(.post, "/bookings/\(id)/\(operation.kind.rawValue)")
        }
    }
}
