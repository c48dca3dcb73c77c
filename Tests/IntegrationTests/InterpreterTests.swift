import Foundation
import Testing
import Vocabulary
import WebServer

/// An interpreter from the first question to the room, over the API as everybody uses it.
@Suite(.serialized) struct InterpreterTests {
    private static let patient = "p-hmong"

    private func addPatient(_ caller: Caller, _ id: String, speaking language: String) async throws
    {
        _ = try await caller.object(
            .post,
            "/patients",
            ["id": id, "birthYear": 1950, "sex": "female", "languages": [language]],
            expecting: 201
        )
    }

    private func claims(_ booking: String, _ caller: Caller) async throws -> [String] {
        try await caller.object(.get, "/bookings/\(booking)").list("claims")
            .filter { $0["state"] != "declined" }.compactMap { $0["id"] }
    }

    @Test
    func `an interpreter is booked with the doctor, is told, comes, and never sees who it is`()
        async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            try await addPatient(scene[.clinic], Self.patient, speaking: "hmn")
            let desk = try await scene.desk(of: .interpreter)
            let consult = try await scene.confirmed(patient: Self.patient)
            #expect(try await claims(consult.booking, scene[.clinic]) == [Scene.interpreter])
            let told = try await desk.message("booking") { $0["state"] == "confirmed" }
            #expect(told["id"] == consult.booking)

            let own = try await scene[.interpreter].object(.get, "/bookings").list("items")
            #expect(own.map { $0["id"] } == [consult.booking])
            let yes = try await scene[.interpreter]
                .object(.post, "/bookings/\(consult.booking)/accept")
            #expect(yes.list("claims").map { $0["state"] } == ["accepted"])

            let entry = try await scene[.interpreter]
                .object(.post, "/bookings/\(consult.booking)/join")
            #expect(entry["role"] == "interpreter")
            let room = try await scene.room(consult.booking, of: .interpreter)
            room.send("vitals.subscribe", ["patient": Self.patient])
            try await eventually("no chart for who interprets") {
                room.texts.contains { $0.contains("\"forbidden\"") }
            }
            let late = try await scene.desk(of: .interpreter)
            try await late.message("snapshot")
            for text in desk.texts + late.texts + own.map({ "\($0)" }) {
                #expect(!text.contains(Self.patient), "the interpreter learns the patient: \(text)")
            }
        }
    }

    @Test func `who withdraws is replaced; without anybody the request goes on and says why`()
        async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            try await addPatient(scene[.clinic], Self.patient, speaking: "hmn")
            try await addPatient(scene[.clinic], "p-ede", speaking: "rad")
            let consult = try await scene.confirmed(patient: Self.patient)
            let path = "/bookings/\(consult.booking)"
            _ = try await scene[.interpreter].object(.post, path + "/cancel")
            #expect(try await claims(consult.booking, scene[.clinic]) == [Scene.otherInterpreter])
            // Who withdrew has no part in it any more.
            #expect(try await scene[.interpreter].call(.post, path + "/join").status == 404)

            let asked = try await scene[.clinic].object(
                .post,
                "/requests",
                ["patient": "p-ede", "specialty": "emergency", "urgency": "urgent"],
                expecting: 201
            )
            let id = try #require(asked["id"])
            let why = try await scene[.clinic].object(.get, "/requests/\(id)/explanation")
            #expect(
                why.list("unlocks").contains {
                    $0["text"]?.contains("an interpreter of Ê Đê") == true
                }
            )
        }
    }

    @Test func `a restart in the middle keeps doctor, station and interpreter together`()
        async throws
    {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let broker = try await deployment.startBroker()
            var (coordinator, address) = try await deployment.startCoordinator()
            let doctor = try await deployment.signIn("doctor", at: address)
            _ = try await doctor.object(
                .put,
                "/doctors/\(Deployment.doctor)/presence",
                ["state": "onCall"]
            )
            let nurse = try await deployment.signIn("nurse", at: address)
            try await addPatient(nurse, Self.patient, speaking: "hmn")
            let body = ["patient": Self.patient, "specialty": "emergency", "urgency": "urgent"]
            let asked = try await nurse.object(.post, "/requests", body, expecting: 201)
            let id = try #require(asked["id"])
            var booking: String?
            try await eventually("the request is offered") {
                booking = try await nurse.object(.get, "/requests/\(id)")["booking"]
                return booking != nil
            }
            let offer = try #require(booking)
            try await coordinator.end(SIGKILL)
            (coordinator, address) = try await deployment.startCoordinator()
            let again = try await deployment.signIn("doctor", at: address)
            let accepted = try await again.object(.post, "/bookings/\(offer)/accept")
            #expect(accepted["state"] == "confirmed")
            #expect(accepted.list("claims").map { $0["id"] } == [Scene.interpreter])
            #expect(try await coordinator.end() == 0)
            #expect(try deployment.telehealth(["verify"]).code == 0)
            try await broker.end()
        }
    }

    @Test func `interpreters are imported and listed, and set their own hours`() async throws {
        try await Scene.with { scene in
            let list = try await scene[.clinic].object(.get, "/interpreters?language=hmn")
            #expect(list.list("items").map { $0["id"] } == ["pd-1", "pd-2"])
            #expect(
                try await scene[.clinic].object(.get, "/interpreters?language=km")
                    .list("items").isEmpty
            )
            let hours = ["weekly": [String](), "absences": [], "additions": [], "onCall": []]
            let own = try await scene[.interpreter]
                .object(.put, "/interpreters/pd-1/availability", hours)
            #expect(own.object("availability")?.list("onCall").isEmpty == true)
            let other = try await scene[.interpreter]
                .call(.put, "/interpreters/pd-2/availability", hours)
            #expect(other.status == 404)
        }
    }

    @Test func `the command line lists interpreters and refuses a table that is wrong`()
        async throws
    {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let listed = try deployment.telehealth(["interpreters", "list"])
            #expect(listed.output.contains("pd-1 Vàng A Páo, hmn;vi"))
            let file = deployment.folder + "/wrong.csv"
            try "id,name,languages,weekly,onCall\npd-3,Nobody,hmn,,\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            let result = try deployment.telehealth(["interpreters", "import", file])
            #expect(result.code != 0)
            #expect(result.error.contains("languages"))
            #expect(result.error.contains("nothing was imported"))
        }
    }
}
