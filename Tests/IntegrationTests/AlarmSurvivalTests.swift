import Clinical
import Foundation
import Glibc
import Store
import TestKit
import Testing
import Vocabulary
import WebServer

/// What has been promised outlives a kill: alarms reach somebody, offers stand, rooms open again.
@Suite(.serialized) struct AlarmSurvivalTests {
    @Test func `an alarm that was committed and nothing more leads to an offer after the restart`()
        async throws
    {
        try await Deployment.with { deployment in
            // What a kill between the gateway's commit and the care loop's leaves behind.
            let at = now() - .seconds(5)
            let alarm = Alarm(
                id: AlarmID(trusted: "al-orphan"),
                patient: PatientID(trusted: Deployment.patient),
                site: SiteID(trusted: Deployment.site),
                cause: .news2,
                priority: .high,
                condition: .present,
                signal: .on,
                sampleAt: at,
                sampleReceivedAt: at,
                raisedAt: at,
                changedAt: at,
                score: 12
            )
            try await deployment.withStore { try await $0.apply([.alarm(alarm)]) }
            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator()
            try await expectOffer(for: "al-orphan", deployment, address)
            #expect(try await coordinator.end() == 0)
            try await broker.end()
        }
    }

    @Test func `killed around the alarm, the readings still lead to one offer`() async throws {
        let seed = TestSeed.take("kill around the alarm")
        var random = SeededRandom(seed: seed)
        for _ in 0..<4 {
            let delay = Duration.milliseconds(Int.random(in: 0...60, using: &random))
            try await Deployment.with { deployment in
                let broker = try await deployment.startBroker()
                let (first, _) = try await deployment.startCoordinator()
                let monitor = try await deployment.failingMonitor()
                // The random moment itself.
                try await Task.sleep(for: delay)
                try await first.end(SIGKILL)
                let (second, address) = try await deployment.startCoordinator()
                let nurse = try await deployment.signIn("nurse", at: address)
                var alarms: [JSONObject] = []
                try await eventually("the alarm is there") {
                    let list = try await nurse.object(.get, "/alarms?state=open")
                    alarms = list.list("items").filter { $0["cause"] == "news2" }
                    return !alarms.isEmpty
                }
                #expect(alarms.count == 1)
                try await expectOffer(for: try #require(alarms[0]["id"]), deployment, address)
                await monitor.stop()
                #expect(try await second.end() == 0)
                #expect(try deployment.telehealth(["verify"]).code == 0)
                try await broker.end()
            }
        }
    }

    @Test func `an open offer and then an open room survive kills`() async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            var (coordinator, address) = try await deployment.startCoordinator()
            let doctor = try await deployment.signIn("doctor", at: address)
            _ = try await doctor.object(.put, "/doctors/bs-1/presence", ["state": "onCall"])
            let monitor = try await deployment.failingMonitor()
            let offer = try await offeredBooking(doctor)
            let id = try #require(offer["id"])

            try await coordinator.end(SIGKILL)
            (coordinator, address) = try await deployment.startCoordinator()
            let again = try await deployment.signIn("doctor", at: address)
            let standing = try await again.object(.get, "/bookings/\(id)")
            #expect(standing["state"] == "offered")
            #expect(standing["answerBy"] == offer["answerBy"], "the deadline moved")
            let accepted = try await again.object(.post, "/bookings/\(id)/accept")
            #expect(accepted["state"] == "confirmed")
            try await enter(id, deployment, address)

            try await coordinator.end(SIGKILL)
            (coordinator, address) = try await deployment.startCoordinator()
            let nurse = try await deployment.signIn("nurse", at: address)
            let booking = try await nurse.object(.get, "/bookings/\(id)")
            #expect(booking["session"] == accepted["session"])
            try await enter(id, deployment, address)
            let session = try #require(accepted["session"])
            _ = try await deployment.signIn("doctor", at: address).object(
                .post,
                "/sessions/\(session)/outcome",
                ["disposition": "transfer", "note": "x"]
            )
            let record = try await nurse.object(.get, "/sessions/\(session)")
            #expect(record["state"] == "ended")
            await monitor.stop()
            #expect(try await coordinator.end() == 0)
            try await broker.end()
        }
    }

    // MARK: Steps

    /// The doctor comes on call and is offered the alarm's consult, once.
    private func expectOffer(
        for alarm: String,
        _ deployment: Deployment,
        _ address: String
    ) async throws {
        let nurse = try await deployment.signIn("nurse", at: address)
        // Several alarms of the patient share one request, whichever of them asked first.
        var request: String?
        try await eventually("the alarm has its request") {
            let alarms = try await nurse.object(.get, "/alarms?state=open").list("items")
            request = alarms.first { $0["id"] == alarm }?["request"]
            return request != nil
        }
        let doctor = try await deployment.signIn("doctor", at: address)
        _ = try await doctor.object(.put, "/doctors/bs-1/presence", ["state": "onCall"])
        let offer = try await offeredBooking(doctor)
        #expect(offer["request"] == request)
        let requests = try await nurse.object(.get, "/requests").list("items")
        #expect(requests.map { $0["id"] } == [request])
    }

    private func offeredBooking(_ doctor: Caller) async throws -> JSONObject {
        var offers: [JSONObject] = []
        try await eventually("the doctor has an offer") {
            offers = try await doctor.object(.get, "/bookings?state=live").list("items")
                .filter { $0["state"] == "offered" }
            return !offers.isEmpty
        }
        #expect(offers.count == 1)
        return try #require(offers.first)
    }

    /// Clinic and doctor meet in the booking's room and lose their sockets with the server.
    private func enter(_ booking: String, _ deployment: Deployment, _ address: String) async throws
    {
        var rooms: [SocketClient] = []
        for user in ["nurse", "doctor"] {
            let caller = try await deployment.signIn(user, at: address)
            let entry = try await caller.object(.post, "/bookings/\(booking)/join")
            rooms.append(
                try await SocketClient(
                    deployment.client,
                    url: try #require(entry["url"]),
                    ticket: try #require(entry["token"])
                )
            )
        }
        try await rooms[0].message("peer.up") { $0["role"] == "doctor" }
        try await rooms[1].message("snapshot") { $0.list("participants").count == 2 }
    }
}
