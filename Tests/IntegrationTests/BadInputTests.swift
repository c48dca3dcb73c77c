import Foundation
import Glibc
import Store
import Testing
import Vocabulary

/// What an administrator can get wrong: one clear line, the right exit code, no crash trace.
@Suite(.serialized) struct BadInputTests {
    @Test func `without a broker the start fails and says where it looked and why`() async throws {
        try await Deployment.with { deployment in
            try expect(
                try deployment.telehealth(["serve"]),
                says: "mqtt.port \(deployment.brokerPort): no connection to the broker"
                    + " (Connection refused)"
            )
        }
    }

    @Test func `a broker that wants a password is told from one that is absent`() async throws {
        try await Deployment.with { deployment in
            let file = deployment.folder + "/mosquitto.conf"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try deployment.file(
                "mosquitto.conf",
                text.split(separator: "\n").map {
                    $0 == "allow_anonymous true" ? "allow_anonymous false" : String($0)
                }.joined(separator: "\n")
            )
            let broker = try await deployment.startBroker()
            try expect(try deployment.telehealth(["serve"]), says: "check user, password")
            try await broker.end()
        }
    }

    @Test func `a port that is taken is named`() async throws {
        try await Deployment.with { deployment in
            // The broker's own port serves as the one that somebody else has.
            let broker = try await deployment.startBroker()
            let port = deployment.brokerPort
            try expect(
                try deployment.telehealth(["serve", "--set", "http.port=\(port)"]),
                says: "port \(port) is taken"
            )
            try await broker.end()
        }
    }

    @Test func `a configuration that cannot be used is one line`() async throws {
        try await withFolder { folder in
            let cases = [
                (nil, "cannot read the configuration"), ("{ data: ", "is not JSON5"),
                ("[1]", "must hold one object"),
                ("{ htpp: { port: 1 } }", "unknown key 'htpp'; did you mean 'http.port'?"),
                ("{ http: { port: 65536 } }", "http.port: expected a whole number"),
                ("{ log: { level: \"loud\" } }", "log.level: expected debug or info"),
            ]
            for (text, words) in cases {
                let file = folder + "/telehealth.json5"
                try? FileManager.default.removeItem(atPath: file)
                try text?.write(toFile: file, atomically: true, encoding: .utf8)
                for command in [["serve"], ["config", "check"], ["verify"]] {
                    try expect(try telehealth(command + ["--config", file]), says: words)
                }
            }
            try expect(
                try telehealth(["serve", "--set", "http.port"]),
                says: "--set takes key=value"
            )
        }
    }

    @Test func `wrong words are a usage error`() throws {
        for words in [
            [], ["srve"], ["serve", "--confg", "x"], ["serve", "--config"], ["user"],
            ["user", "add", "x"], ["demo", "--sites", "1"], ["token", "issue"],
        ] {
            let result = try telehealth(words)
            #expect(result.code == 2, "\(words): \(result.error)")
            #expect(isOneLine(result.error), "\(words): \(result.error)")
        }
    }

