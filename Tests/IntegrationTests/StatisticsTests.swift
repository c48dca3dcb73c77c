import Foundation
import Testing
import Vocabulary
import WebServer

/// The programme's report over HTTP.
@Suite(.serialized) struct StatisticsTests {
    @Test func `the report counts by province, site and specialty, as JSON and as a table`()
        async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            let (request, _, _) = try await scene.confirmed()
            _ = try await scene[.clinic].object(.post, "/requests/\(request)/cancel")
            let by = ["province": "01", "site": "hn-0001", "specialty": "emergency"]
            for (grouping, key) in by {
                let report = try await scene[.observer].object(.get, "/statistics?by=\(grouping)")
                let line = try #require(report.list("items").first)
                #expect(report.list("items").count == 1)
                #expect(line["key"] == key)
                #expect(line.integer("requests") == 1 && line.integer("cancelled") == 1)
                #expect(line.integer("urgent") == 1 && line.integer("fulfilled") == 0)
            }
            let table = try await scene[.administrator].call(
                .get,
                "/statistics?by=site",
                headers: ["Accept": "text/csv"]
            )
            #expect(table.status == 200)
            #expect(table.headers["content-type"] == "text/csv; charset=utf-8")
            let lines = String(decoding: table.body, as: UTF8.self)
                .split(separator: "\r\n").map {
                    $0.split(separator: ",", omittingEmptySubsequences: false)
                }
            #expect(lines.count == 3)
            #expect(Set(lines.map(\.count)).count == 1, "every line has every cell")
            #expect(lines.first?.first == "key" && lines.last?.first == "total")
            #expect(lines.dropFirst().first?.first == "hn-0001")
            let before = try await scene[.observer].object(
                .get,
                "/statistics?from=2020-01-01T00:00:00Z&to=2020-06-01T00:00:00Z"
            )
            #expect(before.object("total")?.integer("requests") == 0)
        }
    }

    @Test func `an alarm's way to the room is counted from the sample that made it`() async throws {
        try await Scene.with { scene in
            try await scene.setOnCall()
            let alarm = try await scene.failingPatient()
            let list = try await scene[.clinic].object(
                .get,
                "/alarms?patient=\(Deployment.patient)"
            )
            let request = try #require(
                list.list("items").first { $0["id"] == alarm }?["request"]
            )
            var booking: String?
            try await eventually("the alarm's request is offered") {
                booking = try await scene[.clinic].object(.get, "/requests/\(request)")["booking"]
                return booking != nil
            }
            let id = try #require(booking)
            _ = try await scene[.doctor].object(.post, "/bookings/\(id)/accept")
            let clinic = try await scene.room(id, of: .clinic)
            let doctor = try await scene.room(id, of: .doctor)
            try await clinic.message("peer.up")
            var total: JSONObject?
            try await eventually("the meeting is on record") {
                total = try await scene[.observer].object(.get, "/statistics?by=specialty")
                    .object("total")
                return total?.integer("waitSecondsP50") != nil
            }
            let wait = try #require(total?.integer("waitSecondsP50"))
            let way = try #require(total?.integer("alarmToRoomSecondsP50"))
            // The first reading of the failing patient was taken 40 s before it was sent.
            #expect(way > wait && way >= 30, "alarm to room \(way) s, request to room \(wait) s")
            #expect(total?.integer("alarmToRoomSecondsP95") == way)
            doctor.close()
        }
    }

    @Test func `a long answer comes packed to who takes gzip, and plain to who refuses it`()
        async throws
    {
        try await Scene.with { scene in
            let path = "/openapi.json"
            let plain = try await scene[.administrator].call(.get, path)
            #expect(plain.headers["content-encoding"] == nil)
            for refused in ["br", "identity", "gzip;q=0"] {
                let answer = try await scene[.administrator].call(
                    .get,
                    path,
                    headers: ["Accept-Encoding": refused]
                )
                #expect(answer.headers["content-encoding"] == nil, "\(refused)")
                #expect(answer.body == plain.body)
            }
            let packed = try await scene[.administrator].call(
                .get,
                path,
                headers: ["Accept-Encoding": "br, gzip;q=0.8"]
            )
            #expect(packed.headers["content-encoding"] == "gzip")
            #expect(packed.headers["vary"] == "accept-encoding")
            #expect(packed.body.count < plain.body.count / 4)
            #expect(packed.body.prefix(2) == [0x1F, 0x8B], "the sign of a gzip stream")
            #expect(packed.headers["etag"] == plain.headers["etag"])
            let short = try await scene[.administrator].call(
                .get,
                "/me",
                headers: ["Accept-Encoding": "gzip"]
            )
            #expect(short.headers["content-encoding"] == nil, "packing it would save no packet")
        }
    }

    @Test func `a range or grouping that cannot be is refused in a sentence`() async throws {
        try await Scene.with { scene in
            let wrong = [
                "by=ward": "by: expected province, site or specialty",
                "from=yesterday": "from: expected an RFC 3339 time with zone",
                "from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z":
                    "from: expected a time before 'to'",
                "from=2024-01-01T00:00:00Z&to=2025-01-01T00:00:01Z":
                    "from: at most 366 days before 'to'",
            ]
            for (query, sentence) in wrong {
                let answer = try await scene[.administrator].call(.get, "/statistics?\(query)")
                #expect(answer.status == 400)
                #expect(try JSONObject(answer.body)["detail"] == sentence)
            }
            let clinic = try await scene[.clinic].call(.get, "/statistics?by=site")
            #expect(clinic.status == 403)
        }
    }
}
