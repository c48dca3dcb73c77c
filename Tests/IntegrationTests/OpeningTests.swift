import Foundation
import Testing
import Vocabulary
import WebServer

/// A site's opening hours over the API.
@Suite(.serialized) struct OpeningTests {
    private static let path = "/sites/\(Deployment.site)/opening"

    private static let shut: [String: any Sendable] = ["weekly": [String]()]

    @Test func `a preview changes nothing, a change says what it strands, and the booking stands`()
        async throws
    {
        try await Scene.with { scene in
            let nurse = scene[.clinic]
            let booking = try await scene.planned(on: "2035-03-05")
            let nation = try await scene.desk(of: .administrator)
            try await nation.message("snapshot")

            let preview = try JSON(
                try await nurse.call(.put, Self.path + "?preview=true", Self.shut).body
            )
            #expect(preview["isPreview"]?.boolean == true)
            #expect(preview["stranded"]?.items.map { $0["booking"]?.text } == [booking])
            let before = try await nurse.call(.get, Self.path)
            #expect(try JSON(before.body)["weekly"] == nil, "\(before.text)")

            let changed = try JSON(try await nurse.call(.put, Self.path, Self.shut).body)
            #expect(changed["stranded"]?.items.map { $0["booking"]?.text } == [booking])
            try await nation.message("booking") { $0["id"] == booking }
            let stands = try await nurse.object(.get, "/bookings/\(booking)")
            #expect(stands["state"] == "confirmed")

            let audit = try await scene[.auditor].call(.get, "/audit?action=change&limit=50")
            #expect(audit.text.contains("opening hours, 1 bookings stranded"), "\(audit.text)")
        }
    }

    @Test func `only the site itself and the administrator set its hours, and not over another's`()
        async throws
    {
        try await Scene.with { scene in
            let read = try await scene[.clinic].call(.get, Self.path)
            let version = try #require(read.headers["etag"])
            #expect(try await scene[.otherClinic].call(.put, Self.path, Self.shut).status == 404)
            #expect(try await scene[.doctor].call(.put, Self.path, Self.shut).status == 403)
            #expect(try await scene[.administrator].call(.put, Self.path, Self.shut).status == 200)
            let late = try await scene[.clinic].call(
                .put,
                Self.path,
                [:],
                headers: ["if-match": version]
            )
            #expect(late.status == 412, "\(late.text)")
            let wrong = try await scene[.clinic].call(
                .put,
                Self.path,
                [
                    "closures": [
                        ["from": "2035-01-02T00:00:00.000Z", "until": "2035-01-01T00:00:00.000Z"]
                    ]
                ]
            )
            #expect(wrong.status == 422 && wrong.text.contains("closures[0].until"))
        }
    }
}
