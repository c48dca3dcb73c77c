import Foundation
import Testing
import WebServer

/// What administrators do while the deployment runs.
@Suite(.serialized) struct AdministrationTests {
    private static let csv = "text/csv"

    @Test func `an account works from when it is made until it is disabled, sockets included`()
        async throws
    {
        try await Scene.with { scene in
            let admin = scene[.administrator]
            let body: [String: any Sendable] = [
                "user": "nurse-2", "password": "first-password", "roles": ["clinic"],
                "site": Deployment.site,
            ]
            _ = try await admin.object(.post, "/users", body, expecting: 201)
            let again = try await admin.call(.post, "/users", body)
            #expect(again.status == 409, "the name is taken")
            let nurse = try await signIn(scene, "nurse-2", "first-password")
            let ticket = try await nurse.object(.post, "/desk/ticket")
            let desk = try await SocketClient(
                scene.deployment.client,
                url: try #require(ticket["url"]),
                ticket: try #require(ticket["token"])
            )
            #expect(try await nurse.call(.get, "/patients").status == 200)

            _ = try await admin.object(.post, "/users/nurse-2/disable")
            #expect(try await nurse.call(.get, "/patients").status == 401)
            try await eventually("the socket is closed for good") { desk.closeCode == 4403 }
            #expect(try await status(scene, "nurse-2", "first-password") == 401)

            _ = try await admin.object(.post, "/users/nurse-2/enable")
            let body2 = ["password": "second-password"]
            _ = try await admin.object(.post, "/users/nurse-2/password", body2)
            #expect(try await status(scene, "nurse-2", "first-password") == 401)
            #expect(try await status(scene, "nurse-2", "second-password") == 200)
            let audit = try await scene[.auditor].object(.get, "/audit?object=user/nurse-2")
            let actions = Set(audit.list("items").compactMap { $0["action"] })
            #expect(actions.isSuperset(of: ["create", "disable", "enable", "reset-password"]))
        }
    }

    @Test func `an account that cannot be is refused with what is missing`() async throws {
        try await Scene.with { scene in
            let admin = scene[.administrator]
            let wrong: [([String: any Sendable], String)] = [
                (["roles": ["clinic"]], "site: is missing"),
                (["roles": ["clinic"], "site": "hn-9999"], "import sites first"),
                (["roles": [String]()], "roles: must not be empty"),
                (["roles": ["king"]], "roles"),
                (["roles": ["auditor"], "password": "seven77"], "fewer than 8 characters"),
                (["roles": ["auditor"], "user": "Not A Name"], "user"),
            ]
            for (change, why) in wrong {
                var body: [String: any Sendable] = ["user": "x", "password": "long-enough"]
                body.merge(change) { $1 }
                let answer = try await admin.call(.post, "/users", body)
                #expect(answer.status == 422, "\(change)")
                #expect(answer.text.contains(why), "\(change): \(answer.text)")
            }
            let own = try await admin.call(.post, "/users/admin/disable")
            #expect(own.status == 409 && own.text.contains("another administrator"))
            #expect(try await admin.call(.post, "/users/nobody/disable").status == 404)
        }
    }

    @Test func `a table is previewed row by row, refused whole, and in force once taken`()
        async throws
    {
        try await Scene.with { scene in
            let admin = scene[.administrator]
            let path = "/imports/doctors"
            let columns =
                try JSON(
                    try await admin.send(.post, path + "?preview=true", "", as: Self.csv).body
                )["columns"]?.items.compactMap(\.text) ?? []
            let header = columns.joined(separator: ",")
            let good = row("bs-new", columns)
            let wrong = [row("bs-bad", columns, specialty: "phrenology"), row("No Id", columns)]
            let table = ([header, good] + wrong).joined(separator: "\n")

            let preview = try JSON(
                try await admin.send(.post, path + "?preview=true", table, as: Self.csv).body
            )
            let lines = preview["problems"]?.items.compactMap { $0["line"]?.integer } ?? []
            #expect(Set(lines) == [3, 4], "\(preview)")
            let refused = try await admin.send(.post, path, table, as: Self.csv)
            #expect(refused.status == 422 && refused.text.contains("nothing was imported"))
            #expect(try await admin.call(.get, "/doctors/bs-new").status == 404)

            let whole = header + "\n" + good + "\n"
            let checked = try JSON(
                try await admin.send(.post, path + "?preview=true", whole, as: Self.csv).body
            )
            #expect(checked["added"]?.integer == 1 && checked["problemCount"]?.integer == 0)
            #expect(try await admin.call(.get, "/doctors/bs-new").status == 404, "a preview")
            let taken = try JSON(try await admin.send(.post, path, whole, as: Self.csv).body)
            #expect(taken["added"]?.integer == 1 && taken["isPreview"] == .boolean(false))
            let same = try JSON(try await admin.send(.post, path, whole, as: Self.csv).body)
            #expect(same["added"]?.integer == 0 && same["changed"]?.integer == 0)

            // A limit of work is in a column of its own, and shown.
            #expect(try await admin.object(.get, "/doctors/bs-new")["dailyLoadMinutes"] == nil)
            let limited =
                [
                    columns.joined(separator: ",") + ",dailyLoadMinutes",
                    row("bs-new", columns) + ",90",
                ]
                .joined(separator: "\n")
            let changed = try JSON(try await admin.send(.post, path, limited, as: Self.csv).body)
            #expect(changed["changed"]?.integer == 1)
            let shown = try JSON(try await admin.call(.get, "/doctors/bs-new").body)
            #expect(shown["dailyLoadMinutes"]?.integer == 90 && shown["longestRunMinutes"] == nil)

            // The matcher knows the doctor at once: nobody else has this specialty.
            _ = try await admin.object(.put, "/doctors/bs-new/presence", ["state": "onCall"])
            let request = try await scene[.clinic].object(
                .post,
                "/requests",
                ["patient": Deployment.patient, "specialty": "dermatology", "urgency": "urgent"],
                expecting: 201
            )
            let id = try #require(request["id"])
            try await eventually("the new doctor is asked") {
                let now = try await scene[.clinic].object(.get, "/requests/\(id)")
                guard let booking = now["booking"] else { return false }
                return try await scene[.clinic].object(.get, "/bookings/\(booking)")["doctor"]
                    == "bs-new"
            }
            #expect(try await admin.send(.post, path, whole).status == 415)
            #expect(try await admin.send(.post, "/imports/x", whole, as: Self.csv).status == 404)
        }
    }

    private func row(_ id: String, _ columns: [String], specialty: String = "dermatology") -> String
    {
        let values = [
            "id": id, "name": "BS Mới", "hospital": Deployment.hospital,
            "specialties": specialty, "languages": "vi", "bufferMinutes": "5",
            "weekly": (1...7).map { "\($0) 00:00-24:00" }.joined(separator: ";"),
        ]
        return columns.map { values[$0] ?? "" }.joined(separator: ",")
    }

    private func status(_ scene: Scene, _ user: String, _ password: String) async throws -> Int {
        try await scene[.anonymous].call(
            .post,
            "/login",
            ["user": user, "password": password]
        ).status
    }

    private func signIn(_ scene: Scene, _ user: String, _ password: String) async throws -> Caller {
        let login = try await scene[.anonymous].object(
            .post,
            "/login",
            ["user": user, "password": password]
        )
        return Caller(
            client: scene.deployment.client,
            address: scene.address,
            token: login["token"]
        )
    }
}