    @Test func `a data directory that somebody else has is not touched`() async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator()
            for command in [
                ["serve"], ["sites", "import", deployment.folder + "/sites.csv"],
                ["user", "disable", "nurse"],
            ] {
                try expect(
                    try deployment.telehealth(command),
                    says: "another telehealth process uses the data directory; stop it first"
                )
            }
            _ = try await deployment.signIn("nurse", at: address)
            #expect(try await coordinator.end() == 0)
            try await broker.end()
        }
    }

    @Test func `a damaged database is never served`() async throws {
        try await Deployment.with { deployment in
            let file = URL(fileURLWithPath: deployment.data + "/telehealth.db")
            let sound = try Data(contentsOf: file)
            var scribbled = sound
            // Beyond the header: the pages of the tables.
            for index in stride(from: 4_096, to: scribbled.count, by: 512) {
                scribbled[index] ^= 0xFF
            }
            let foreign = try await foreignDatabase()
            for damaged in [
                Data(), sound.prefix(100), sound.prefix(sound.count / 2), Data("garbage".utf8),
                Data(repeating: 0, count: 8_192), scribbled, foreign,
            ] {
                try damaged.write(to: file)
                try expect(try deployment.telehealth(["serve"]), says: "the database is damaged")
                try expect(try deployment.telehealth(["verify"]), says: "damaged")
                #expect(try Data(contentsOf: file) == damaged, "the evidence was changed")
            }
            try sound.write(to: file)
            #expect(try deployment.telehealth(["verify"]).code == 0)
        }
    }

    @Test func `a wrong table named in the configuration is one line with row and column`()
        async throws
    {
        try await Deployment.with { deployment in
            let header = "id,name,province,provinceName,ward,latitude,longitude,tier,stations,chain"
            let file = try deployment.file(
                "wrong.csv",
                """
                \(header)
                hn-0003,Một,01,Hà Nội,A,200,105,commune,1,
                hn-0004,Hai,01,Hà Nội,B,21,105,village,1,hn-9999
                """
            )
            try expect(
                try deployment.telehealth(["serve", "--set", "sites.file=\(file)"]),
                says: "line 2, column latitude"
            )
            try expect(
                try deployment.telehealth(["serve", "--set", "sites.file=/nowhere.csv"]),
                says: "cannot read sites.file /nowhere.csv"
            )
            try expect(
                try deployment.telehealth(["serve", "--set", "doctors.file=\(file)"]),
                says: "doctors.file"
            )
            try expect(
                try deployment.telehealth(["serve", "--set", "holidays.file=/nowhere.csv"]),
                says: "cannot read holidays.file /nowhere.csv"
            )
            let days = try deployment.file("days.csv", "date,name\n2027-02-30,Tết\n")
            for command in [["serve"], ["config", "check"]] {
                try expect(
                    try deployment.telehealth(command + ["--set", "holidays.file=\(days)"]),
                    says: "line 2, column date"
                )
            }
        }
    }

    @Test(arguments: [0, 16, 64, 128])
    func `a disk that is full at the start is said, and the start succeeds once there is room`(
        _ kibibytes: Int
    ) async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let data = deployment.folder + "/small"
            let command = [
                "serve", "--config", deployment.configuration, "--set", "data.directory=\(data)",
            ]
            // A limit on the size of files needs no rights and fails each write as a full disk does.
            let result = try run(
                "/usr/bin/prlimit",
                ["--fsize=\(kibibytes * 1_024)", Deployment.programs + "/telehealth"] + command
            )
            try expect(result, says: "")
            // What was left behind does not stand in the way.
            let (program, _) = try await deployment.startCoordinator(["data.directory=\(data)"])
            #expect(try await program.end() == 0)
            try await broker.end()
        }
    }

    @Test(.enabled(if: BadInputTests.mayMount), arguments: [12, 40, 120])
    func `a file system without space is said in one line`(_ kibibytes: Int) async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let data = deployment.folder + "/small"
            try FileManager.default.createDirectory(
                atPath: data,
                withIntermediateDirectories: false
            )
            let script = """
                mount -t tmpfs -o size=\(kibibytes)k none "$1" && shift && exec "$@"
                """
            let result = try run(
                "/usr/bin/unshare",
                [
                    "--map-root-user", "--mount", "sh", "-c", script, "sh", data,
                    Deployment.programs + "/telehealth", "serve", "--config",
                    deployment.configuration, "--set", "data.directory=\(data)",
                ]
            )
            try expect(result, says: "space")
            try await broker.end()
        }
    }

    @Test func `a data directory that cannot be made or written is said`() async throws {
        try await Deployment.with { deployment in
            for directory in ["/proc/telehealth", deployment.configuration] {
                let result = try deployment.telehealth([
                    "serve", "--set", "data.directory=\(directory)/x",
                ])
                try expect(result, says: "data.directory")
            }
        }
    }

    // MARK: What is expected

    private static let mayMount: Bool = {
        let result = try? run(
            "/usr/bin/unshare",
            ["--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
        )
        return result?.code == 0
    }()

    private func telehealth(
        _ arguments: [String]
    ) throws -> (
        code: Int32, output: String, error: String
    ) {
        try run(Deployment.programs + "/telehealth", arguments)
    }

    private func expect(
        _ result: (code: Int32, output: String, error: String),
        says words: String,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(result.code == 1, "\(result.error)", sourceLocation: location)
        #expect(result.output == "", sourceLocation: location)
        #expect(isOneLine(result.error), "\(result.error)", sourceLocation: location)
        #expect(
            words.isEmpty || result.error.contains(words),
            "'\(words)' is not in: \(result.error)",
            sourceLocation: location
        )
    }

    /// One line of the program itself, not of the runtime or a log.
    private func isOneLine(_ text: String) -> Bool {
        text.hasPrefix("telehealth: ") && text.hasSuffix("\n")
            && text.count { $0 == "\n" } == 1 && text.count > 30
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "telehealth-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// A sound SQLite database that is not ours: the broker of another product, say.
    private func foreignDatabase() async throws -> Data {
        var data = Data()
        try await withFolder { folder in
            let store = try SQLiteStore(directory: folder)
            await store.close()
            data = try Data(contentsOf: URL(fileURLWithPath: folder + "/telehealth.db"))
        }
        // The application id, bytes 68 to 71 of the header.
        data.replaceSubrange(68..<72, with: [0, 0, 0, 1])
        return data
    }
}
