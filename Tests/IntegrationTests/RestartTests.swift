import EventLoop
import Foundation
import Glibc
import Store
import TestKit
import Testing
import Vocabulary
import WebServer

/// Rooms and desks over the end of a server: killed, or ended in order.
@Suite(.serialized) struct RestartTests {
    @Test func `killed in a consult, both are back in the same room, nothing lost or repeated`()
        async throws
    {
        try await consult { room in
            // So that the link after the kill is told from the one before.
            try await room.negotiate()
            let alarm = try await room.alarm()
            room.clinic.send("alarm.ack", id: "ack", ["alarm": alarm])
            try await room.restart(SIGKILL)
            let heard = room.doctor.bodies("alarm").count { $0["id"] == alarm }
            let first = try await room.clinic.resume(room.address)
            let second = try await room.doctor.resume(room.address)
            for answer in [first, second] {
                #expect(answer["t"] == "resumed")
                #expect(answer.object("b")?.boolean("gap") == true)
            }
            // The same people in the same session, who see each other again.
            let snapshot = try await room.clinic.message("snapshot") {
                $0.list("participants").count == 2 && $0.object("session")?["id"] == room.session
                    && $0.list("participants").contains { $0["state"] == "away" }
            }
            #expect(
                Set(snapshot.list("participants").compactMap { $0["participant"] })
                    == [room.clinic.participant, room.doctor.participant]
            )
            try await room.clinic.message("peer.down") { $0["why"] == "gap" }
            try await room.negotiate()
            // What was asked around the kill is answered, and was done once.
            try await eventually("the acknowledgement is answered") {
                room.clinic.answers(to: "ack").contains("ok")
            }
            try await eventually("everything is acknowledged") { room.clinic.isAcknowledged }
            // The open alarm is told again after the gap.
            try await eventually("the alarm is told again") {
                room.doctor.bodies("alarm").count { $0["id"] == alarm } > heard
            }
            let entries = try await room.audit("alarm/\(alarm)", action: "acknowledge")
            #expect(entries == 1)

            room.doctor.send("outcome", id: "end", ["disposition": "transfer", "note": "x"])
            try await room.restart(SIGKILL)
            try await room.expectOutcome()
            #expect(room.clinic.faults.isEmpty && room.doctor.faults.isEmpty)
        }
    }

    @Test func `killed at random moments around the outcome, it is recorded once`() async throws {
        let seed = TestSeed.take("kill around the outcome")
        var random = SeededRandom(seed: seed)
        for _ in 0..<3 {
            let delay = Duration.milliseconds(Int.random(in: 0...30, using: &random))
            try await consult { room in
                room.doctor.send("outcome", id: "end", ["disposition": "transfer", "note": "x"])
                // The random moment itself.
                try await Task.sleep(for: delay)
                try await room.restart(SIGKILL)
                try await room.expectOutcome()
            }
        }
    }

    @Test func `ended in order, the next process goes on without a gap`() async throws {
        try await consult { room in
            let desk = try await ResumingClient(
                try await room.deployment.signIn("nurse", at: room.address),
                at: "/desk/ticket"
            )
            try await desk.message("snapshot")
            let link = try await room.negotiate()
            for number in 1...25 { room.candidate(number, on: link) }
            room.coordinator.send(SIGTERM)
            for number in 26...30 { room.candidate(number, on: link) }
            try await room.restart(SIGTERM)
            for client in [room.clinic, room.doctor, desk] {
                #expect(client.closeCode == 1001)
                let move = try #require(client.bodies("move").first)
                #expect(move.boolean("resume") == true)
                #expect(move["address"] == ResumingClient.url(room.address))
                #expect(try #require(move.integer("afterMs")) >= 250)
            }
            for client in [room.doctor, desk, room.clinic] {
                let answer = try await client.resume(room.address)
                #expect(answer["t"] == "resumed")
                #expect(answer.object("b")?.boolean("gap") == false)
            }
            for number in 31...40 { room.candidate(number, on: link) }
            try await eventually("every candidate has arrived") {
                room.candidates.count >= 40
            }
            #expect(room.candidates == Array(1...40))
            let alarm = try await room.alarm()
            try await desk.message("alarm") { $0["id"] == alarm }
            try await eventually("everything is acknowledged") { room.clinic.isAcknowledged }
            for client in [room.clinic, room.doctor, desk] {
                #expect(client.faults.isEmpty)
                client.close()
            }
        }
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func `whose account was disabled meanwhile cannot resume, the other can`(
        signal: Int32
    ) async throws {
        try await consult { room in
            try await room.restart(signal) {
                let result = try room.deployment.telehealth(["user", "disable", "doctor"])
                #expect(result.code == 0, "\(result.error)")
            }
            let refused = try await room.doctor.resume(room.address)
            #expect(refused.object("b")?["code"] == "resume_unknown")
            try await room.doctor.waitForClose()
            #expect(room.doctor.closeCode == 4440)
            let back = try await room.clinic.resume(room.address)
            #expect(back["t"] == "resumed")
            let snapshot = try await room.clinic.resnapshot()
            #expect(snapshot.list("participants").count == 1)
            room.clinic.close()
        }
    }

    /// A booking's room with its clinic and doctor in it, and the server around it.
    private func consult(_ body: (ConsultRoom) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let room = try await ConsultRoom(deployment)
            do {
                try await body(room)
            } catch {
                room.coordinator.send(SIGKILL)
                broker.send(SIGTERM)
                throw error
            }
            #expect(try await room.coordinator.end() == 0)
            #expect(try deployment.telehealth(["verify"]).code == 0)
            try await broker.end()
        }
    }
}

