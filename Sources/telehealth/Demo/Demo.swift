import Arguments
import Clinical
import Coordinator
import Crypto
import EventLoop
import Foundation
import Gateway
import Glibc
import Scheduler
import Store
import Vocabulary
import WebServer

/// One run of the demonstration: a folder of its own, three processes, and their figures.
final class Demo: Sendable {
    private let plan: DemoPlan
    private let folder: String
    private let password: String
    private let population: DemoPopulation
    private let configuration: Configuration
    private let configurationFile: String
    private let brokerPort: Int

    /// Makes the folder, seeds the database and writes every process's configuration.
    init(_ plan: DemoPlan) async throws {
        self.plan = plan
        folder = try Demo.makeFolder()
        password = Base64.encodeURL(randomBytes(6))
        let sites = try SiteTable.read(try Demo.text(plan.sitesFile))
        let doctors = try RosterTable.read(try Demo.text(plan.doctorsFile), sites: sites)
        population = try DemoPopulation(
            sites: sites,
            doctors: doctors,
            siteCount: plan.sites,
            deviceCount: plan.devices,
            periodSeconds: plan.periodSeconds,
            passwordHash: try Scrypt.hash(password),
            year: CivilTime(systemTime()).year
        )
        guard let brokerPort = LoopbackPort.free() else {
            throw CommandFailure("no free port on 127.0.0.1")
        }
        self.brokerPort = brokerPort
        let httpPort = plan.port ?? (LoopbackPort.isFree(8080) ? 8080 : 0)
        configurationFile = folder + "/telehealth.json5"
        let brokerPassword = Base64.encodeURL(randomBytes(18))
        try """
        {
          data: { directory: "\(folder)/data" },
          http: { port: \(httpPort) },
          mqtt: {
            port: \(brokerPort),
            user: "coordinator",
            password: "\(brokerPassword)",
            devicePasswords: "\(folder)/broker/passwords",
            brokerPid: "\(folder)/broker/mosquitto.pid",
          },
          log: { level: "warning" },
        }
        """.write(toFile: configurationFile, atomically: true, encoding: .utf8)
        configuration = try Configuration(file: configurationFile, environment: [:])
        try writeBroker(password: brokerPassword)
        let store = try SQLiteStore(
            directory: configuration.dataDirectory,
            settings: configuration.storeSettings
        )
        try await store.apply(population.changes)
        await store.close()
    }

    /// Starts everything, shows figures, and ends everything in order.
    func run(until signals: Signals) async throws {
        let broker = try ChildProcess(
            "/usr/sbin/mosquitto",
            ["-c", folder + "/broker/mosquitto.conf"],
            log: folder + "/broker.log"
        )
        defer { kill(broker.id, SIGTERM) }
        try await waitForPort(brokerPort, of: broker)
        let coordinator = try ChildProcess(
            plan.program,
            ["serve", "--config", configurationFile],
            log: folder + "/coordinator.log"
        )
        guard let address = try await readyAddress(coordinator) else {
            await coordinator.end()
            await broker.end()
            throw coordinator.failure
        }
        let reportFile = folder + "/simulator.json"
        let populationFile = folder + "/population.json"
        try PopulationFile(
            population,
            brokerPort: brokerPort,
            http: address,
            simulatesShown: plan.simulatesShown
        ) { user in
            try issueToken(for: user, configuration, until: systemTime() + .hours(48))
        }.write(to: populationFile)
        let simulator = try ChildProcess(
            plan.simulator,
            [
                "nation", "--population", populationFile, "--report", reportFile,
                "--duration", String(plan.durationSeconds ?? 86_400), "--progress", "0",
            ],
            log: folder + "/simulator.log"
        )
        announce(address)
        let screen = LiveFigures(
            address: address,
            token: try issueToken(
                for: DemoPopulation.administrator,
                configuration,
                until: systemTime() + .hours(48)
            )
        )
        let peak = await screen.show(
            while: [broker, coordinator, simulator],
            coordinator: coordinator,
            until: signals
        )
        let stoppedAt = systemTime()
        writeLine("\nending: receipts and open consults get up to 20 s")
        await screen.close()
        if simulator.isRunning, kill(simulator.id, SIGTERM) != 0 { throw simulator.failure }
        let simulatorCode = await simulator.wait(within: .seconds(60))
        let figures = peak
        let coordinatorWasRunning = coordinator.isRunning
        let coordinatorCode = await coordinator.end()
        await broker.end()
        guard coordinatorWasRunning, coordinatorCode == 0 else { throw coordinator.failure }
        guard FileManager.default.fileExists(atPath: reportFile) else { throw simulator.failure }
        let report = try await DemoReport(
            simulator: reportFile,
            durationSeconds: plan.durationSeconds ?? 86_400,
            stoppedAt: stoppedAt,
            figures: figures,
            data: configuration.dataDirectory
        )
        for line in report.lines { writeLine(line) }
        if let file = plan.report { try report.write(to: file) }
        guard report.lost == 0 else {
            throw CommandFailure("\(report.lost) readings had a receipt but are not stored")
        }
        if simulatorCode != 0 { throw simulator.failure }
    }

    /// Removes the folder with everything in it.
    func clean() async {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func announce(_ address: String) {
        writeLine("console   \(address)")
        writeLine(
            "nurse     \(DemoPopulation.nurse)  password \(password)  (\(population.shownSite.name))"
        )
        writeLine(
            "doctor    \(DemoPopulation.doctor)  password \(password)  (\(population.shownDoctor.name))"
        )
        writeLine("admin     \(DemoPopulation.administrator)  password \(password)")
        writeLine(
            "\(population.sites.count) sites, \(population.doctors.count) doctors,"
                + " \(population.wearers.count) devices; Ctrl-C ends it"
        )
        if plan.opensBrowser {
            let browser = Process()
            browser.executableURL = URL(fileURLWithPath: "/usr/bin/xdg-open")
            browser.arguments = [address]
            if (try? browser.run()) == nil { writeLine("no browser could be opened") }
        }
    }

    private func writeBroker(password: String) throws {
        var broker = BrokerConfiguration(directory: folder + "/broker", port: brokerPort)
        // Mosquitto gives its rights up when root starts it, and could not read this folder then.
        if getuid() == 0 { broker.user = "root" }
        broker.passwordLines = [try MosquittoPassword.line(name: "coordinator", password: password)]
        broker.passwordLines += try population.wearers.map {
            try MosquittoPassword.line(name: $0.device.id.rawValue, password: $0.password)
        }
        try broker.write()
    }

    private func readyAddress(_ coordinator: ChildProcess) async throws -> String? {
        struct Ready: Decodable {
            let http: String
        }
        for await line in coordinator.lines {
            if let ready = try? JSONDecoder().decode(Ready.self, from: Data(line.utf8)) {
                return ready.http
            }
        }
        return nil
    }

    private func waitForPort(_ port: Int, of broker: ChildProcess) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while LoopbackPort.isFree(port) {
            guard broker.isRunning, ContinuousClock.now < deadline else { throw broker.failure }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func makeFolder() throws -> String {
        let root = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let folder = "\(root)/telehealth-demo-\(Hexadecimal.encode(randomBytes(6)))"
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure("cannot create \(folder); check free space, or set TMPDIR")
        }
        return folder
    }

    private static func text(_ file: String) throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw CommandFailure("cannot read \(file)")
        }
        return text
    }
}
