import Foundation
import Glibc
import TestKit
import Testing
import Vocabulary
import WebServer

/// Emergencies ring several doctors: with sockets, at the same moment, and through kills.
@Suite(.serialized) struct RingingTests {
    /// Both doctors at once, for as long as any test needs.
    private let together = ["ringing.emergency=2 600 wide"]

    @Test func `both consoles ring, one doctor takes it, and the other's ring stops`() async throws
    {
        try await Scene.with(settings: together) { scene in
            let first = try await scene.desk(of: .doctor)
            let second = try await scene.desk(of: .otherDoctor)
            try await goOnCall(scene)
            let alarm = try await scene.failingPatient()
            let one = try await first.message("booking") { $0["state"] == "offered" }
            let other = try await second.message("booking") { $0["state"] == "offered" }
            let (oneID, otherID) = (try #require(one["id"]), try #require(other["id"]))
            #expect(oneID != otherID)
            #expect(one["request"] == other["request"])
            #expect(one["doctor"] == Deployment.doctor)
            #expect(other["doctor"] == Scene.otherDoctor)
            try await eventually("both rings are known to be shown") {
                let rings = [
                    try await ring(oneID, of: scene[.doctor]),
                    try await ring(otherID, of: scene[.otherDoctor]),
                ]
                return rings.allSatisfy { $0?["deliveredAt"] != nil }
            }

            let accepted = try await scene[.doctor].object(.post, "/bookings/\(oneID)/accept")
            #expect(accepted["state"] == "confirmed")
            let stopped = try await second.message("booking") {
                $0["id"] == otherID && $0["state"] == "cancelled"
            }
            #expect(stopped["why"] == "taken by another doctor")
            #expect(stopped.object("ring")?["end"] == "taken")
            let late = try await scene[.otherDoctor].call(.post, "/bookings/\(otherID)/accept")
            #expect(late.status == 409)
            #expect(try JSONObject(late.body)["code"] == "taken")

            let timeline = try await scene[.clinic].object(.get, "/alarms/\(alarm)/timeline")
            let events = timeline.list("events").compactMap { $0["what"] }
            #expect(events.count { $0 == "offer" } == 2)
            #expect(events.count { $0 == "delivered" } == 2)
            for what in ["ringStep", "accepted", "taken", "match"] {
                #expect(events.contains(what), "the timeline lacks '\(what)': \(events)")
            }
            let figures = try await scene[.administrator].object(.get, "/statistics")
            #expect(figures.object("rings")?.integer("rung") == 2)
            #expect(figures.object("rings")?.integer("accepted") == 1)
            #expect(figures.object("rings")?.integer("taken") == 1)
            let metrics = try await scene.deployment.client.request(
                .get,
                scene.address + "/metrics"
            )
            let text = String(decoding: metrics.body, as: UTF8.self)
            #expect(text.contains("telehealth_rings_ended_total{end=\"taken\"} 1\n"))
            #expect(text.contains("telehealth_ring_answer_seconds_count 1\n"))
        }
    }

    @Test func `of two doctors who accept at the same moment one wins and the other gets 409`()
        async throws
    {
        try await Scene.with(settings: together) { scene in
            try await goOnCall(scene)
            try await askForEmergency(scene[.clinic])
            let rings = [
                (Scene.Person.doctor, try await offer(scene[.doctor])),
                (.otherDoctor, try await offer(scene[.otherDoctor])),
            ]
            let answers = try await withThrowingTaskGroup(of: UInt16.self) { group in
                for (person, ring) in rings {
                    group.addTask {
                        try await UInt16(
                            scene[person].call(.post, "/bookings/\(ring)/accept").status
                        )
                    }
                }
                return try await group.reduce(into: [UInt16]()) { $0.append($1) }
            }
            #expect(answers.sorted() == [200, 409])
            let live = try await scene[.administrator].object(.get, "/bookings?state=live")
            #expect(live.list("items").map { $0["state"] } == ["confirmed"])
        }
    }

    @Test func `who has a console connected is shown as reachable, and rung first`() async throws {
        let plan = "ringing.emergency=2 600 reachable,2 600 onCall"
        try await Scene.with(settings: [plan, "ringing.reachableSeconds=0"]) { scene in
            let desk = try await scene.desk(of: .otherDoctor)
            try await goOnCall(scene)
            try await eventually("the doctor is reachable") {
                try await isReachable(Scene.otherDoctor, scene)
            }
            #expect(try await !isReachable(Deployment.doctor, scene))
            try await askForEmergency(scene[.clinic])
            try await desk.message("booking") { $0["state"] == "offered" }
            let live = try await scene[.administrator].object(.get, "/bookings?state=live")
            #expect(live.list("items").map { $0["doctor"] } == [Scene.otherDoctor])
            desk.close()
            try await eventually("the doctor is not reachable any more") {
                try await !isReachable(Scene.otherDoctor, scene)
            }
        }
    }

    @Test func `killed at any moment of a plan, it goes on and rings everybody once a step`()
        async throws
    {
        let seed = TestSeed.take("kill in a ringing plan")
        var random = SeededRandom(seed: seed)
        // One doctor a step, so that each step has somebody left to forget.
        let settings = ["ringing.emergency=1 2 onCall,1 600 operations"]
        for _ in 0..<3 {
            let moments = (0..<3).map { _ in
                Duration.milliseconds(Int.random(in: 0...1_500, using: &random))
            }
            try await Deployment.with { deployment in
                try deployment.addPeople()
                let broker = try await deployment.startBroker()
                var (coordinator, address) = try await deployment.startCoordinator(settings)
                for (user, id) in [("doctor", Deployment.doctor), ("other-doctor", "bs-2")] {
                    let doctor = try await deployment.signIn(user, at: address)
                    _ = try await doctor.object(
                        .put,
                        "/doctors/\(id)/presence",
                        ["state": "onCall"]
                    )
                }
                let nurse = try await deployment.signIn("nurse", at: address)
                let request = try await askForEmergency(nurse)
                for moment in moments {
                    // The random moment itself.
                    try await Task.sleep(for: moment)
                    try await coordinator.end(SIGKILL)
                    (coordinator, address) = try await deployment.startCoordinator(settings)
                }
                try await expectEverybodyRung(request, deployment, address)
                #expect(try await coordinator.end() == 0)
                #expect(try deployment.telehealth(["verify"]).code == 0)
                try await broker.end()
            }
        }
    }

    // MARK: Steps

    /// Both doctors have been rung, once a step, and the one whose ring still stands takes it.
    private func expectEverybodyRung(
        _ request: String,
        _ deployment: Deployment,
        _ address: String
    ) async throws {
        let admin = try await deployment.signIn("admin", at: address)
        var rings: [JSONObject] = []
        try await eventually("both doctors have been rung") {
            rings = try await admin.object(.get, "/bookings?state=all").list("items")
                .filter { $0["request"] == request }
            return Set(rings.compactMap { $0["doctor"] }).count == 2
        }
        let steps = rings.map { ring in
            let step = ring.object("ring")
            return "\(ring["doctor"] ?? "") \(step?.integer("round") ?? 0)"
                + " \(step?.integer("step") ?? 0)"
        }
        #expect(Set(steps).count == steps.count, "rung twice for a step: \(steps)")
        #expect(rings.count == 2, "the first round has two steps that find somebody: \(steps)")
        let last = try #require(rings.last { $0["state"] == "offered" })
        let user = last["doctor"] == Deployment.doctor ? "doctor" : "other-doctor"
        let doctor = try await deployment.signIn(user, at: address)
        let accepted = try await doctor.object(
            .post,
            "/bookings/\(try #require(last["id"]))/accept"
        )
        #expect(accepted["state"] == "confirmed")
    }

    /// The clinic asks; the request's id.
    @discardableResult
    private func askForEmergency(_ nurse: Caller) async throws -> String {
        let body = [
            "patient": Deployment.patient, "specialty": "emergency", "urgency": "emergency",
        ]
        return try #require(
            try await nurse.object(.post, "/requests", body, expecting: 201)["id"]
        )
    }

    private func goOnCall(_ scene: Scene) async throws {
        try await scene.setOnCall()
        try await scene.setOnCall(.otherDoctor, Scene.otherDoctor)
    }

    private func isReachable(_ doctor: String, _ scene: Scene) async throws -> Bool {
        try await scene[.administrator].object(.get, "/doctors/\(doctor)").boolean("reachable")
            ?? false
    }

    private func ring(_ booking: String, of caller: Caller) async throws -> JSONObject? {
        try await caller.object(.get, "/bookings/\(booking)").object("ring")
    }

    /// The id of the doctor's offer.
    private func offer(_ doctor: Caller) async throws -> String {
        var id: String?
        try await eventually("the doctor has an offer") {
            let live = try await doctor.object(.get, "/bookings?state=live").list("items")
            id = live.first { $0["state"] == "offered" }?["id"]
            return id != nil
        }
        return try #require(id)
    }
}