/// A consult under way on a server that can be restarted.
private final class ConsultRoom {
    let deployment: Deployment
    private(set) var coordinator: RunningProgram
    private(set) var address: String
    let booking: String
    let session: String
    let clinic: ResumingClient
    let doctor: ResumingClient
    private let port: Int
    private var link = 0

    init(_ deployment: Deployment) async throws {
        self.deployment = deployment
        port = try #require(LoopbackPort.free())
        (coordinator, address) = try await deployment.startCoordinator(["http.port=\(port)"])
        let doctor = try await deployment.signIn("doctor", at: address)
        _ = try await doctor.object(.put, "/doctors/bs-1/presence", ["state": "onCall"])
        let nurse = try await deployment.signIn("nurse", at: address)
        let request = try await nurse.object(
            .post,
            "/requests",
            ["patient": Deployment.patient, "specialty": "emergency", "urgency": "urgent"],
            expecting: 201
        )
        let id = try #require(request["id"])
        var offered: String?
        try await eventually("the request is offered") {
            offered = try await nurse.object(.get, "/requests/\(id)")["booking"]
            return offered != nil
        }
        booking = try #require(offered)
        let accepted = try await doctor.object(.post, "/bookings/\(booking)/accept")
        session = try #require(accepted["session"])
        clinic = try await ResumingClient(nurse, at: "/bookings/\(booking)/join")
        self.doctor = try await ResumingClient(doctor, at: "/bookings/\(booking)/join")
        try await clinic.message("peer.up")
        #expect(clinic.session == session && self.doctor.session == session)
        // Stored before the server is killed; an administrator's look at the same file.
        try await eventually("the places are stored") {
            try await self.storedPlaces() == 2
        }
    }

    /// How many places are stored.
    private func storedPlaces() async throws -> Int {
        let store = try SQLiteStore(readingFrom: deployment.data)
        let count = try await store.places().places.count
        await store.close()
        return count
    }

    /// Ends the server and starts the next one on the same port.
    func restart(_ signal: Int32, meanwhile: () throws -> Void = {}) async throws {
        try await coordinator.end(signal)
        try await clinic.waitForClose()
        try await doctor.waitForClose()
        try meanwhile()
        (coordinator, address) = try await deployment.startCoordinator(["http.port=\(port)"])
    }

