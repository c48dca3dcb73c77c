import Foundation
import Testing
import Vocabulary
import WebServer

@Suite(.serialized) struct ConformanceTests {
    @Test func `every call of the document answers as the document says`() async throws {
        try await Scene.with { scene in
            let contract = try Contract(
                JSON(try await scene[.anonymous].call(.get, "/openapi.json").body)
            )
            try await account(contract, scene)
            try await directory(contract, scene)
            try await patients(contract, scene)
            let refused = try await devices(contract, scene)
            try await alarms(contract, scene)
            try await consults(contract, scene)
            try await operations(contract, scene)
            #expect(contract.operations.subtracting(contract.exercised) == [], "never called")
            try await expectStrangers(contract, scene)
            #expect(refused > 0)
        }
    }

    private func account(_ contract: Contract, _ scene: Scene) async throws {
        let anonymous = scene[.anonymous]
        let login = try await contract.call(
            anonymous,
            .post,
            "/login",
            [:],
            ["user": "nurse", "password": Deployment.password]
        )
        let token = try #require(login["token"]?.text)
        let nurse = Caller(client: anonymous.client, address: anonymous.address, token: token)
        let me = try await contract.call(nurse, .get, "/me")
        #expect(me["site"]?.text == Deployment.site)
        try await contract.call(nurse, .post, "/logout")
    }

    private func directory(_ contract: Contract, _ scene: Scene) async throws {
        let nurse = scene[.clinic]
        let sites = try await contract.call(nurse, .get, "/sites", query: "?q=dong%20anh")
        #expect(sites["items"]?.items.map { $0["id"]?.text } == [Deployment.site])
        let first = try await contract.call(nurse, .get, "/sites", query: "?limit=1")
        let next = try #require(first["next"]?.text)
        let second = try await contract.call(nurse, .get, "/sites", query: "?cursor=\(next)")
        #expect(second["items"]?.items.map { $0["id"]?.text } == [Deployment.hospital])
        #expect(second["next"] == .null)
        let place = ["id": Deployment.site]
        try await contract.call(nurse, .get, "/sites/{id}", place)
        let week: [String: any Sendable] = [
            "weekly": [["weekday": 1, "fromMinute": 0, "untilMinute": 1_440]],
            "closures": [
                ["from": "2035-01-01T00:00:00.000Z", "until": "2035-01-02T00:00:00.000Z"]
            ],
        ]
        let set = try await contract.call(nurse, .put, "/sites/{id}/opening", place, week)
        #expect(set["stranded"]?.items.isEmpty == true)
        let opening = try await contract.call(nurse, .get, "/sites/{id}/opening", place)
        #expect(opening["weekly"]?.items.count == 1 && opening["closures"]?.items.count == 1)
        try await contract.call(nurse, .get, "/sites/{id}", place)
        try await contract.call(nurse, .put, "/sites/{id}/opening", place, [:])
        let doctors = try await contract.call(
            nurse,
            .get,
            "/doctors",
            query: "?specialty=cardiology"
        )
        #expect(doctors["items"]?.items.map { $0["id"]?.text } == [Deployment.doctor])
        try await contract.call(nurse, .get, "/doctors/{id}", ["id": Deployment.doctor])
        let interpreters = try await contract.call(
            nurse,
            .get,
            "/interpreters",
            query: "?language=hmn"
        )
        #expect(interpreters["items"]?.items.count == 2)
        let interpreter = ["id": Scene.interpreter]
        try await contract.call(nurse, .get, "/interpreters/{id}", interpreter)
        try await contract.call(
            scene[.interpreter],
            .put,
            "/interpreters/{id}/availability",
            interpreter,
            [
                "weekly": [["weekday": 1, "fromMinute": 0, "untilMinute": 1_440]],
                "absences": [String](), "additions": [String](), "onCall": [String](),
            ]
        )
        let own = ["id": Deployment.doctor]
        let changed = try await contract.call(
            scene[.doctor],
            .put,
            "/doctors/{id}/availability",
            own,
            [
                "weekly": [["weekday": 1, "fromMinute": 450, "untilMinute": 690]],
                "absences": [
                    ["from": "2030-01-01T00:00:00.000Z", "until": "2030-01-02T00:00:00.000Z"]
                ], "additions": [String](), "onCall": [String](),
            ]
        )
        #expect(changed["availability"]?["weekly"]?.items.count == 1)
        try await calendars(contract, scene)
        let present = try await contract.call(
            scene[.doctor],
            .put,
            "/doctors/{id}/presence",
            own,
            ["state": "onCall"]
        )
        #expect(present["presence"]?.text == "onCall")
    }

