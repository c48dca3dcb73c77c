import Foundation
import Testing
import Vocabulary
import WebServer

/// Group consults over the API: several doctors and sites at one time.
@Suite(.serialized) struct GroupTests {
    private typealias Body = [String: any Sendable]

    /// An emergency doctor and a cardiologist with the hospital; the one cardiologist is bs-1.
    private func group(
        sites: [Body] = [["site": Deployment.hospital]],
        specialties: [Body] = [["specialty": "cardiology"]]
    ) -> Body {
        [
            "patient": Scene.canary, "specialty": "emergency", "urgency": "urgent",
            "furtherSites": sites, "furtherSpecialties": specialties,
        ]
    }

    private func goOnCall(_ scene: Scene) async throws {
        try await scene.setOnCall()
        try await scene.setOnCall(.otherDoctor, Scene.otherDoctor)
    }

    /// Asks, and gives the ids of request and booking.
    private func ask(_ nurse: Caller, _ body: Body) async throws -> (String, String) {
        let asked = try await nurse.object(.post, "/requests", body, expecting: 201)
        let id = try #require(asked["id"])
        var booking: String?
        try await eventually("the group is offered") {
            booking = try await nurse.object(.get, "/requests/\(id)")["booking"]
            return booking != nil
        }
        return (id, try #require(booking))
    }

    private func claims(_ booking: JSONObject) -> [String] {
        booking.list("claims").filter { $0["state"] != "declined" }.compactMap { $0["id"] }
    }

    @Test func `everybody sees the group, agrees, and meets in one room in the own role`()
        async throws
    {
        try await Scene.with { scene in
            try await goOnCall(scene)
            let (request, booking) = try await ask(scene[.clinic], group())
            let path = "/bookings/\(booking)"
            let offer = try await scene[.clinic].object(.get, path)
            #expect(offer["doctor"] == Scene.otherDoctor)
            #expect(claims(offer) == [Deployment.doctor, Deployment.hospital])
            #expect(offer.list("claims").first?["name"] == "Nguyễn Văn An")
            let asked = try await scene[.doctor].object(.get, "/requests/\(request)")
            #expect(asked.list("furtherSites").map { $0["site"] } == [Deployment.hospital])

            let first = try await scene[.doctor].object(.post, path + "/accept")
            #expect(first["state"] == "offered")
            let second = try await scene[.otherDoctor].object(.post, path + "/accept")
            #expect(second["state"] == "confirmed")
            for person in [Scene.Person.clinic, .otherClinic, .doctor, .otherDoctor] {
                let own = try await scene[person].object(.get, "/bookings").list("items")
                #expect(own.map { $0["id"] } == [booking], "\(person)")
                // A site that listens in need not know the patient.
                let patient = own.first?["patient"]
                #expect(patient == (person == .otherClinic ? nil : Scene.canary), "\(person)")
            }
            let feed = try await scene[.doctor].call(.get, "/doctors/bs-1/calendar.ics")
            #expect(feed.text.contains(booking))
            let invitation = try await scene[.clinic].call(.get, path + "/invitation.ics")
            let unfolded = invitation.text.replacing("\r\n ", with: "")
            #expect(unfolded.contains("/doctors/\(Deployment.doctor)"))
            #expect(unfolded.contains("/sites/\(Deployment.hospital)"))

            let roles: [(Scene.Person, String)] = [
                (.clinic, "clinic"), (.otherClinic, "observer"), (.doctor, "doctor"),
                (.otherDoctor, "doctor"),
            ]
            var rooms: [SocketClient] = []
            for (person, role) in roles {
                let entry = try await scene[person].object(.post, path + "/join")
                #expect(entry["role"] == role, "\(person)")
                rooms.append(try await scene.room(booking, of: person))
            }
            try await eventually("they have met") {
                try await scene[.clinic].object(.get, path)["state"] == "inSession"
            }
            let session = try #require(second["session"])
            let outcome = ["disposition": "transfer", "note": "x"]
            let other = try await scene[.doctor]
                .call(.post, "/sessions/\(session)/outcome", outcome)
            #expect(other.status == 403)
            _ = try await scene[.otherDoctor].object(.post, "/sessions/\(session)/outcome", outcome)
            for room in rooms { room.close() }
        }
    }

    @Test func `a site leaves and loses its sight of it; cancelling frees everybody`() async throws
    {
        try await Scene.with { scene in
            try await goOnCall(scene)
            let body = group(sites: [["site": Deployment.hospital, "required": false]])
            let (_, booking) = try await ask(scene[.clinic], body)
            let path = "/bookings/\(booking)"
            let desk = try await scene.desk(of: .otherDoctor)
            _ = try await scene[.otherClinic].object(.post, path + "/cancel")
            #expect(claims(try await scene[.clinic].object(.get, path)) == [Deployment.doctor])
            #expect(try await scene[.otherClinic].call(.get, path).status == 404)
            _ = try await scene[.clinic].object(.post, path + "/cancel")
            try await desk.message("booking") { $0["state"] == "cancelled" }
            let (_, again) = try await ask(scene[.clinic], group())
            #expect(again != booking)
        }
    }

    @Test func `who cannot be asked for is refused with the member that is wrong`() async throws {
        try await Scene.with { scene in
            let many = (1...51).map { ["site": "s-\($0)"] as Body }
            let hospital: Body = ["site": Deployment.hospital]
            let cardiology: Body = ["specialty": "cardiology"]
            let nine = [
                "cardiology", "paediatrics", "internalMedicine", "obstetrics", "neurology",
                "respiratory", "imaging", "endocrinology", "dermatology",
            ].map { ["specialty": $0] as Body }
            let bodies: [(Body, String)] = [
                (group(sites: many), "furtherSites"),
                (group(sites: [["site": "nowhere"]]), "furtherSites"),
                (group(sites: [hospital, hospital]), "stands twice"),
                (group(sites: [["site": Deployment.site]]), "furtherSites"),
                (group(specialties: [["specialty": "alchemy"]]), "furtherSpecialties"),
                (group(specialties: [["specialty": "emergency"]]), "furtherSpecialties"),
                (group(specialties: [cardiology, cardiology]), "stands twice"),
                (group(specialties: nine), "furtherSpecialties"),
            ]
            for (body, word) in bodies {
                for path in ["/requests", "/slots/search"] {
                    let answer = try await scene[.clinic].call(.post, path, body)
                    #expect(answer.status == 422, "\(word): \(answer.text)")
                    #expect(answer.text.contains(word), "\(answer.text)")
                }
            }
            var written = group()
            written["urgency"] = "routine"
            written["modality"] = "storeAndForward"
            #expect(try await scene[.clinic].call(.post, "/requests", written).status == 422)
            var without = group()
            without["specialty"] = nil
            let answer = try await scene[.clinic].call(.post, "/requests", without)
            #expect(answer.status == 422 || answer.status == 400)
            let all = try await scene[.clinic].object(.get, "/requests")
            #expect(all.list("items").isEmpty)
        }
    }

    /// Fifty stations with one place each.
    private func importFifty(_ deployment: Deployment) throws {
        let rows = (1...50).map { number in
            "s-\(number),Trạm \(number),01,Hà Nội,Phường \(number),21.1,105.8,commune,1,"
        }
        let columns =
            "id,name,province,provinceName,ward,latitude,longitude,tier,stations,chain"
        let file = deployment.folder + "/fifty.csv"
        try ([columns] + rows).joined(separator: "\n").appending("\n")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let result = try deployment.telehealth(["sites", "import", file])
        try #require(result.code == 0, "\(result.error)")
    }

    @Test func `fifty sites are booked in one step and given back in one`() async throws {
        try await Scene.with(preparing: importFifty) { scene in
            try await goOnCall(scene)
            let body = group(sites: (1...50).map { ["site": "s-\($0)", "required": $0 % 2 == 0] })
            let (request, booking) = try await ask(scene[.clinic], body)
            let offer = try await scene[.clinic].object(.get, "/bookings/\(booking)")
            #expect(claims(offer).count == 51)
            #expect(offer.list("claims").filter { $0.boolean("required") == false }.count == 25)
            let listed = try await scene[.administrator].object(.get, "/bookings?site=s-50")
            #expect(listed.list("items").map { $0["id"] } == [booking])
            _ = try await scene[.clinic].object(.post, "/requests/\(request)/cancel")
            let left = try await scene[.administrator].object(.get, "/bookings?site=s-50")
            #expect(left.list("items").isEmpty)
        }
    }

    @Test func `a group that finds no time says who is in the way`() async throws {
        try await Scene.with { scene in
            try await goOnCall(scene)
            let body = group(specialties: [["specialty": "oncology"]])
            let asked = try await scene[.clinic].object(.post, "/requests", body, expecting: 201)
            let id = try #require(asked["id"])
            let why = try await scene[.clinic].object(.get, "/requests/\(id)/explanation")
            #expect(why.list("blocking").map { $0["rule"] } == ["group"])
            #expect(why["summary"]?.contains("a doctor of oncology could not come at all") == true)
            #expect(
                why.list("unlocks").first?["text"]?.hasPrefix("a doctor of oncology not required")
                    == true
            )
        }
    }

