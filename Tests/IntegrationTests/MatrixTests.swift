import Foundation
import Testing
import WebServer

@Suite(.serialized) struct MatrixTests {
    @Test func `each role is let in and kept out as the table in Docs says`() async throws {
        try await Scene.with { scene in
            let table = try GrantTable()
            let contract = try Contract(
                JSON(try await scene[.anonymous].call(.get, "/openapi.json").body)
            )
            let guarded = Set(GuardedCall.all.map(\.operation))
            #expect(guarded.union(GuardedCall.free) == contract.operations)
            #expect(guarded.count == GuardedCall.all.count)

            let objects = try await objects(scene)
            for call in GuardedCall.all {
                try await expectRefusals(of: call, objects, table, contract, scene)
                try await expectAdmissions(to: call, objects, table, scene)
            }
            try await expectFreeCalls(contract, scene)
        }
    }

    /// A live consult of one patient, and every other object of the calls: kind by path.
    private func objects(_ scene: Scene) async throws -> [String: String] {
        try await scene.setOnCall()
        let topic = "telehealth/v1/01/hn-0001/m-unknown"
        let stranger = try await Monitor(
            port: scene.deployment.brokerPort,
            topic: topic,
            clientID: "m-unknown"
        )
        try await stranger.publish(seq: 1, at: now(), "\"hr\":80")
        await stranger.stop()
        let alarm = try await scene.failingPatient(
            Scene.canary,
            topic: Scene.canaryTopic,
            device: "m-canary"
        )
        var booking: JSONObject?
        try await eventually("the alarm's request is offered") {
            booking = try await scene[.doctor].object(.get, "/bookings").list("items").first
            return booking != nil
        }
        let id = try #require(booking?["id"])
        let accepted = try await scene[.doctor].object(.post, "/bookings/\(id)/accept")
        let refused = try await scene[.administrator].object(.get, "/quarantine")
        _ = try await scene[.administrator].object(
            .post,
            "/users",
            ["user": "spare", "password": "spare-password", "roles": ["auditor"]],
            expecting: 201
        )
        let command = try await scene[.clinic].object(
            .post,
            "/devices/m-canary/commands",
            ["kind": "measure"],
            expecting: 202
        )
        return [
            "commands": try #require(command["id"]), "users": "spare", "imports": "sites",
            "sites": Deployment.site, "doctors": Deployment.doctor, "patients": Scene.canary,
            "devices": "m-canary", "alarms": alarm, "bookings": id,
            "holds": id, "interpreters": Scene.interpreter,
            "requests": try #require(accepted["request"]),
            "sessions": try #require(accepted["session"]),
            "quarantine": String(try #require(refused.list("items").first?.integer("id"))),
        ]
    }

    private func send(
        _ call: GuardedCall,
        _ id: String?,
        as person: Scene.Person,
        _ scene: Scene
    ) async throws -> HTTPResponse {
        let path = Contract.fill(call.operation.path, id.map { ["id": $0] } ?? [:])
        let body = call.body.map { body in
            body.mapValues { text -> any Sendable in Int(text) ?? text }
        }
        return try await scene[person].call(call.operation.method, path + call.query, body)
    }

    /// Refusals by role say so; refusals of an object are those of an object that is not there.
    private func expectRefusals(
        of call: GuardedCall,
        _ objects: [String: String],
        _ table: GrantTable,
        _ contract: Contract,
        _ scene: Scene
    ) async throws {
        let kind = String(call.operation.path.split(separator: "/")[0])
        let hasObject = call.operation.path.contains("{id}")
        for person in Scene.Person.allCases {
            guard let status = try call.refusal(of: person, table) else { continue }
            let what = "\(person) \(call.operation.method.rawValue) \(call.operation.path)"
            let answer = try await send(call, hasObject ? objects[kind] : nil, as: person, scene)
            try contract.expectProblem(status, answer, what)
            #expect(!answer.text.contains(Scene.canary), "\(what)")
            guard hasObject else { continue }
            let absent = kind == "quarantine" ? "999999" : "no-such-thing"
            let nothing = try await send(call, absent, as: person, scene)
            #expect(nothing.status == answer.status, "\(what): absence shows")
            #expect(nothing.body == answer.body, "\(what): absence shows")
        }
    }

    /// Who is let in gets an answer about the object: success, or what stands in the way of it.
    private func expectAdmissions(
        to call: GuardedCall,
        _ objects: [String: String],
        _ table: GrantTable,
        _ scene: Scene
    ) async throws {
        let kind = String(call.operation.path.split(separator: "/")[0])
        for person in Scene.Person.allCases where try call.refusal(of: person, table) == nil {
            // The last calls end what gave the others their reach.
            guard !MatrixTests.ending.contains(call.operation.path) || person == .clinic else {
                continue
            }
            let what = "\(person) \(call.operation.method.rawValue) \(call.operation.path)"
            let answer = try await send(call, objects[kind], as: person, scene)
            #expect(
                [200, 201, 202, 204, 409, 415, 422].contains(answer.status),
                "\(what): \(answer.status) \(answer.text)"
            )
            if person == .otherClinic || person == .otherDoctor || person == .observer {
                #expect(!answer.text.contains(Scene.canary), "\(what) shows the patient")
            }
        }
    }