    /// A slot that is searched, held, booked and moved, and one that is given back.
    private func slots(_ contract: Contract, _ scene: Scene) async throws {
        let (nurse, doctor) = (scene[.clinic], scene[.doctor])
        // The first slot of all may begin within the minute, and be over before it is held.
        let wish: [String: any Sendable] = [
            "patient": "p-4", "specialty": "cardiology", "durationMinutes": 20,
            "earliest": (now() + .minutes(30)).rfc3339,
        ]
        let found = try await contract.call(
            nurse,
            .post,
            "/slots/search",
            [:],
            wish.merging(["limit": 3]) { $1 }
        )
        let slots = found["items"]?.items ?? []
        #expect(slots.count == 3)
        func hold(_ slot: JSON) async throws -> String {
            let choice: [String: any Sendable] = [
                "doctor": try #require(slot["doctor"]?.text),
                "start": try #require(slot["start"]?.text),
            ]
            let held = try await contract.call(
                nurse,
                .post,
                "/holds",
                [:],
                wish.merging(choice) { $1 }
            )
            return try #require(held["id"]?.text)
        }
        let given = try await hold(try #require(slots.first))
        let back = try await contract.call(nurse, .delete, "/holds/{id}", ["id": given])
        #expect(back["state"]?.text == "cancelled")
        let held = try await hold(try #require(slots.first))
        let booked = try await contract.call(nurse, .post, "/bookings", [:], ["hold": held])
        #expect(booked["state"]?.text == "offered")
        try await contract.call(doctor, .post, "/bookings/{id}/accept", ["id": held])
        let instead = try await contract.call(
            nurse,
            .get,
            "/bookings/{id}/slots",
            ["id": held],
            query: "?limit=5"
        )
        #expect(instead["items"]?.items.isEmpty == false)
        let later = try #require(slots.last?["start"]?.text)
        let moved = try await contract.call(
            nurse,
            .post,
            "/bookings/{id}/reschedule",
            ["id": held],
            ["start": later]
        )
        #expect(moved["start"]?.text == later && moved["state"]?.text == "confirmed")
        try await contract.call(nurse, .post, "/bookings/{id}/cancel", ["id": held])
    }

    /// A question that a doctor answers in writing, without a booking.
    private func writing(_ contract: Contract, _ scene: Scene) async throws {
        let (nurse, doctor) = (scene[.clinic], scene[.doctor])
        let asked = try await contract.call(
            nurse,
            .post,
            "/requests",
            [:],
            [
                "patient": "p-3", "specialty": "cardiology", "urgency": "soon",
                "modality": "storeAndForward", "reason": "điện tâm đồ kèm theo",
            ]
        )
        let id = ["id": try #require(asked["id"]?.text)]
        #expect(asked["asked"]?.items.map(\.text) == [Deployment.doctor])
        let seen = try await contract.call(doctor, .get, "/requests/{id}", id)
        #expect(seen["reason"]?.text == "điện tâm đồ kèm theo")
        let list = try await contract.call(doctor, .get, "/requests")
        #expect(list["items"]?.items.contains { $0["id"]?.text == id["id"] } == true)
        let stranger = scene[.otherDoctor]
        let path = Contract.fill("/requests/{id}", id)
        #expect(try await stranger.call(.get, path).status == 404)
        #expect(try await stranger.call(.post, path + "/answer", ["text": "x"]).status == 404)
        let text = "Không có dấu hiệu thiếu máu cục bộ."
        let answered = try await contract.call(
            doctor,
            .post,
            "/requests/{id}/answer",
            id,
            ["text": text]
        )
        #expect(answered["state"]?.text == "fulfilled")
        let read = try await contract.call(nurse, .get, "/requests/{id}", id)
        #expect(read["answer"]?.text == text && read["answeredBy"]?.text == Deployment.doctor)
        #expect(read["booking"] == nil)
        let again = try await doctor.call(.post, path + "/answer", ["text": text])
        #expect(again.status == 404, "it is over")
        let urgent = try await nurse.call(
            .post,
            "/requests",
            [
                "patient": "p-4", "specialty": "cardiology", "urgency": "urgent",
                "modality": "storeAndForward",
            ]
        )
        #expect(urgent.status == 422)
    }

    /// Hours out of a calendar, the feed by its secret address, holidays.
    private func calendars(_ contract: Contract, _ scene: Scene) async throws {
        let (doctor, own) = (scene[.doctor], ["id": Deployment.doctor])
        let event =
            "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20300101T000000Z\r\nDURATION:PT1H\r\nEND:VEVENT"
        let taken = try await contract.call(
            doctor,
            .post,
            "/doctors/{id}/availability/ical",
            own,
            text: "BEGIN:VCALENDAR\r\n\(event)\r\nEND:VCALENDAR\r\n"
        )
        #expect(taken["calendar"]?["events"]?.integer == 1)
        try await contract.call(scene[.clinic], .get, "/holidays", query: "?year=2027")
        let address = "/doctors/{id}/calendar-address"
        #expect(try await contract.call(doctor, .get, address, own)["url"] == .null)
        let made = try await contract.call(doctor, .post, address, own)
        let url = try #require(made["url"]?.text)
        #expect(try await contract.call(doctor, .get, address, own) == made)
        let feed = "/calendars/{id}/{key}"
        let key = try #require(url.split(separator: "/").last.map(String.init))
        let secret = ["id": Deployment.doctor, "key": key]
        let text = try await contract.call(scene[.anonymous], .get, feed, secret)
        #expect(text.text?.hasPrefix("BEGIN:VCALENDAR") == true)
        // Another's address, another key, and the old one once a new one is made.
        let nobody = scene[.anonymous]
        for path in ["/calendars/\(Scene.otherDoctor)/\(key)", "/calendars/\(Deployment.doctor)/x"]
        {
            #expect(try await nobody.call(.get, path).status == 404, "\(path)")
        }
        _ = try await contract.call(doctor, .post, address, own)
        #expect(try await nobody.call(.get, Contract.fill(feed, secret)).status == 404)
        let newest = try await doctor.object(.get, Contract.fill(address, own))
        let path = try #require(newest["url"]?.components(separatedBy: "/api/v1").last)
        #expect(try await nobody.call(.get, path).status == 200)
        _ = try await contract.call(doctor, .delete, address, own)
        #expect(try await nobody.call(.get, path).status == 404)
        try await interpretersCalendar(contract, scene)
    }

    /// An interpreter's feed, with log-in and by its secret address, which is nobody else's.
    private func interpretersCalendar(_ contract: Contract, _ scene: Scene) async throws {
        let (interpreter, own) = (scene[.interpreter], ["id": Scene.interpreter])
        let address = "/interpreters/{id}/calendar-address"
        #expect(try await contract.call(interpreter, .get, address, own)["url"] == .null)
        let made = try await contract.call(interpreter, .post, address, own)
        let path = try #require(made["url"]?.text?.components(separatedBy: "/api/v1").last)
        #expect(try await contract.call(interpreter, .get, address, own) == made)
        let feed = try await scene[.anonymous].call(.get, path)
        #expect(feed.text.hasPrefix("BEGIN:VCALENDAR"))
        let read = "/interpreters/{id}/calendar.ics"
        let text = try await contract.call(interpreter, .get, read, own)
        #expect(text.text == feed.text)
        let others = try await scene[.otherDoctor].call(.get, Contract.fill(read, own))
        #expect(others.status == 404)
        let seen = try await contract.call(scene[.clinic], .get, "/interpreters/{id}", own)
        #expect(seen["calendarAddress"] == nil, "the address is the interpreter's own")
        _ = try await contract.call(interpreter, .delete, address, own)
        #expect(try await scene[.anonymous].call(.get, path).status == 404)
    }

    private func patients(_ contract: Contract, _ scene: Scene) async throws {
        let nurse = scene[.clinic]
        let patient = try await contract.call(
            nurse,
            .post,
            "/patients",
            [:],
            [
                "id": "p-copd", "birthYear": 1951, "sex": "female", "spo2Scale": 2,
                "scalePrescriber": "BS An", "pregnant": false, "languages": ["vi"],
            ]
        )
        #expect(patient["spo2Scale"]?.integer == 2)
        for id in ["p-2", "p-3", "p-4"] { try await scene.addPatient(id) }
        _ = try await scene.failingPatient(
            Scene.canary,
            topic: Scene.canaryTopic,
            device: "m-canary"
        )
        let all = try await contract.call(nurse, .get, "/patients")
        #expect(all["items"]?.items.count == 6)
        let own = ["id": Scene.canary]
        let one = try await contract.call(nurse, .get, "/patients/{id}", own)
        #expect(one["latest"]?["hr"]?["value"]?.number == 135)
        let vitals = "/patients/{id}/vitals"
        let raw = try await contract.call(nurse, .get, vitals, own, query: "?sign=hr,spo2")
        #expect(raw["series"]?.members.keys.sorted() == ["hr", "spo2"])
        #expect(raw["series"]?["hr"]?.items.first?.items.count == 2)
        let buckets = try await contract.call(nurse, .get, vitals, own, query: "?resolution=1m")
        #expect(buckets["series"]?["hr"]?.items.first?.items.count == 5)
        try await contract.call(nurse, .get, vitals, own, query: "?resolution=1h")
        let score = try await contract.call(nurse, .get, "/patients/{id}/score", own)
        #expect(score["state"]?.text == "complete" && (score["total"]?.integer ?? 0) >= 12)
        // Nothing measured yet is a score too.
        try await contract.call(nurse, .get, "/patients/{id}/score", ["id": "p-copd"])
        try await contract.call(nurse, .get, "/patients/{id}", ["id": "p-copd"])
        try await contract.call(nurse, .get, "/patients/{id}/alarm-limits", own)
        let limits = try await contract.call(
            scene[.doctor],
            .put,
            "/patients/{id}/alarm-limits",
            own,
            [
                "signs": [
                    [
                        "sign": "hr", "low": 45, "high": 125.5, "hysteresis": 2,
                        "dwellSeconds": 15, "samples": 3, "priority": "medium",
                    ] as [String: any Sendable]
                ]
            ]
        )
        #expect(limits["setBy"]?.text == "doctor")
        let read = try await contract.call(nurse, .get, "/patients/{id}/alarm-limits", own)
        #expect(read == limits)
        #expect(limits["signs"]?.items.first { $0["sign"]?.text == "spo2" } != nil, "the defaults")
        try await replay(contract, scene, own)
    }

    /// Limits tried on what was measured: tighter ones alarm more often, none are set by it.
    private func replay(
        _ contract: Contract,
        _ scene: Scene,
        _ own: [String: String]
    ) async throws {
        let path = "/patients/{id}/alarm-limits"
        let limit: [String: any Sendable] = [
            "sign": "rr", "high": 26, "hysteresis": 2, "dwellSeconds": 15, "samples": 2,
            "priority": "medium",
        ]
        let tried = try await contract.call(
            scene[.doctor],
            .post,
            path + "/replay",
            own,
            [
                "from": (now() - .hours(1)).rfc3339, "to": (now() + .seconds(1)).rfc3339,
                "limits": ["signs": [limit]],
            ]
        )
        #expect(tried["readings"]?.integer == 5 && (tried["monitoredHours"]?.integer ?? 0) > 0)
        func causes(_ side: String) -> [String] {
            tried[side]?["alarms"]?.items.compactMap { $0["cause"]?.text } ?? []
        }
        #expect(!causes("before").contains("rr-high") && causes("proposed").contains("rr-high"))
        #expect(causes("before").contains("news2") && causes("proposed").contains("news2"))
        let after = try await contract.call(scene[.clinic], .get, path, own)
        let rate = after["signs"]?.items.first { $0["sign"]?.text == "rr" }
        #expect(rate?["high"]?.number == 30)
        let body: [String: any Sendable] = [
            "from": (now() - .hours(24 * 32)).rfc3339, "to": now().rfc3339,
            "limits": ["signs": [limit]],
        ]
        let long = try await scene[.doctor].call(
            .post,
            Contract.fill(path + "/replay", own),
            body
        )
        try contract.expectProblem(422, long, "a replay of 32 days")
    }

    private func devices(_ contract: Contract, _ scene: Scene) async throws -> Int {
        let nurse = scene[.clinic]
        // Its readings come before it is known: they wait in quarantine.
        let topic = "telehealth/v1/01/hn-0001/m-new"
        let monitor = try await Monitor(
            port: scene.deployment.brokerPort,
            topic: topic,
            clientID: "m-new"
        )
        try await monitor.publish(seq: 1, at: now(), "\"hr\":80")
        var refused: JSON = .null
        try await eventually("the payload is in quarantine") {
            refused = try await contract.call(scene[.administrator], .get, "/quarantine")
            return refused["items"]?.items.isEmpty == false
        }
        let entry = try #require(refused["items"]?.items.first)
        let id = ["id": String(try #require(entry["id"]?.integer))]
        let device = try await contract.call(
            nurse,
            .post,
            "/devices",
            [:],
            ["id": "m-new", "profile": "native", "periodSeconds": 10]
        )
        #expect(device["credentials"]?["topic"]?.text == topic + "/vitals")
        try await contract.call(
            nurse,
            .put,
            "/devices/{id}/binding",
            ["id": "m-new"],
            ["patient": "p-2", "from": "2025-01-01T00:00:00.000Z"]
        )
        let replayed = try await contract.call(
            scene[.administrator],
            .post,
            "/quarantine/{id}/replay",
            id
        )
        #expect(replayed["resolvedAt"] != nil)
        let stored = try await contract.call(nurse, .get, "/patients/{id}", ["id": "p-2"])
        #expect(stored["latest"]?["hr"]?["value"]?.number == 80)
        let online = try await contract.call(nurse, .get, "/devices", query: "?state=online")
        #expect(online["items"]?.items.contains { $0["id"]?.text == "m-canary" } == true)
        let one = try await contract.call(nurse, .get, "/devices/{id}", ["id": "m-new"])
        #expect(one["link"]?["readings"]?["live"]?.integer != nil)
        try await command(contract, nurse)
        try await contract.call(nurse, .delete, "/devices/{id}", ["id": "m-new"])
        await monitor.stop()
        return refused["items"]?.items.count ?? 0
    }

    private func command(_ contract: Contract, _ nurse: Caller) async throws {
        let own = ["id": "m-new"]
        let commands = "/devices/{id}/commands"
        let sent = try await contract.call(
            nurse,
            .post,
            commands,
            own,
            ["kind": "setInterval", "seconds": 30]
        )
        #expect(sent["state"]?.text == "sent")
        let id = try #require(sent["id"]?.text)
        let asked = try await contract.call(nurse, .get, "/commands/{id}", ["id": id])
        #expect(asked["device"]?.text == "m-new")
        let all = try await contract.call(nurse, .get, commands, own)
        #expect(all["items"]?.items.map { $0["id"]?.text } == [id])
    }

    private func alarms(_ contract: Contract, _ scene: Scene) async throws {
        let nurse = scene[.clinic]
        let list = try await contract.call(nurse, .get, "/alarms", query: "?state=open")
        let alarm = try #require(list["items"]?.items.first { $0["cause"]?.text == "news2" })
        let id = ["id": try #require(alarm["id"]?.text)]
        let incidents = try await contract.call(nurse, .get, "/incidents", query: "?state=all")
        #expect(incidents["items"]?.items.isEmpty == true)
        let paused = try await contract.call(
            nurse,
            .post,
            "/alarms/{id}/pause",
            id,
            ["seconds": 60]
        )
        #expect(paused["pauses"]?.items.first?["by"]?.text == "nurse")
        let passedOn = try await contract.call(nurse, .post, "/alarms/{id}/reject", id)
        #expect(passedOn["offers"]?.items.first?["state"]?.text == "rejected")
        // Nobody works at this station, so it goes on to the specialist who is on call.
        try await eventually("the specialist is told") {
            let timeline = try await contract.call(nurse, .get, "/alarms/{id}/timeline", id)
            let told = timeline["events"]?.items.filter { $0["what"]?.text == "told" } ?? []
            return told.last?["detail"]?.text?.hasPrefix("onCallSpecialist, ") == true
        }
        // Whoever was told may take it, though the consult is somebody else's.
        let taken = try await contract.call(scene[.doctor], .post, "/alarms/{id}/acknowledge", id)
        #expect(taken["acknowledgedBy"]?.text == "doctor")
        #expect(taken["responsibility"]?.text == "accepted")
        let timeline = try await contract.call(nurse, .get, "/alarms/{id}/timeline", id)
        #expect(timeline["events"]?.items.contains { $0["what"]?.text == "sample" } == true)
    }

    private func consults(_ contract: Contract, _ scene: Scene) async throws {
        let (nurse, doctor) = (scene[.clinic], scene[.doctor])
        // The alarm's own request is offered; this doctor is free of it after declining.
        var offer: String?
        try await eventually("the alarm's request is offered") {
            let list = try await contract.call(doctor, .get, "/bookings")
            offer = list["items"]?.items.first { $0["state"]?.text == "offered" }?["id"]?.text
            return offer != nil
        }
        let declined = try await contract.call(
            doctor,
            .post,
            "/bookings/{id}/decline",
            ["id": try #require(offer)]
        )
        #expect(declined["state"]?.text == "declined")

        let request = try await contract.call(
            nurse,
            .post,
            "/requests",
            [:],
            [
                "patient": "p-2", "specialty": "respiratory", "urgency": "urgent",
                "durationMinutes": 20, "languages": ["vi"], "modality": "video",
                "preferredDoctor": Deployment.doctor, "reason": "khó thở tăng dần",
            ]
        )
        let asked = ["id": try #require(request["id"]?.text)]
        var booking: [String: String] = [:]
        try await eventually("it is offered") {
            let now = try await contract.call(nurse, .get, "/requests/{id}", asked)
            booking["id"] = now["booking"]?.text
            return booking["id"] != nil
        }
        try await contract.call(nurse, .get, "/requests", query: "?state=offered,open,unmatched")
        try await contract.call(doctor, .get, "/requests")
        let why = try await contract.call(nurse, .get, "/requests/{id}/explanation", asked)
        #expect(why["doctor"]?.text == Deployment.doctor)
        try await contract.call(doctor, .post, "/bookings/{id}/accept", booking)
        try await contract.call(nurse, .post, "/bookings/{id}/check-in", booking)
        let entry = try await contract.call(nurse, .post, "/bookings/{id}/join", booking, [:])
        let one = try await contract.call(nurse, .get, "/bookings/{id}", booking)
        #expect(one["session"] == entry["session"])
        try await writing(contract, scene)
        let forecast = try await contract.call(
            nurse,
            .get,
            "/forecast",
            query: "?specialty=respiratory&hours=2&site=hn-0001"
        )
        #expect(forecast["items"]?.items.first?["hours"]?.items.count == 2)
        #expect(forecast["items"]?.items.first?["waits"]?.items.count == 4)
        let everything = try await contract.call(nurse, .get, "/forecast")
        #expect((everything["items"]?.items.count ?? 0) > 1)
        let invitation = try await contract.call(
            nurse,
            .get,
            "/bookings/{id}/invitation.ics",
            booking
        )
        #expect(invitation.text?.contains("METHOD:REQUEST") == true)
        let session = ["id": try #require(entry["session"]?.text)]
        let bedside = try await scene.room(try #require(booking["id"]), of: .clinic)
        let remote = try await scene.room(try #require(booking["id"]), of: .doctor)
        try await bedside.message("peer.up") { $0["role"] == "doctor" }
        try await contract.call(doctor, .get, "/sessions/{id}", session)
        let ended = try await contract.call(
            doctor,
            .post,
            "/sessions/{id}/outcome",
            session,
            ["disposition": "treatLocally", "note": "theo dõi tại trạm"]
        )
        #expect(ended["outcome"]?["note"]?.text == "theo dõi tại trạm")
        try await eventually("the room is closed") {
            bedside.closeCode == 4410 && remote.closeCode == 4410
        }
        try await contract.call(doctor, .get, "/bookings", query: "?state=all")
        let feed = try await contract.call(
            doctor,
            .get,
            "/doctors/{id}/calendar.ics",
            ["id": Deployment.doctor]
        )
        #expect(feed.text?.hasPrefix("BEGIN:VCALENDAR\r\n") == true)

        try await slots(contract, scene)
        let missed = try await scene.confirmed(patient: "p-3")
        let gone = try await contract.call(
            nurse,
            .post,
            "/bookings/{id}/no-show",
            ["id": missed.booking]
        )
        #expect(gone["state"]?.text == "noShow")
        // The request waits for another doctor; the clinic gives it up.
        let cancelled = try await contract.call(
            nurse,
            .post,
            "/requests/{id}/cancel",
            ["id": missed.request]
        )
        #expect(cancelled["state"]?.text == "cancelled")
        let other = try await scene.confirmed(patient: "p-4")
        try await contract.call(nurse, .post, "/bookings/{id}/cancel", ["id": other.booking])
        // Over and forgotten by the loop, it is still explained from what is stored.
        try await contract.call(nurse, .get, "/requests/{id}/explanation", asked)
        try await contract.call(nurse, .post, "/desk/ticket")
    }

    private func operations(_ contract: Contract, _ scene: Scene) async throws {
        try await contract.call(scene[.observer], .get, "/statistics")
        let broker = try await contract.call(scene[.administrator], .get, "/broker")
        #expect(broker["connected"] == .boolean(true))
        let answer = try await contract.call(
            scene[.administrator],
            .post,
            "/what-if",
            [:],
            ["suppose": "oneMore", "site": Deployment.site, "specialty": "cardiology"]
        )
        #expect(answer["moves"]?.items.isEmpty == true)
        let prices = try await contract.call(
            scene[.administrator],
            .get,
            "/forecast/prices",
            query: "?specialty=cardiology&hours=3&limit=5"
        )
        #expect(prices["specialties"]?.items.first?["specialty"]?.text == "cardiology")
        #expect(prices["items"]?.items.count ?? 6 <= 5)
        let equity = try await contract.call(
            scene[.observer],
            .get,
            "/equity",
            query: "?days=2&province=hn"
        )
        // The scene before has asked, met and been let down.
        #expect(equity["country"]?["asked"]?.number ?? 0 > 0)
        #expect(equity["provinces"]?.items.isEmpty == false)
        #expect(equity["doctors"]?.items.isEmpty == false)
        try await administration(contract, scene[.administrator])
        let audit = try await contract.call(
            scene[.auditor],
            .get,
            "/audit",
            query: "?object=patient/\(Scene.canary)&limit=5"
        )
        #expect(audit["items"]?.items.isEmpty == false)
        for path in [
            "/openapi.json", "/telehealth.v1.schema.json", "/health/live", "/health/ready",
            "/metrics",
        ] {
            try await contract.call(scene[.anonymous], .get, path)
        }
        for path in ["/health/live", "/health/ready", "/metrics"] {
            let answer = try await scene.deployment.client.request(.get, scene.address + path)
            #expect(answer.status == 200, "\(path) at the root")
        }
    }

    private func administration(_ contract: Contract, _ caller: Caller) async throws {
        let users = "/users"
        let made = try await contract.call(
            caller,
            .post,
            users,
            [:],
            ["user": "clerk", "password": "clerk-password", "roles": ["auditor"]]
        )
        #expect(made["user"]?.text == "clerk")
        let list = try await contract.call(caller, .get, users, query: "?limit=500")
        #expect(list["items"]?.items.contains { $0["user"]?.text == "clerk" } == true)
        let clerk = ["id": "clerk"]
        let out = try await contract.call(caller, .post, users + "/{id}/disable", clerk)
        #expect(out["disabledAt"]?.text != nil)
        try await contract.call(caller, .post, users + "/{id}/enable", clerk)
        try await contract.call(
            caller,
            .post,
            users + "/{id}/password",
            clerk,
            ["password": "another-password"]
        )
        let table = try await contract.call(
            caller,
            .post,
            "/imports/{id}",
            ["id": "interpreters"],
            query: "?preview=true",
            text: "id,name\n"
        )
        #expect(table["problemCount"]?.integer ?? 0 > 0)
    }

    /// What the document does not name is refused in its own form.
    private func expectStrangers(_ contract: Contract, _ scene: Scene) async throws {
        let caller = scene[.administrator]
        for path in [
            "", "/", "/nothing", "/sites/hn-0001/nothing", "/login/again", "/patients//x/y",
        ] {
            try contract.expectProblem(404, try await caller.call(.get, path), path)
        }
        for path in Set(contract.operations.map(\.path)) {
            let known = Set(contract.operations.filter { $0.path == path }.map(\.method))
            for method in [HTTPMethod.get, .post, .put, .patch, .delete]
            where !known.contains(method) {
                let filled = Contract.fill(path, ["id": "x-1"])
                let answer = try await caller.call(method, filled)
                let what = "\(method.rawValue) \(path)"
                try contract.expectProblem(405, answer, what)
                let allowed = answer.headers["allow"]?.split(separator: ", ").map(String.init) ?? []
                #expect(Set(allowed).subtracting(["HEAD"]) == Set(known.map(\.rawValue)), "\(what)")
            }
        }
    }
}
