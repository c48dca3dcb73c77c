import Clinical
import Foundation
import Glibc
import SQLite
import Store
import TestKit
import Testing
import Vocabulary
import WebServer

/// The commands that an administrator uses without a browser.
@Suite(.serialized) struct CommandLineTests {
    @Test func `decode prints the readings of a good payload and the reason for a bad one`() throws
    {
        let cases = [
            (#"{"seq":1,"boot":"a","at":"2026-11-20T00:00:00Z","hr":72,"spo2":97}"#, nil),
            (#"{"boot":"a","readings":[{"seq":1,"hr":72},{"seq":2,"hr":73}]}"#, nil),
            (#"{"seq":1,"boot":"a","sys":11647,"dia":80}"#, "implausible"),
            (#"{"seq":1,"boot":"a","map":-8}"#, "implausible"),
            (#"{"seq":1,"boot":"a","spo2":0.97}"#, "ambiguousUnit"),
            (#"{"seq":1,"boot":"a","hr":"72"}"#, "undecodable"),
            (#"{"seq":1,"#, "undecodable"), ("", "undecodable"),
        ]
        for (payload, code) in cases {
            let result = try telehealth(["decode"], input: payload)
            #expect(result.code == 0, "\(payload): \(result.error)")
            let report = try JSONObject(Array(result.output.utf8))
            #expect(report.boolean("ok") == (code == nil), "\(payload): \(result.output)")
            if let code {
                #expect(result.output.contains("\"\(code)\""), "\(payload): \(result.output)")
            }
        }
        // A probe that is off is no error; it is told apart and never scored.
        let off = try telehealth(["decode"], input: #"{"seq":1,"boot":"a","hr":0,"spo2":0}"#)
        #expect(off.output.contains(#""invalid":["hr","spo2"]"#), "\(off.output)")
        #expect(try telehealth(["decode", "/nowhere"]).code == 1)
        let unknown = try telehealth(["decode", "--profile", "x"])
        #expect(unknown.code == 2 && unknown.error.contains("native, lifetouch-flat"))
    }

    @Test func `decode reads every form, a line a file, by content type, profile or first byte`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let observation =
                #"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"valueQuantity":{"value":72,"system":"http://unitsofmeasure.org","code":"/min"}}"#
            let payloads: [[UInt8]] = [
                Array(#"{"hr":72}"#.utf8), Array(observation.utf8),
                Array(#"[{"n":"hr","u":"beat/min","v":72}]"#.utf8),
                [
                    0x81, 0xA3, 0x00, 0x62, 0x68, 0x72, 0x01, 0x62, 0x48, 0x7A, 0x02, 0xF9, 0x3C,
                    0xCD,
                ],
            ]
            var files: [String] = []
            for (index, payload) in payloads.enumerated() {
                files.append("\(folder)/\(index)")
                try Data(payload).write(to: URL(filePath: files[index]))
            }
            let sniffed = try telehealth(["decode"] + files)
            let forms = try sniffed.output.split(separator: "\n").map {
                let report = try JSONObject(Array($0.utf8))
                #expect(report.boolean("ok") == true, "\($0)")
                return report["form"]
            }
            #expect(forms == ["native", "fhir", "senml+json", "senml+cbor"])
            let typed = try telehealth(
                ["decode", "--content-type", "application/senml+json", files[0], files[2]]
            )
            let lines = typed.output.split(separator: "\n")
            #expect(lines.count == 2 && lines[0].contains("undecodable"))
            #expect(lines[1].hasPrefix(#"{"ok":true"#), "\(typed.output)")
            let vendor = try telehealth(
                ["decode", "--profile", "lifetouch-flat"],
                input: #"{"tempF":98.6}"#
            )
            #expect(vendor.output.contains(#""signs":{"temp":37}"#), "\(vendor.output)")
        }
    }

    @Test func `score names what a line lacks and ends with 1 when a line is no line`() throws {
        let result = try telehealth(
            ["score"],
            input: """
                {"rr":18,"spo2":96,"scale":1,"o2":false,"sys":120,"hr":80,"avpu":"A","temp":37.0}
                {"rr":18}
                rubbish

                """
        )
        let lines = result.output.split(separator: "\n")
        #expect(result.code == 1 && lines.count == 3)
        #expect(
            result.error
                == "telehealth: 1 lines could not be scored; each has an 'error' in its place\n"
        )
        #expect(lines[0].contains(#""state":"complete""#) && lines[1].contains(#""partial""#))
        #expect(lines[2].hasPrefix(#"{"error":"#))
    }

    @Test func `a table with wrong rows names every one of them and changes nothing`() async throws
    {
        try await Deployment.with { deployment in
            let before = try deployment.telehealth(["patients", "list", "--json"]).output
            let rows = (1...30).map { "p-x\($0),hn-0001,\($0 % 3 == 0 ? 1700 : 1960),female,1,,vi" }
            let header = "id,site,birthYear,sex,spo2Scale,scalePrescriber,languages"
            let file = try deployment.file(
                "wrong.csv",
                ([header] + rows).joined(separator: "\n") + "\n"
            )
            let result = try deployment.telehealth(["patients", "import", file])
            #expect(result.code == 1)
            for line in stride(from: 4, through: 31, by: 3) {
                #expect(result.error.contains("line \(line), column birthYear"), "line \(line)")
            }
            #expect(!result.error.contains("line 5,"))
            #expect(result.error.hasSuffix("nothing was imported\n"))
            #expect(try deployment.telehealth(["patients", "list", "--json"]).output == before)

            for (table, text) in [
                ("sites", "id,name\na,b\n"), ("doctors", "x\n"), ("device", ""),
            ] {
                let path = try deployment.file("wrong-\(table).csv", text)
                let result = try deployment.telehealth([table, "import", path])
                #expect(result.code == 1 && result.error.contains("line 1"), "\(result.error)")
                let columns = try deployment.telehealth([table, "import", "--columns"])
                #expect(columns.code == 0 && columns.output.contains(","))
            }
            #expect(try deployment.telehealth(["sites", "import", "/nowhere"]).code == 1)
            #expect(try deployment.telehealth(["sites", "import"]).code == 2)
        }
    }

    @Test func `accounts are added, listed, disabled and given new passwords`() async throws {
        try await Deployment.with { deployment in
            let add = ["user", "add", "new-nurse", "--role", "clinic", "--site", "hn-0001"]
            let stdin = ["--password-stdin"]
            #expect(try deployment.telehealth(add).code == 2, "without a password")
            #expect(try deployment.telehealth(add + stdin, input: "short\n").code == 1)
            #expect(try deployment.telehealth(add + stdin, input: "long enough\n").code == 0)
            #expect(try deployment.telehealth(add + stdin, input: "long enough\n").code == 1)
            for wrong in [
                ["--role", "clinic", "--site", "no-site"],
                ["--role", "doctor", "--doctor", "no-doctor"],
            ] {
                let result = try deployment.telehealth(
                    ["user", "add", "wrong"] + wrong + stdin,
                    input: "long enough\n"
                )
                #expect(result.code == 1 && result.error.contains("there is no"))
            }
            for wrong in [["--role", "clinic"], ["--role", "doctor"], ["--role", "king"], []] {
                let result = try deployment.telehealth(
                    ["user", "add", "wrong"] + wrong + stdin,
                    input: "long enough\n"
                )
                #expect(result.code == 2, "\(wrong): \(result.error)")
            }
            let reset = ["user", "reset-password", "new-nurse", "--password-stdin"]
            #expect(try deployment.telehealth(reset, input: "another one\n").code == 0)
            #expect(try deployment.telehealth(["user", "disable", "auditor"]).code == 0)
            #expect(try deployment.telehealth(["user", "disable", "nobody"]).code == 1)
            let list = try deployment.telehealth(["user", "list"]).output
            #expect(list.contains("auditor auditor (disabled)\n"))
            #expect(list.contains("new-nurse clinic site hn-0001\n"))
            #expect(!list.contains("wrong"))

            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator()
            let logins = [
                ("new-nurse", "another one", 200), ("new-nurse", "long enough", 401),
                ("auditor", Deployment.password, 401), ("nurse", Deployment.password, 200),
            ]
            for (user, password, status) in logins {
                let answer = try await Caller(
                    client: deployment.client,
                    address: address,
                    token: nil
                ).call(.post, "/login", ["user": user, "password": password])
                #expect(answer.status == status, "\(user) with '\(password)'")
            }
            #expect(try await coordinator.end() == 0)
            // Each change is in the audit, with its doer.
            try await deployment.withStore { store in
                let entries = try await store.auditEntries(AuditFilter(limit: 500))
                for (action, object) in [
                    ("create", "user/new-nurse"), ("reset-password", "user/new-nurse"),
                    ("disable", "user/auditor"),
                ] {
                    #expect(
                        entries.contains {
                            $0.entry.action == action && $0.entry.object == object
                                && $0.entry.principal == "command-line"
                        },
                        "\(action) \(object)"
                    )
                }
            }
            try await broker.end()
        }
    }

    @Test func `verify names the audit row that was changed afterwards`() async throws {
        try await Deployment.with { deployment in
            #expect(try deployment.telehealth(["verify"]).output.hasPrefix("sound: "))
            try alter(deployment.data + "/telehealth.db")
            let result = try deployment.telehealth(["verify"])
            #expect(result.code == 1)
            #expect(result.error.contains("broken at row 3"), "\(result.error)")
            let json = try deployment.telehealth(["verify", "--json"])
            #expect(json.code == 1)
            let report = try JSONObject(Array(json.output.utf8))
            #expect(report.integer("firstBadAuditSequence") == 3)
        }
    }

    @Test func `a backup is restored into an empty place only`() async throws {
        try await Deployment.with { deployment in
            let copy = deployment.folder + "/copy"
            #expect(try deployment.telehealth(["backup", copy]).code == 0, "before any key")
            // Issuing a token makes the keys.
            #expect(try deployment.telehealth(["token", "issue", "--user", "admin"]).code == 0)
            #expect(try deployment.telehealth(["backup", copy]).code == 0)
            #expect(try deployment.telehealth(["restore", copy]).code == 1, "over a database")
            #expect(try deployment.telehealth(["restore", deployment.folder]).code == 1)
            #expect(try deployment.telehealth(["backup"]).code == 2)
            let empty = ["--set", "data.directory=\(deployment.folder)/empty"]
            let nothing = try deployment.telehealth(["verify"] + empty)
            #expect(nothing.code == 1 && nothing.error.contains("holds no database"))
            #expect(!FileManager.default.fileExists(atPath: deployment.folder + "/empty"))
            #expect(try deployment.telehealth(["restore", copy] + empty).code == 0)
            let users = try deployment.telehealth(["user", "list"]).output
            #expect(try deployment.telehealth(["user", "list"] + empty).output == users)
            // Nobody else may read the copy: the keys are in it.
            for name in ["copy/telehealth.db", "copy/keys/token.key", "empty/telehealth.db"] {
                let path = deployment.folder + "/" + name
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
        }
    }

    @Test func `a backup has the readings, and verify names a damaged day`() async throws {
        try await Deployment.with { deployment in
            try await deployment.withStore { store in
                var batch = IngestBatch()
                batch.readings = (1...200).map { Sample.reading(sequence: $0, minute: Int($0)) }
                _ = try await store.commit(batch)
                try await store.compact()
            }
            let copy = deployment.folder + "/copy"
            #expect(try deployment.telehealth(["backup", copy]).code == 0)
            let day = URL(filePath: deployment.data + "/readings/2026-11-20.db")
            var data = try Data(contentsOf: day)
            // The last page holds the block of the readings.
            for place in data.count - 64..<data.count { data[place] ^= 0xFF }
            try data.write(to: day)
            let result = try deployment.telehealth(["verify"])
            #expect(result.code == 1)
            #expect(result.error.contains("readings/2026-11-20.db"), "\(result.error)")
            let other = ["--set", "data.directory=\(deployment.folder)/other"]
            #expect(try deployment.telehealth(["restore", copy] + other).code == 0)
            let found = try await deployment.withStore(in: deployment.folder + "/other") { store in
                try await store.readings(
                    of: 1,
                    from: .distantPast,
                    until: .distantFuture,
                    limit: 1_000
                )
            }
            #expect(found.map(\.sequence) == Array(1...200))
        }
    }

    @Test func `help, version, keys and the document are printed with exit code 0`() throws {
        for words in [
            ["--help"], ["help"], ["serve", "--help"], ["user", "--help"], ["--version"],
            ["version"], ["completions"], ["openapi"], ["schema"], ["config", "keys"],
            ["config", "check"],
        ] {
            let result = try telehealth(words)
            #expect(result.code == 0 && result.error.isEmpty, "\(words): \(result.error)")
            #expect(!result.output.isEmpty, "\(words)")
        }
        let document = try JSONObject(Array(try telehealth(["openapi"]).output.utf8))
        #expect(document["openapi"]?.hasPrefix("3.1") == true)
    }

    /// What somebody with the file and SQLite's own tool could do.
    private func alter(_ file: String) throws {
        let connection = try Connection(path: file, access: .writing)
        try connection.execute(
            """
            DROP TRIGGER audit_is_never_changed;
            UPDATE audit SET principal = 'somebody-else' WHERE sequence = 3;
            """
        )
    }

    private func telehealth(
        _ arguments: [String],
        input: String = ""
    ) throws -> (
        code: Int32, output: String, error: String
    ) {
        try run(Deployment.programs + "/telehealth", arguments, input: input)
    }
}

/// The whole demonstration, small.
@Suite(.serialized) struct DemoTests {
    @Test(.timeLimit(.minutes(2)))
    func `the demo runs, loses nothing, reports, and leaves no process and no folder`() throws {
        let root = NSTemporaryDirectory() + "telehealth-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let report = root + "/report.json"
        let result = try run(
            "/usr/bin/env",
            [
                "TMPDIR=\(root)", Deployment.programs + "/telehealth", "demo", "--duration", "8",
                "--sites", "20", "--devices", "40", "--period", "1", "--port", "0", "--report",
                report, "--resources", checkout,
            ]
        )
        #expect(result.code == 0, "\(result.error)")
        #expect(result.error.isEmpty, "\(result.error)")
        #expect(result.output.contains("console   http://127.0.0.1:"))
        let figures = try JSONObject(Array(Data(contentsOf: URL(fileURLWithPath: report))))
        #expect(figures.integer("lost") == 0)
        let readings = try #require(figures.object("readings"))
        let durable = try #require(readings.integer("durable"))
        #expect(durable >= 40 * 5)
        #expect(try #require(readings.integer("published")) >= durable)
        #expect(readings.integer("quarantined") == 0)
        for (area, members) in [
            ("readings", ["duplicates"]), ("alarms", ["raised"]),
            ("requests", ["opened", "matched", "unmatched"]),
            ("sessions", ["started", "completed"]),
        ] {
            for member in members { #expect(figures.object(area)?.integer(member) != nil) }
        }
        #expect(
            figures.object("alarmToRoomMs")?.names.isSuperset(of: ["p50", "p99", "max"]) == true
        )
        #expect(try #require(figures.integer("rssMiB")) > 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: root)
        #expect(left == ["report.json"], "\(left)")
        // Every process of the demo carries its folder in its command line.
        let commands = try run("/bin/ps", ["-eo", "args"]).output.split(separator: "\n")
        let processes = commands.filter { $0.contains(root) && !$0.contains("ps -eo") }
        #expect(processes.isEmpty, "\(processes)")
    }
}