    private static let ending = [
        "/bookings/{id}/no-show", "/bookings/{id}/cancel", "/requests/{id}/cancel",
        "/devices/{id}",
    ]

    private func expectFreeCalls(_ contract: Contract, _ scene: Scene) async throws {
        for person in Scene.Person.allCases {
            let isKnown = person != .anonymous
            let me = try await scene[person].call(.get, "/me")
            #expect(me.status == (isKnown ? 200 : 401))
            let hasDesk = isKnown && person != .auditor
            let ticket = try await scene[person].call(.post, "/desk/ticket")
            #expect(ticket.status == (hasDesk ? 200 : isKnown ? 403 : 401), "\(person)")
            for path in ["/openapi.json", "/health/live", "/health/ready", "/metrics"] {
                #expect(try await scene[person].call(.get, path).status == 200)
            }
        }
        let out = try await scene[.anonymous].call(.post, "/logout")
        try contract.expectProblem(401, out, "log-out of nobody")
    }

    @Test func `the department of health never sees a patient, over HTTP or its live feed`()
        async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            let desk = try await scene.desk(of: .observer)
            let nation = try await scene.desk(of: .administrator)
            _ = try await scene.failingPatient(
                Scene.canary,
                topic: Scene.canaryTopic,
                device: "m-canary"
            )
            try await nation.message("booking") { $0["state"] == "offered" }
            let offer = try #require(
                try await scene[.doctor].object(.get, "/bookings").list("items").first?["id"]
            )
            _ = try await scene[.doctor].object(.post, "/bookings/\(offer)/accept")
            try await desk.message("booking") { $0["state"] == "confirmed" }
            // Whoever sees patients does see this one: the search below can find something.
            #expect(nation.texts.contains { $0.contains(Scene.canary) })
            desk.send("vitals.subscribe", ["patient": Scene.canary])
            try await eventually("the subscription is refused") {
                desk.texts.contains { $0.contains("\"err\"") }
            }
            // One who comes late gets a snapshot of what is open.
            let late = try await scene.desk(of: .observer)
            try await late.message("snapshot")
            for text in desk.texts + late.texts {
                #expect(!text.contains(Scene.canary), "the feed shows the patient: \(text)")
            }
            let contract = try Contract(
                JSON(try await scene[.anonymous].call(.get, "/openapi.json").body)
            )
            for operation in contract.operations where operation.method == .get {
                let path = Contract.fill(operation.path, ["id": Scene.canary])
                let answer = try await scene[.observer].call(.get, path)
                #expect(!answer.text.contains(Scene.canary), "\(path) shows the patient")
            }
        }
    }
}
