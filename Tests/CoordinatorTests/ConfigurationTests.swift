import CareLoop
import Clinical
import Coordinator
import Foundation
import Scheduler
import Testing
import Vocabulary

@Suite final class ConfigurationTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("telehealth-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ text: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("\(UUID().uuidString).json5")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    private func failure(
        file: String? = nil,
        environment: [String: String] = [:],
        settings: [String] = []
    ) throws -> String {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(file: file, environment: environment, settings: settings)
        }
        return try #require(error).description
    }

    @Test func `without any source every key has its default`() throws {
        let configuration = try Configuration(file: nil, environment: [:])
        #expect(configuration.http.port == 8080)
        #expect(configuration.mqtt.port == 1883)
        #expect(configuration.dataDirectory == "telehealth-data")
    }

    @Test func `the command line wins over the environment, the environment over the file`() throws
    {
        let file = try write("{ http: { port: 1001, address: '127.0.0.2' }, // comment\n }")
        let environment = ["TELEHEALTH_HTTP_PORT": "1002"]
        #expect(try Configuration(file: file, environment: [:]).http.port == 1001)
        #expect(try Configuration(file: file, environment: environment).http.port == 1002)
        let all = try Configuration(
            file: file,
            environment: environment,
            settings: ["http.port=1003"]
        )
        #expect(all.http.port == 1003)
        #expect(all.http.address == "127.0.0.2")
    }

    @Test func `chains of alarms are read, for all sites and for single ones`() throws {
        let standard = try Configuration(file: nil, environment: [:])
        #expect(standard.alarms == WardPolicy())
        let configuration = try Configuration(
            file: nil,
            environment: [:],
            settings: [
                "alarms.chain=nurse 60,onCallSpecialist 90",
                "alarms.siteChains=hn-0001: siteDoctor 30; nurse 45,hn-0002:nurse 5",
                "alarms.repeatSeconds=20", "alarms.incidentDevices=7",
            ]
        )
        let escalation = configuration.alarms.escalation
        #expect(
            escalation.chain == [
                EscalationStep(.nurse, waitSeconds: 60),
                EscalationStep(.onCallSpecialist, waitSeconds: 90),
            ]
        )
        #expect(
            escalation.sites[SiteID(trusted: "hn-0001")] == [
                EscalationStep(.siteDoctor, waitSeconds: 30),
                EscalationStep(.nurse, waitSeconds: 45),
            ]
        )
        #expect(escalation.sites.count == 2 && escalation.repeatSeconds == 20)
        #expect(configuration.alarms.incidentDevices == 7)
        let nobody = try Configuration(file: nil, environment: [:], settings: ["alarms.chain="])
        #expect(nobody.alarms.escalation.chain.isEmpty)
    }

    @Test func `ringing plans are read as they are written`() throws {
        let standard = try Configuration(file: nil, environment: [:]).careLoop
        #expect(standard.emergencyRinging == .standard)
        #expect(standard.urgentRinging == .oneByOne)
        let own = try Configuration(
            file: nil,
            environment: [:],
            settings: [
                "ringing.emergency=", "ringing.urgent=2 20 onCall,4 40 wide",
                "ringing.reachableSeconds=0",
            ]
        ).careLoop
        #expect(own.emergencyRinging == .oneByOne)
        let steps = [
            RingingStep(count: 2, waitSeconds: 20, width: .onCall),
            RingingStep(count: 4, waitSeconds: 40, width: .wide),
        ]
        #expect(own.urgentRinging.steps == steps)
        #expect(own.reachGrace == .zero)
    }

    @Test(arguments: [
        "ringing.emergency=3 30", "ringing.emergency=0 30 wide", "ringing.urgent=3 0 wide",
        "ringing.urgent=3 30 everybody", "ringing.emergency=3 30 wide,3 30 reachable",
        "ringing.reachableSeconds=3601",
    ])
    func `a plan that nobody can follow names its key`(_ setting: String) throws {
        let key = String(setting.prefix { $0 != "=" })
        #expect(try failure(settings: [setting]).contains(key))
    }

    @Test func `children are scored only where that is switched on, by a table of choice`() throws {
        #expect(try Configuration(file: nil, environment: [:]).alarms.pews == nil)
        let on = try Configuration(
            file: nil,
            environment: [:],
            settings: ["alarms.pews=bedside"]
        )
        #expect(on.alarms.pews == .bedside)
        var own = PewsTable.bedside
        own.high = 9
        let text = String(decoding: try JSONEncoder().encode(own), as: UTF8.self)
        let settings = ["alarms.pews=bedside", "alarms.pewsTable=\(try write(text))"]
        let other = try Configuration(file: nil, environment: [:], settings: settings)
        #expect(other.alarms.pews == own)
        let broken = ["alarms.pews=bedside", "alarms.pewsTable=\(try write("{}"))"]
        #expect(try failure(settings: broken).contains("alarms.pewsTable"))
    }

    @Test(arguments: [
        "alarms.chain=porter 60", "alarms.chain=nurse", "alarms.chain=nurse 0",
        "alarms.chain=nurse 86401", "alarms.siteChains=hn-0001", "alarms.siteChains=HN: nurse 5",
        "alarms.siteChains=hn-0001: porter 5", "alarms.repeatSeconds=9",
    ])
    func `a chain that nobody can follow names its key`(_ setting: String) throws {
        let key = String(setting.prefix { $0 != "=" })
        #expect(try failure(settings: [setting]).contains(key))
    }

    @Test func `a path in the file is relative to the file`() throws {
        let file = try write("{ sites: { file: 'sites.csv' } }")
        let folder = (file as NSString).deletingLastPathComponent
        #expect(try Configuration(file: file, environment: [:]).sitesFile == folder + "/sites.csv")
    }

    @Test func `an unknown key names the nearest known one`() throws {
        let file = try write("{ htpp: { port: 1 } }")
        #expect(try failure(file: file).contains("unknown key 'htpp'"))
        #expect(try failure(settings: ["http.prot=1"]).contains("did you mean 'http.port'?"))
    }

    @Test(arguments: [("-1", false), ("0", true), ("65535", true), ("65536", false), ("x", false)])
    func `a port is a number from 0 to 65535`(text: String, isGood: Bool) throws {
        if isGood {
            _ = try Configuration(file: nil, environment: [:], settings: ["http.port=\(text)"])
        } else {
            let message = try failure(settings: ["http.port=\(text)"])
            #expect(message.contains("whole number from 0 to 65535"))
        }
    }

    @Test func `a file that is missing or no JSON5 is one clear line`() throws {
        #expect(try failure(file: "/nowhere/x.json5").contains("cannot read the configuration"))
        let message = try failure(file: try write("{ http: { port: 80"))
        #expect(message.contains("is not JSON5"))
        #expect(!message.contains("\n"))
    }

    @Test func `a certificate without its key is refused`() throws {
        let message = try failure(settings: ["http.tls.certificate=/tmp/x.pem"])
        #expect(message == "http.tls.certificate is set, so http.tls.key must be too")
    }

    @Test func `a certificate for the broker needs its key and the broker's authority`() throws {
        let file = try write("PEM\n")
        let certificate = "mqtt.tls.certificate=\(file)"
        #expect(
            try failure(settings: [certificate])
                == "mqtt.tls.certificate is set, so mqtt.tls.key must be too"
        )
        #expect(
            try failure(settings: [certificate, "mqtt.tls.key=\(file)"])
                == "mqtt.tls.certificate is set, so mqtt.tls.ca must be too"
        )
        #expect(
            try failure(settings: ["mqtt.tls.ca=\(file).absent"]).contains("cannot read")
        )
        let configuration = try Configuration(
            file: nil,
            environment: [:],
            settings: [certificate, "mqtt.tls.key=\(file)", "mqtt.tls.ca=\(file)"]
        )
        #expect(configuration.mqtt.certificate == file && configuration.mqtt.key == file)
        #expect(configuration.mqtt.certificateAuthority == file)
    }

    @Test func `a secret comes from a file without its line end`() throws {
        let file = try write("secret\n")
        let configuration = try Configuration(
            file: nil,
            environment: [:],
            settings: ["mqtt.passwordFile=\(file)"]
        )
        #expect(configuration.mqtt.password == "secret")
        let both = ["mqtt.passwordFile=\(file)", "mqtt.password=x"]
        #expect(try failure(settings: both).contains("both set"))
    }

    @Test func `the shipped file holds every key and reads without error`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("Config/telehealth.json5")
        _ = try Configuration(file: file.path, environment: [:])
        let text = try String(contentsOf: file, encoding: .utf8)
        for key in ConfigurationKey.all {
            let member = key.name.split(separator: ".").last.map { "\($0):" } ?? ""
            #expect(text.contains(member), "\(key.name) is missing in Config/telehealth.json5")
            #expect(text.contains(key.help), "the help of \(key.name) differs from the table's")
        }
    }
}
