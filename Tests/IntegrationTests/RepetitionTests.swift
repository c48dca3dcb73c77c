import Foundation
import Testing
import Vocabulary
import WebServer

/// Repeated calls, versions, limits, hostile input, and where free text may be found.
@Suite(.serialized) struct RepetitionTests {
    @Test func `a repeated key gives the first answer once, another body a conflict`() async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            let nurse = scene[.clinic]
            let patient: [String: any Sendable] = ["birthYear": 1970, "sex": "male"]
            let key = ["idempotency-key": "k-1"]
            let count = try await items("/patients", nurse).count
            let first = try await nurse.call(.post, "/patients", patient, headers: key)
            let again = try await nurse.call(.post, "/patients", patient, headers: key)
            #expect(first.status == 201 && again.status == 201)
            #expect(again.body == first.body)
            #expect(again.headers["content-type"] == first.headers["content-type"])
            #expect(try await items("/patients", nurse).count == count + 1)
            let other: [String: any Sendable] = ["birthYear": 1971, "sex": "male"]
            #expect(try await nurse.call(.post, "/patients", other, headers: key).status == 409)
            let elsewhere = try await nurse.call(.post, "/devices", patient, headers: key)
            #expect(elsewhere.status == 409)
            // Another person's key is another key.
            let theirs = try await scene[.otherClinic].call(
                .post,
                "/patients",
                patient,
                headers: key
            )
            #expect(theirs.status == 201 && theirs.body != first.body)

