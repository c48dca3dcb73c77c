import Foundation
import Testing
import Vocabulary
import WebServer

/// Doctors' hours over the API and from the command line.
@Suite(.serialized) struct AvailabilityTests {
    private static let path = "/doctors/\(Deployment.doctor)/availability"
    private static let empty: [String: any Sendable] = [
        "weekly": [String](), "absences": [String](), "additions": [String](),
        "onCall": [String](),
    ]

    @Test func `a preview changes nothing, a change says what it strands, and the booking stands`()
        async throws
    {
        try await Scene.with { scene in
            let doctor = scene[.doctor]
            let bookingID = try await scene.planned(on: "2035-03-05")
            let nation = try await scene.desk(of: .administrator)
            try await nation.message("snapshot")

            let preview = try JSON(
                try await doctor.call(.put, Self.path + "?preview=true", Self.empty).body
            )
            #expect(preview["isPreview"]?.boolean == true)
            #expect(preview["stranded"]?.items.map { $0["booking"]?.text } == [bookingID])
            let unchanged = try JSON(
                try await doctor.call(.get, "/doctors/\(Deployment.doctor)").body
            )
            #expect(unchanged["availability"]?["additions"]?.items.count == 1)

            let changed = try JSON(try await doctor.call(.put, Self.path, Self.empty).body)
            #expect(changed["stranded"]?.items.map { $0["booking"]?.text } == [bookingID])
            #expect(changed["availability"]?["additions"]?.items.isEmpty == true)
            try await nation.message("booking") { $0["id"] == bookingID }
            let stands = try await doctor.object(.get, "/bookings/\(bookingID)")
            #expect(stands["state"] == "confirmed")
        }
    }

    @Test func `busy times of the doctor's own calendar replace those before, whole or not at all`()
        async throws
    {
        try await Scene.with { scene in
            let doctor = scene[.doctor]
            func calendar(_ events: String...) -> String {
                let texts = events.map { "BEGIN:VEVENT\r\n\($0)\r\nEND:VEVENT\r\n" }
                return "BEGIN:VCALENDAR\r\n" + texts.joined() + "END:VCALENDAR\r\n"
            }
            func busy() async throws -> [String?] {
                let body = try await doctor.call(.get, "/doctors/\(Deployment.doctor)").body
                return try JSON(body)["availability"]?["busy"]?.items.map { $0["from"]?.text } ?? []
            }
            let tomorrow = Int(Date().timeIntervalSince1970 / 86_400) * 86_400 + 2 * 86_400
            let formatter = ISO8601DateFormatter()
            formatter.formatOptions = [.withYear, .withMonth, .withDay, .withTime]
            let start = formatter.string(from: Date(timeIntervalSince1970: Double(tomorrow)))
            let event = "UID:a\r\nDTSTART:\(start)\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3"
            let path = Self.path + "/ical"
            let first = try await doctor.send(.post, path, calendar(event))
            #expect(first.status == 200, "\(first.text)")
            #expect(try await busy().count == 3)
            let seen = try await scene[.clinic].call(.get, "/doctors/\(Deployment.doctor)")
            #expect(try JSON(seen.body)["availability"]?["busy"]?.items.isEmpty == true)

            let wrong = try await doctor.send(
                .post,
                path,
                calendar(event, "UID:b\r\nDTSTART:\(start)\r\nRRULE:FREQ=SECONDLY")
            )
            #expect(wrong.status == 422 && wrong.text.contains("event 2: RRULE"), "\(wrong.text)")
            #expect(try await busy().count == 3)
            // Hours of a program that knows nothing of calendars leave them alone.
            _ = try await doctor.object(.put, Self.path, Self.empty)
            #expect(try await busy().count == 3)
            #expect(try await doctor.send(.post, path + "?preview=true", calendar()).status == 200)
            #expect(try await busy().count == 3)
            #expect(try await doctor.send(.post, path, calendar()).status == 200)
            #expect(try await busy().isEmpty)
            #expect(try await doctor.call(.post, path, Self.empty).status == 415)
            #expect(
                try await doctor.call(.put, Self.path + "?preview=yes", Self.empty).status == 400
            )
        }
    }

    @Test func `what is wrong in new hours is named by its place`() async throws {
        try await Scene.with { scene in
            var body = Self.empty
            body["weekly"] = [
                ["weekday": 1, "fromMinute": 0, "untilMinute": 60],
                ["weekday": 1, "fromMinute": 60, "untilMinute": 30],
            ]
            let answer = try await scene[.doctor].call(.put, Self.path, body)
            #expect(answer.status == 422)
            #expect(answer.text.contains("weekly[1].untilMinute"), "\(answer.text)")
        }
    }

    @Test func `hours come from a table, whole or not at all, and are listed as one`() async throws
    {
        try await Deployment.with { deployment in
            let header = "doctor,kind,window,everyDays,ends"
            #expect(
                try deployment.telehealth(["availability", "import", "--columns"]).output
                    == header + "\n"
            )
            let rows = [
                "\(Deployment.doctor),weekly,1 07:30-11:30,,",
                "\(Deployment.doctor),rota,2030-01-01T12:00:00.000Z/2030-01-02T00:00:00.000Z,5,",
            ]
            func file(_ rows: [String]) throws -> String {
                try deployment.file("hours.csv", ([header] + rows).joined(separator: "\n") + "\n")
            }
            let import1 = try deployment.telehealth(["availability", "import", file(rows)])
            #expect(import1.output == "imported 1 doctors' availability\n", "\(import1.error)")
            func listed() throws -> [String] {
                try deployment.telehealth(["availability", "list"]).output
                    .split(separator: "\n").map(String.init)
            }
            #expect(try listed() == [header] + rows)
            let wrong = try deployment.telehealth(
                ["availability", "import", file(rows + ["nobody,weekly,9 07:30-11:30,,"])]
            )
            #expect(wrong.code == 1)
            #expect(wrong.error.contains("line 4, column doctor"), "\(wrong.error)")
            #expect(wrong.error.contains("line 4, column window"), "\(wrong.error)")
            #expect(wrong.error.hasSuffix("nothing was imported\n"))
            #expect(try listed() == [header] + rows)
        }
    }
}
