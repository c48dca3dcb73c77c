import EventLoop
import Foundation
import Glibc
import Testing
import Vocabulary
import WebServer

/// A deployment as an administrator sets it up: a real broker, the real program, its own folder.
///
/// Everything goes through the command line, the API, MQTT and the socket, as it does for users.
final class Deployment: Sendable {
    static let password = "correct horse"

    let folder: String
    let brokerPort: Int
    let loop = WebLoop(name: "test")
    let client: WebClient

    private init(folder: String, brokerPort: Int) {
        self.folder = folder
        self.brokerPort = brokerPort
        loop.start()
        client = WebClient(on: loop)
    }

    /// Runs `body` in a deployment with two sites, a doctor, a patient and a device.
    static func with(_ body: (Deployment) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "telehealth-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        let deployment = Deployment(folder: folder, brokerPort: try #require(LoopbackPort.free()))
        do {
            try deployment.setUp()
            try await body(deployment)
        } catch {
            await deployment.tearDown()
            throw error
        }
        await deployment.tearDown()
    }

    private func tearDown() async {
        await client.stop()
        await loop.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Programs

    /// The folder of the built executables.
    static let programs: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = (own as NSString).deletingLastPathComponent
        if FileManager.default.isExecutableFile(atPath: beside + "/telehealth") { return beside }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return root.appendingPathComponent(".build/debug").path
    }()

    /// Runs a command of the program to its end.
    @discardableResult
    func telehealth(
        _ arguments: [String],
        input: String = ""
    ) throws -> (
        code: Int32, output: String, error: String
    ) {
        try run(
            Deployment.programs + "/telehealth",
            arguments
                + (Deployment.takesConfiguration(arguments) ? ["--config", configuration] : []),
            input: input
        )
    }

    private static func takesConfiguration(_ arguments: [String]) -> Bool {
        !arguments.contains("--config")
            && !["score", "decode", "openapi", "schema", "version", "demo"].contains(
                arguments.first ?? ""
            )
    }

    /// Starts the broker; the caller ends it.
    func startBroker() async throws -> RunningProgram {
        let broker = try RunningProgram(
            "/usr/sbin/mosquitto",
            ["-c", folder + "/mosquitto.conf"],
            errors: folder + "/broker.log"
        )
        try await eventually("the broker listens") { !LoopbackPort.isFree(self.brokerPort) }
        return broker
    }