    @Test func `a restart in the middle keeps every claim and every answer`() async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let broker = try await deployment.startBroker()
            var (coordinator, address) = try await deployment.startCoordinator()
            for (user, id) in [("doctor", Deployment.doctor), ("other-doctor", Scene.otherDoctor)] {
                let caller = try await deployment.signIn(user, at: address)
                let path = "/doctors/\(id)/presence"
                _ = try await caller.object(.put, path, ["state": "onCall"])
            }
            let nurse = try await deployment.signIn("nurse", at: address)
            let (_, booking) = try await ask(nurse, group())
            let doctor = try await deployment.signIn("doctor", at: address)
            _ = try await doctor.object(.post, "/bookings/\(booking)/accept")
            try await coordinator.end(SIGKILL)
            (coordinator, address) = try await deployment.startCoordinator()
            let lead = try await deployment.signIn("other-doctor", at: address)
            let accepted = try await lead.object(.post, "/bookings/\(booking)/accept")
            #expect(accepted["state"] == "confirmed")
            #expect(claims(accepted) == [Deployment.doctor, Deployment.hospital])
            #expect(accepted.list("claims").first?["state"] == "accepted")
            #expect(try await coordinator.end() == 0)
            #expect(try deployment.telehealth(["verify"]).code == 0)
            try await broker.end()
        }
    }
}
