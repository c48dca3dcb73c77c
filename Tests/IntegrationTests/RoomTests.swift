import Foundation
import Testing
import WebServer

/// Rooms of a running coordinator: lobby, consents, hand-over, chat, and what of it lasts.
@Suite(.serialized) struct RoomTests {
    @Test func `consents, hand-over and chat are on record, and the clinic reads the outcome`()
        async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            let (_, booking, session) = try await scene.confirmed()
            let clinic = try await scene.room(booking, of: .clinic)
            let doctor = try await scene.room(booking, of: .doctor)
            let desk = try await scene.desk(of: .clinic)
            try await clinic.message("peer.up")

            clinic.send("consent", ["purpose": "vitals", "grant": false])
            try await doctor.message("notice") { $0["purpose"] == "vitals" }
            doctor.send("vitals.subscribe", ["patient": Deployment.patient])
            try await doctor.message("err") { $0["code"] == "consent_required" }

            let colleague = try await scene.room(booking, of: .otherDoctor, as: "observer")
            try await colleague.message("lobby")
            let queue = try await doctor.message("queue")
            let guest = try #require(queue.list("waiting").first?.list("participants").first)
            let id = try #require(guest["participant"])
            doctor.send("admit", ["participant": id])
            try await colleague.message("snapshot")
            doctor.send("chat", ["message": "m-1", "text": "Bàn giao ca bệnh"])
            try await colleague.message("chat") { $0["text"] == "Bàn giao ca bệnh" }

            doctor.send("handover", ["to": id])
            try await colleague.message("notice") { $0["what"] == "handover" }
            colleague.send("handover", ["accept": true])
            try await clinic.message("notice") { $0["what"] == "handedOver" }
            let refused = try await scene[.doctor].call(
                .post,
                "/sessions/\(session)/outcome",
                ["disposition": "transfer", "note": "x"]
            )
            #expect(refused.status == 403)
            colleague.send("outcome", ["disposition": "transfer", "note": "Chuyển tuyến"])
            try await desk.message("session") { $0["state"] == "ended" }

            let record = try await scene[.clinic].object(.get, "/sessions/\(session)")
            #expect(record.object("outcome")?["note"] == "Chuyển tuyến")
            #expect(record.object("outcome")?["by"] == Scene.otherDoctor)
            #expect(record["doctor"] == Scene.otherDoctor)
            let vitals = record.list("consents").filter { $0["purpose"] == "vitals" }
            #expect(vitals.map { $0["basis"] } == ["request", "witnessed"])
            #expect(record.list("steps").count == 3)
        }
    }

    @Test func `the join call makes patient, secretary and observer, and nobody else`() async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            let (_, booking, _) = try await scene.confirmed()
            let path = "/bookings/\(booking)/join"
            let asked: [(Scene.Person, String, Int)] = [
                (.clinic, "clinic", 200), (.clinic, "patient", 200), (.clinic, "secretary", 200),
                (.clinic, "doctor", 404), (.clinic, "observer", 404), (.doctor, "doctor", 200),
                (.doctor, "secretary", 200), (.doctor, "observer", 200), (.doctor, "clinic", 404),
                (.otherDoctor, "observer", 200), (.otherDoctor, "doctor", 404),
                (.otherClinic, "observer", 404), (.doctor, "king", 422),
            ]
            var participants: Set<String> = []
            for (person, role, status) in asked {
                let answer = try await scene[person].call(.post, path, ["as": role])
                #expect(answer.status == status, "\(person) as \(role)")
                guard status == 200 else { continue }
                let entry = try JSONObject(answer.body)
                #expect(entry["role"] == role)
                participants.insert(try #require(entry["participant"]))
            }
            #expect(participants.count == 7)
            let none = try await scene[.otherDoctor].call(.post, path)
            #expect(none.status == 404)
            let patient = try await scene.room(booking, of: .clinic, as: "patient")
            try await patient.message("lobby")
        }
    }
}
