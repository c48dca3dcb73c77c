import Foundation
import Testing
import Vocabulary
import WebServer

/// A running deployment with everybody signed in, a second doctor, and more patients.
struct Scene: Sendable {
    /// The people who call, by what they are to the first patient.
    enum Person: String, CaseIterable, Sendable {
        case administrator, clinic, otherClinic, doctor, otherDoctor, interpreter, observer, auditor
        case anonymous
    }

    let deployment: Deployment
    let address: String
    let coordinator: RunningProgram
    private let callers: [Person: Caller]

    static let canary = "canary-patient"
    static let canaryTopic = "telehealth/v1/01/hn-0001/m-canary"
    static let otherDoctor = "bs-2"
    static let interpreter = "pd-1"
    static let otherInterpreter = "pd-2"

    /// Runs `body` in a scene; ends every process whatever happens.
    static func with(
        settings: [String] = [],
        preparing: (Deployment) throws -> Void = { _ in },
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            try preparing(deployment)
            try await with(in: deployment, settings: settings, body)
        }
    }

    /// Runs `body` in a scene of a deployment that stands already.
    static func with(
        in deployment: Deployment,
        settings: [String] = [],
        _ body: (Scene) async throws -> Void
    ) async throws {
        let broker = try await deployment.startBroker()
        let (coordinator, address) = try await deployment.startCoordinator(
            ["http.requestsPerMinute=1000000"] + settings
        )
        do {
            let scene = try await Scene(deployment, coordinator, address)
            try await body(scene)
        } catch {
            broker.send(SIGTERM)
            coordinator.send(SIGKILL)
            throw error
        }
        #expect(try await coordinator.end() == 0)
        try await broker.end()
    }

    /// Signs everybody in at a coordinator that runs; the caller ends it.
    init(
        _ deployment: Deployment,
        _ coordinator: RunningProgram,
        _ address: String
    ) async throws {
        self.deployment = deployment
        self.coordinator = coordinator
        self.address = address
        let users: [Person: String] = [
            .administrator: "admin", .clinic: "nurse", .otherClinic: "other-nurse",
            .doctor: "doctor", .otherDoctor: "other-doctor", .observer: "observer",
            .auditor: "auditor", .interpreter: "interpreter",
        ]
        var callers: [Person: Caller] = [
            .anonymous: Caller(client: deployment.client, address: address, token: nil)
        ]
        for (person, user) in users {
            callers[person] = try await deployment.signIn(user, at: address)
        }
        self.callers = callers
    }

    /// Somebody who calls.
    subscript(person: Person) -> Caller {
        callers[person] ?? Caller(client: deployment.client, address: address, token: nil)
    }

    // MARK: What happens in it

    /// Makes a doctor available now.
    func setOnCall(_ doctor: Person = .doctor, _ id: String = Deployment.doctor) async throws {
        _ = try await self[doctor].object(.put, "/doctors/\(id)/presence", ["state": "onCall"])
    }

    /// The clinic asks for a consult and gets its offer; the request's and the booking's ids.
    func offered(
        patient: String = Deployment.patient,
        reason: String = "khó thở",
        further: [String: any Sendable] = [:]
    ) async throws -> (request: String, booking: String) {
        let body: [String: any Sendable] = [
            "patient": patient, "specialty": "emergency", "urgency": "urgent", "reason": reason,
        ]
        let request = try await self[.clinic].object(
            .post,
            "/requests",
            body.merging(further) { _, new in new },
            expecting: 201
        )
        let id = try #require(request["id"])
        var booking: String?
        try await eventually("the request is offered") {
            booking = try await self[.clinic].object(.get, "/requests/\(id)")["booking"]
            return booking != nil
        }
        return (id, try #require(booking))
    }

    /// An offer that the doctor accepted; adds the session's id.
    func confirmed(
        patient: String = Deployment.patient,
        reason: String = "khó thở"
    ) async throws -> (request: String, booking: String, session: String) {
        let (request, booking) = try await offered(patient: patient, reason: reason)
        let accepted = try await self[.doctor].object(.post, "/bookings/\(booking)/accept")
        return (request, booking, try #require(accepted["session"]))
    }

    /// A group of two sites and two doctors that both accepted: four ends.
    func groupOfFour() async throws -> (booking: String, session: String) {
        try await setOnCall()
        try await setOnCall(.otherDoctor, Scene.otherDoctor)
        let (_, booking) = try await offered(
            patient: Scene.canary,
            further: [
                "furtherSites": [["site": Deployment.hospital]],
                "furtherSpecialties": [["specialty": "cardiology"]],
            ]
        )
        let path = "/bookings/\(booking)"
        _ = try await self[.doctor].object(.post, path + "/accept")
        let accepted = try await self[.otherDoctor].object(.post, path + "/accept")
        return (booking, try #require(accepted["session"]))
    }

    /// Registers a patient of the first clinic.
    func addPatient(_ id: String) async throws {
        _ = try await self[.clinic].object(
            .post,
            "/patients",
            ["id": id, "birthYear": 1950, "sex": "male"],
            expecting: 201
        )
    }

    /// A device's readings of a failing patient, and the alarm they raise, without a consult yet.
    func failingPatient(
        _ patient: String = Deployment.patient,
        topic: String = Deployment.topic,
        device: String = Deployment.device
    ) async throws -> String {
        let monitor = try await deployment.failingMonitor(topic: topic, device: device)
        var alarm: String?
        try await eventually("an alarm is raised") {
            let list = try await self[.clinic].object(.get, "/alarms?patient=\(patient)")
            alarm =
                list.list("items").first { $0["cause"] == "news2" && $0["request"] != nil }?["id"]
            return alarm != nil
        }
        await monitor.stop()
        return try #require(alarm)
    }

    /// Somebody's live feed.
    func desk(of person: Person) async throws -> SocketClient {
        let ticket = try await self[person].object(.post, "/desk/ticket")
        return try await SocketClient(
            deployment.client,
            url: try #require(ticket["url"]),
            ticket: try #require(ticket["token"])
        )
    }

    /// Somebody's place in a booking's room.
    func room(
        _ booking: String,
        of person: Person,
        as role: String? = nil
    ) async throws -> SocketClient {
        try await room(booking, by: self[person], as: role)
    }

    /// A place in a booking's room for whoever is signed in.
    func room(
        _ booking: String,
        by caller: Caller,
        as role: String? = nil
    ) async throws -> SocketClient {
        let body: [String: any Sendable]? = role.map { ["as": $0] }
        let entry = try await caller.object(.post, "/bookings/\(booking)/join", body)
        return try await SocketClient(
            deployment.client,
            url: try #require(entry["url"]),
            ticket: try #require(entry["token"])
        )
    }
}

extension Deployment {
    /// A second doctor and an interpreter with accounts, another interpreter, and a patient whose id is easy to find where it leaks.
    func addPeople() throws {
        let tables = [
            (
                "doctors",
                """
                id,name,hospital,specialties,languages,licensedProvinces,weekly,onCall,bufferMinutes
                bs-2,Trần Thị Bình,hn-0002,emergency,vi,,,,0
                """
            ),
            (
                "interpreters",
                """
                id,name,languages,weekly,onCall
                pd-1,Vàng A Páo,hmn;vi,,2020-01-01T00:00:00Z/2099-01-01T00:00:00Z
                pd-2,Giàng Thị Mai,hmn;vi,,2020-01-01T00:00:00Z/2099-01-01T00:00:00Z
                """
            ),
            (
                "patients",
                """
                id,site,birthYear,sex,spo2Scale,scalePrescriber,languages
                \(Scene.canary),hn-0001,1948,male,1,,vi
                """
            ),
            (
                "device",
                """
                device,site,profile,patient,boundFrom
                m-canary,hn-0001,native,\(Scene.canary),2020-01-01T00:00:00Z
                """
            ),
        ]
        for (table, text) in tables {
            let file = folder + "/more-\(table).csv"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let result = try telehealth([table, "import", file])
            try #require(result.code == 0, "\(table): \(result.error)")
        }
        for account in [
            ["other-doctor", "--role", "doctor", "--doctor", "bs-2"],
            ["interpreter", "--role", "interpreter", "--interpreter", Scene.interpreter],
        ] {
            let result = try telehealth(
                ["user", "add"] + account + ["--password-stdin"],
                input: Deployment.password + "\n"
            )
            try #require(result.code == 0, "\(result.error)")
        }
    }
}