    /// The clinic offers a connection on a link that both were told anew.
    @discardableResult
    func negotiate() async throws -> Int {
        try await eventually("both know of a fresh link") {
            let own = self.doctor.bodies("snapshot").last?.list("participants")
                .first { $0["participant"] == self.clinic.participant }?.integer("link")
            let told = self.clinic.bodies("peer.up").last?.integer("link")
            guard let told, told == own, told != self.link else { return false }
            self.link = told
            return true
        }
        clinic.send(
            "desc",
            ["to": doctor.participant, "link": link, "n": 1, "kind": "offer", "sdp": "v=0"]
        )
        try await doctor.message("desc") { $0.integer("link") == link }
        return link
    }

    /// The clinic sends a candidate that carries its number.
    func candidate(_ number: Int, on link: Int) {
        let candidate: [String: any Sendable] = [
            "candidate": "\(number)", "sdpMid": "0", "sdpMLineIndex": 0,
        ]
        clinic.send(
            "cand",
            ["to": doctor.participant, "link": link, "n": 1, "candidates": [candidate]]
        )
    }

    /// The numbers of the candidates that the doctor got, in their order.
    var candidates: [Int] {
        doctor.bodies("cand").compactMap {
            $0.list("candidates").first?["candidate"].flatMap { Int($0) }
        }
    }

    /// Lets the patient's values fail; the alarm that both hear of.
    func alarm() async throws -> String {
        let monitor = try await deployment.failingMonitor()
        let alarm = try await clinic.message("alarm") { $0["cause"] == "news2" }
        let id = try #require(alarm["id"])
        try await doctor.message("alarm") { $0["id"] == id }
        await monitor.stop()
        return id
    }

    /// How many entries of this action the audit chain has.
    func audit(_ object: String, action: String) async throws -> Int {
        let auditor = try await deployment.signIn("auditor", at: address)
        let list = try await auditor.object(.get, "/audit?object=\(object)&limit=200")
        return list.list("items").filter { $0["action"] == action }.count
    }

    /// The doctor comes back and says again what was not acknowledged; the consult has its outcome,
    /// recorded once.
    func expectOutcome() async throws {
        let answer = try await doctor.resume(address)
        if answer["t"] == "resumed" {
            try await doctor.waitForClose()
            #expect(doctor.closeCode == 4410)
        } else {
            // It was stored before the kill; the answer is what was lost.
            #expect(answer.object("b")?["code"] == "resume_unknown")
        }
        let caller = try await deployment.signIn("doctor", at: address)
        let body = ["disposition": "transfer", "note": "x"]
        let record = try await caller.object(.get, "/sessions/\(session)")
        #expect(record["state"] == "ended")
        #expect(record.object("outcome")?["note"] == "x")
        // Said once more it is answered as the first time; another one is refused.
        _ = try await caller.object(.post, "/sessions/\(session)/outcome", body)
        let other = try await caller.call(
            .post,
            "/sessions/\(session)/outcome",
            ["disposition": "discharged", "note": "x"]
        )
        #expect(other.status == 404)
        #expect(try await audit("session/\(session)", action: "outcome") >= 1)
        let by = try await doctorsOutcomes()
        #expect(by == 1)
    }

    private func doctorsOutcomes() async throws -> Int {
        let auditor = try await deployment.signIn("auditor", at: address)
        let list = try await auditor.object(
            .get,
            "/audit?object=session/\(session)&principal=doctor/bs-1&limit=200"
        )
        return list.list("items").filter { $0["action"] == "outcome" }.count
    }
}

extension ResumingClient {
    /// Asks for a fresh snapshot and waits for it.
    fileprivate func resnapshot() async throws -> JSONObject {
        let before = bodies("snapshot").count
        send("join", [:])
        try await eventually("a snapshot arrives") { self.bodies("snapshot").count > before }
        return try #require(bodies("snapshot").last)
    }
}
