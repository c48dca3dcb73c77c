import Foundation
import Testing
import Vocabulary
import WebServer

@Suite(.serialized) struct LoopTests {
    @Test func `a failing patient's reading ends with clinic and doctor in a room`() async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator()
            let nurse = try await deployment.signIn("nurse", at: address)
            let doctor = try await deployment.signIn("doctor", at: address)
            let clinicDesk = try await desk(of: nurse)
            let doctorDesk = try await desk(of: doctor)
            _ = try await doctor.object(.put, "/doctors/bs-1/presence", ["state": "onCall"])

            let monitor = try await deployment.failingMonitor()
            try await eventually("a receipt covers all five") {
                monitor.receipts.last?.integer("seqHigh") == 5
            }

            // Alarm, request and offer come by themselves.
            let alarm = try await clinicDesk.message("alarm") {
                $0["cause"] == "news2" && $0["priority"] == "high"
            }
            #expect(alarm["patient"] == Deployment.patient)
            let offer = try await doctorDesk.message("booking") { $0["state"] == "offered" }
            let booking = try #require(offer["id"])
            #expect(offer.count("reasons") > 0)

            // The doctor accepts; both are told; both enter.
            let accepted = try await doctor.object(.post, "/bookings/\(booking)/accept")
            #expect(accepted["state"] == "confirmed")
            try await clinicDesk.message("booking") { $0["state"] == "confirmed" }
            let clinicRoom = try await room(booking, nurse)
            let doctorRoom = try await room(booking, doctor)
            try await clinicRoom.message("peer.up") { $0["role"] == "doctor" }
            try await doctorRoom.message("snapshot") { $0.list("participants").count == 2 }

            // The patient's vitals are live beside the video.
            doctorRoom.send("vitals.subscribe", ["patient": Deployment.patient])
            try await monitor.publish(seq: 6, at: now(), "\"hr\":140,\"spo2\":83")
            try await doctorRoom.message("vitals") { vitals in
                vitals.object("signs")?.object("hr")?.integer("value") == 140
            }

            // Descriptions pass from one end to the other.
            let peer = try #require(
                clinicRoom.bodies("peer.up").first { $0["role"] == "doctor" }
            )
            let link = try #require(peer.integer("link"))
            clinicRoom.send(
                "desc",
                [
                    "to": try #require(peer["participant"]), "link": link, "n": 1,
                    "kind": "offer", "sdp": "v=0",
                ]
            )
            let description = try await doctorRoom.message("desc")
            #expect(description["sdp"] == "v=0")

            // The outcome ends it everywhere.
            doctorRoom.send("outcome", ["disposition": "transfer", "note": "chuyển tuyến"])
            try await eventually("the rooms are closed") {
                clinicRoom.closeCode == 4410 && doctorRoom.closeCode == 4410
            }
            let session = try #require(accepted["session"])
            let record = try await nurse.object(.get, "/sessions/\(session)")
            #expect(record["state"] == "ended")
            #expect(record.object("outcome")?["note"] == "chuyển tuyến")

            // The whole chain is on record.
            let id = try #require(alarm["id"])
            let timeline = try await nurse.object(.get, "/alarms/\(id)/timeline")
            let steps = timeline.list("events").compactMap { $0["what"] }
            for step in ["sample", "alarm", "request", "offer", "match", "outcome"] {
                #expect(steps.contains(step), "the timeline lacks '\(step)': \(steps)")
            }

            await monitor.stop()
            #expect(try await coordinator.end() == 0)
            let verified = try deployment.telehealth(["verify"])
            #expect(verified.code == 0, "\(verified.error)")
            try await broker.end()
        }
    }

    private func desk(of caller: Caller) async throws -> SocketClient {
        let ticket = try await caller.object(.post, "/desk/ticket")
        return try await SocketClient(
            caller.client,
            url: try #require(ticket["url"]),
            ticket: try #require(ticket["token"])
        )
    }

    private func room(_ booking: String, _ caller: Caller) async throws -> SocketClient {
        let entry = try await caller.object(.post, "/bookings/\(booking)/join")
        return try await SocketClient(
            caller.client,
            url: try #require(entry["url"]),
            ticket: try #require(entry["token"])
        )
    }
}