            // Eight at once: one request, one answer.
            let ask: [String: any Sendable] = [
                "patient": Deployment.patient, "specialty": "emergency", "urgency": "urgent",
            ]
            let answers = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await nurse.call(
                            .post,
                            "/requests",
                            ask,
                            headers: ["idempotency-key": "k-2"]
                        )
                    }
                }
                return try await group.reduce(into: [HTTPResponse]()) { $0.append($1) }
            }
            // Whoever comes while the first is under way waits for its answer.
            for answer in answers {
                #expect(answer.status == 201, "\(answer.status) \(answer.text)")
            }
            let made = Set(answers.map(\.body))
            #expect(made.count == 1)
            let kept = try await nurse.call(
                .post,
                "/requests",
                ask,
                headers: ["idempotency-key": "k-2"]
            )
            #expect(kept.status == 201, "\(kept.text)")
            #expect(made.contains(kept.body))
            let requests = try await items("/requests", nurse)
            #expect(requests.count == 1)

            var booking: String?
            try await eventually("it is offered") {
                booking = try await items("/bookings", scene[.doctor]).first?["id"]?.text
                return booking != nil
            }
            let accept = "/bookings/\(try #require(booking))/accept"
            let accepted = try await scene[.doctor].call(.post, accept, headers: key)
            let repeated = try await scene[.doctor].call(.post, accept, headers: key)
            #expect(accepted.status == 200 && repeated.body == accepted.body)
            #expect(try await items("/bookings?state=all", nurse).count == 1)
        }
    }

    @Test func `an unchanged resource is 304, a changed one refuses an old If-Match`() async throws
    {
        try await Scene.with { scene in
            let path = "/doctors/\(Deployment.doctor)"
            let doctor = scene[.doctor]
            let before = try await doctor.call(.get, path)
            let version = try #require(before.headers["etag"])
            let same = try await doctor.call(.get, path, headers: ["if-none-match": version])
            #expect(same.status == 304 && same.body.isEmpty)
            let presence = path + "/presence"
            let fresh = try await doctor.call(
                .put,
                presence,
                ["state": "onCall"],
                headers: ["if-match": version]
            )
            #expect(fresh.status == 200)
            let stale = try await doctor.call(
                .put,
                presence,
                ["state": "off"],
                headers: ["if-match": version]
            )
            #expect(stale.status == 412)
            let after = try await doctor.call(.get, path, headers: ["if-none-match": version])
            #expect(after.status == 200)
            #expect(try JSON(after.body)["presence"]?.text == "onCall")
        }
    }

    @Test func `bodies too large, malformed or of another type are named and refused`() async throws
    {
        try await Scene.with { scene in
            let nurse = scene[.clinic]
            let url = scene.address + "/api/v1/requests"
            let headers: HTTPHeaders = [
                "authorization": "Bearer \(nurse.token ?? "")", "content-type": "application/json",
            ]
            // Refused by its length alone, before a byte of it came.
            for (length, status) in [(1_048_577, "413"), (99_999_999_999, "413")] {
                let head =
                    "POST /api/v1/requests HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
                    + "\(nurse.token ?? "")\r\nContent-Length: \(length)\r\n\r\n"
                let answer = try rawAnswer(to: head, at: scene.address)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(length): \(answer)")
            }
            let cases: [(String, String)] = [
                ("", "JSON"), ("{", "JSON"), ("[]", "the body"), ("null", "the body"),
                ("{}", "patient"),
                (#"{"patient":7}"#, "patient"), (#"{"patient":"A B"}"#, "patient"),
                (
                    #"{"patient":"p-1","specialty":"emergency","urgency":"now"}"#, "urgency: has"
                ),
                (
                    #"{"patient":"p-1","specialty":"emergency","urgency":"urgent","earliest":"x"}"#,
                    "earliest"
                ),
                (
                    #"{"patient":"p-1","specialty":"emergency","urgency":"urgent","durationMinutes":1e99}"#,
                    "out of range"
                ),
                (#"{"patient":"p-1","specialty":"x","urgency":"urgent"}"#, "specialty"),
                (String(repeating: "[", count: 100_000), "JSON"), ("\u{FEFF}{}", "patient"),
            ]
            for (text, member) in cases {
                let answer = try await nurse.client.request(
                    .post,
                    url,
                    headers: headers,
                    body: Array(text.utf8)
                )
                #expect([400, 422].contains(answer.status), "\(text.prefix(60)): \(answer.status)")
                let detail = try JSON(answer.body)["detail"]?.text ?? ""
                #expect(detail.contains(member), "\(text.prefix(60)): \(detail)")
            }
            #expect(try await items("/requests", nurse).isEmpty)
        }
    }

    @Test func `hostile text in every parameter changes nothing and breaks nothing`() async throws {
        try await Scene.with { scene in
            let contract = try Contract(
                JSON(try await scene[.anonymous].call(.get, "/openapi.json").body)
            )
            let attacks = [
                "' OR '1'='1", "x'; DROP TABLE reading; --", "\" OR 1=1 --", "../../etc/passwd",
                "%00", "1 UNION SELECT password_hash FROM user", "\u{202E}é😀", "",
            ]
            let people: [Scene.Person] = [.administrator, .clinic, .doctor]
            let before = try await figures(scene)
            for operation in contract.operations.subtracting(GuardedCall.free) {
                let description = contract.description(of: operation)
                let names = description?["parameters"]?.items.filter { $0["in"]?.text == "query" }
                    .compactMap { $0["name"]?.text }
                let schema = description?["requestBody"]?["content"]?["application/json"]?["schema"]
                for attack in attacks {
                    let coded =
                        attack.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    let path = Contract.fill(operation.path, ["id": coded.isEmpty ? "%20" : coded])
                    let query = (names ?? []).map { "\($0)=\(coded)" }.joined(separator: "&")
                    var body: [String: any Sendable]?
                    if let members = schema?["properties"]?.members {
                        body = members.mapValues { _ in attack }
                    }
                    for person in people {
                        let answer = try await scene[person].call(
                            operation.method,
                            path + (query.isEmpty ? "" : "?" + query),
                            body
                        )
                        let what =
                            "\(person) \(operation.method.rawValue) \(operation.path) \(attack)"
                        #expect(answer.status < 500, "\(what): \(answer.status) \(answer.text)")
                        let isList = !operation.path.contains("{") && operation.method == .get
                        #expect(
                            isList || answer.status >= 400 || operation.path == "/devices"
                                || operation.path == "/patients",
                            "\(what): \(answer.status)"
                        )
                    }
                }
            }
            let after = try await figures(scene)
            #expect(after == before)
        }
    }

    @Test func `free text is found where it belongs and nowhere else`() async throws {
        let canary = "hoàng-yến-7f3a91"
        try await Scene.with { scene in
            try await scene.setOnCall()
            let booking = try await scene.confirmed(patient: Scene.canary, reason: canary)
            let bedside = try await scene.room(booking.booking, of: .clinic)
            let remote = try await scene.room(booking.booking, of: .doctor)
            try await bedside.message("peer.up") { $0["role"] == "doctor" }
            remote.send("outcome", ["disposition": "followUp", "note": canary])
            try await eventually("the consult is over") { bedside.closeCode == 4410 }
            let session = try await scene[.clinic].object(.get, "/sessions/\(booking.session)")
            #expect(session.object("outcome")?["note"] == canary)
            let request = try await scene[.clinic].object(.get, "/requests/\(booking.request)")
            #expect(request["reason"] == canary)

            // Errors do not repeat what was sent.
            for body in [
                ["patient": canary, "specialty": canary, "urgency": canary],
                ["patient": "p-1", "specialty": canary, "urgency": "urgent"],
                ["disposition": canary, "note": canary],
            ] {
                for path in ["/requests", "/patients", "/sessions/\(booking.session)/outcome"] {
                    for person in [Scene.Person.clinic, .doctor] {
                        let answer = try await scene[person].call(.post, path, body)
                        #expect(answer.status >= 400)
                        #expect(!answer.text.contains(canary), "\(path): \(answer.text)")
                    }
                }
            }
            let metrics = try await scene[.anonymous].call(.get, "/metrics").text
            let statistics = try await scene[.observer].call(.get, "/statistics").text
            let audit = try await scene[.auditor].call(.get, "/audit?limit=500").text
            for text in [metrics, statistics, audit] { #expect(!text.contains(canary)) }
            for text in [metrics, statistics] { #expect(!text.contains(Scene.canary)) }

            var searched = 0
            let folder = scene.deployment.folder
            let files = FileManager.default.enumerator(atPath: folder)?.allObjects ?? []
            for case let name as String in files where !name.hasSuffix(".csv") {
                guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
                    continue
                }
                searched += 1
                #expect(data.range(of: Data(canary.utf8)) == nil, "\(name) holds the free text")
                if name.hasSuffix(".log") {
                    #expect(
                        data.range(of: Data(Scene.canary.utf8)) == nil,
                        "\(name) names the patient"
                    )
                }
            }
            #expect(searched > 4)
        }
    }

    private func items(_ path: String, _ caller: Caller) async throws -> [JSON] {
        try JSON(try await caller.call(.get, path).body)["items"]?.items ?? []
    }

    /// What there is of everything that the attacks could have changed.
    private func figures(_ scene: Scene) async throws -> [Int] {
        var counts: [Int] = []
        for path in [
            "/patients", "/requests", "/bookings?state=all", "/alarms?state=all", "/sites",
        ] {
            counts.append(try await items(path, scene[.clinic]).count)
        }
        for path in ["/doctors", "/quarantine"] {
            counts.append(try await items(path, scene[.administrator]).count)
        }
        return counts
    }
}