    /// Starts the coordinator and returns it with its address once it is ready.
    func startCoordinator(_ settings: [String] = []) async throws -> (RunningProgram, String) {
        let program = try RunningProgram(
            Deployment.programs + "/telehealth",
            ["serve", "--config", configuration] + settings.flatMap { ["--set", $0] },
            errors: folder + "/coordinator.log"
        )
        struct Ready: Decodable {
            let ready: Bool
            let http: String
            let mqtt: String
        }
        let line = try #require(
            await program.firstLine(),
            "the coordinator ended: \(program.errorText)"
        )
        let ready = try JSONDecoder().decode(Ready.self, from: Data(line.utf8))
        #expect(ready.ready && ready.mqtt == "connected")
        return (program, ready.http)
    }

    // MARK: Contents

    var configuration: String { folder + "/telehealth.json5" }
    static let site = "hn-0001"
    static let hospital = "hn-0002"
    static let doctor = "bs-1"
    static let patient = "p-1"
    static let device = "m-1"
    static let topic = "telehealth/v1/01/hn-0001/m-1"

    private func setUp() throws {
        try write("mosquitto.conf", brokerConfiguration)
        try write(
            "telehealth.json5",
            """
            { data: { directory: "data" }, http: { port: 0, requestsPerMinute: 100000 },
              mqtt: { port: \(brokerPort) }, log: { level: "info" } }
            """
        )
        try write(
            "sites.csv",
            """
            id,name,province,provinceName,ward,latitude,longitude,tier,stations,chain
            hn-0001,Trạm y tế Đông Anh,01,Hà Nội,Đông Anh,21.14,105.85,commune,2,hn-0002
            hn-0002,Bệnh viện Bạch Mai,01,Hà Nội,Kim Liên,21.0,105.84,central,4,
            """
        )
        try write(
            "doctors.csv",
            """
            id,name,hospital,specialties,languages,licensedProvinces,weekly,onCall,bufferMinutes
            bs-1,Nguyễn Văn An,hn-0002,emergency;internalMedicine;cardiology;respiratory,vi,,,,0
            """
        )
        try write(
            "patients.csv",
            """
            id,site,birthYear,sex,spo2Scale,scalePrescriber,languages
            p-1,hn-0001,1960,female,1,,vi
            """
        )
        try write(
            "devices.csv",
            """
            device,site,profile,patient,boundFrom
            m-1,hn-0001,native,p-1,2020-01-01T00:00:00Z
            """
        )
        for table in ["sites", "doctors", "patients"] {
            try expectSuccess([table, "import", folder + "/\(table).csv"])
        }
        try expectSuccess(["device", "import", folder + "/devices.csv"])
        let accounts = [
            ["admin", "--role", "administrator"],
            ["nurse", "--role", "clinic", "--site", "hn-0001"],
            ["other-nurse", "--role", "clinic", "--site", "hn-0002"],
            ["doctor", "--role", "doctor", "--doctor", "bs-1"], ["auditor", "--role", "auditor"],
            ["observer", "--role", "observer"],
        ]
        for account in accounts {
            try expectSuccess(
                ["user", "add"] + account + ["--password-stdin"],
                input: Deployment.password + "\n"
            )
        }
    }

    private var brokerConfiguration: String {
        let user = getuid() == 0 ? "user root\n" : ""
        return """
            \(user)listener \(brokerPort) 127.0.0.1
            allow_anonymous true
            persistence true
            persistence_location \(folder)/
            autosave_interval 1
            autosave_on_changes true
            max_queued_messages 0
            max_inflight_messages 1000
            """
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    private func expectSuccess(_ arguments: [String], input: String = "") throws {
        let result = try telehealth(arguments, input: input)
        try #require(result.code == 0, "\(arguments.joined(separator: " ")): \(result.error)")
    }

    // MARK: The API

    /// Signs in and returns a caller of the API.
    func signIn(_ user: String, at address: String) async throws -> Caller {
        struct Login: Decodable {
            let token: String
        }
        let answer = try await Caller(client: client, address: address, token: nil)
            .call(.post, "/login", ["user": user, "password": Deployment.password])
        #expect(answer.status == 200)
        let login = try JSONDecoder().decode(Login.self, from: Data(answer.body))
        return Caller(client: client, address: address, token: login.token)
    }
}

/// Somebody who is signed in at the API.
struct Caller: Sendable {
    let client: WebClient
    let address: String
    let token: String?

    /// Makes a call below `/api/v1`.
    func call(
        _ method: HTTPMethod,
        _ path: String,
        _ body: [String: any Sendable]? = nil,
        headers: [String: String] = [:]
    ) async throws -> HTTPResponse {
        var all = HTTPHeaders()
        if let token { all["authorization"] = "Bearer \(token)" }
        for (name, value) in headers { all[name] = value }
        var bytes: [UInt8] = []
        if let body {
            all["content-type"] = "application/json"
            bytes = Array(try JSONSerialization.data(withJSONObject: body, options: .sortedKeys))
        }
        return try await client.request(
            method,
            address + "/api/v1" + path,
            headers: all,
            body: bytes
        )
    }

    /// Makes a call with a text as its body: a calendar unless another type is named.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        _ text: String,
        as type: String = "text/calendar"
    ) async throws -> HTTPResponse {
        var headers = HTTPHeaders()
        if let token { headers["authorization"] = "Bearer \(token)" }
        headers["content-type"] = "\(type); charset=utf-8"
        return try await client.request(
            method,
            address + "/api/v1" + path,
            headers: headers,
            body: Array(text.utf8)
        )
    }

    /// Makes a call and reads the answer's object.
    func object(
        _ method: HTTPMethod,
        _ path: String,
        _ body: [String: any Sendable]? = nil,
        expecting status: Int = 200
    ) async throws -> JSONObject {
        let answer = try await call(method, path, body)
        #expect(answer.status == status, "\(path): \(String(decoding: answer.body, as: UTF8.self))")
        return try JSONObject(answer.body)
    }
}
