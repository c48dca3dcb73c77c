import Arguments
import Coordinator
import EventLoop
import Foundation
import Glibc

let demoCommand = Command(
    "demo",
    "Run broker, coordinator and simulators together, with live figures, until Ctrl-C.",
    options: [
        .option("--duration", "S", "end after so many seconds; without it at Ctrl-C"),
        .option("--sites", "N", "telehealth sites, 2 to 1500; 1500 when absent"),
        .option("--devices", "N", "devices, 1 to 50000; 3000 when absent"),
        .option("--period", "S", "seconds between two readings of a device, 1 to 3600; 5"),
        .option("--port", "N", "the console's port; 8080, or a free one when that is taken"),
        .option("--report", "FILE", "write the final figures as JSON"),
        .option("--resources", "DIR", "where Config/ lies; found by itself in a checkout"),
        .flag("--everybody", "simulate the printed site and doctor too"),
        .flag("--open", "open the console in a browser"),
    ]
) { arguments in
    let plan = try DemoPlan(arguments)
    let signals = Signals(handledSignals)
    let demo = try await Demo(plan)
    do {
        try await demo.run(until: signals)
    } catch {
        await demo.clean()
        throw error
    }
    await demo.clean()
    await signals.stop()
}

/// What the options of the demo ask for.
struct DemoPlan: Sendable {
    let durationSeconds: Int?
    let sites: Int
    let devices: Int
    let periodSeconds: Int
    let port: Int?
    let report: String?
    let sitesFile: String
    let doctorsFile: String
    let simulator: String
    let program: String
    let simulatesShown: Bool
    let opensBrowser: Bool

    init(_ arguments: ParsedArguments) throws {
        durationSeconds = try arguments.integer("--duration", in: 1...86_400)
        sites = try arguments.integer("--sites", in: 2...1_500) ?? 1_500
        devices = try arguments.integer("--devices", in: 1...50_000) ?? 3_000
        periodSeconds = try arguments.integer("--period", in: 1...3_600) ?? 5
        port = try arguments.integer("--port", in: 0...65_535)
        report = arguments.value("--report")
        simulatesShown = arguments.has("--everybody")
        opensBrowser = arguments.has("--open")
        program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = (program as NSString).deletingLastPathComponent
        simulator = folder + "/telehealth-sim"
        let config = try DemoPlan.configFolder(arguments.value("--resources"), near: folder)
        sitesFile = config + "/sites/sites.csv"
        doctorsFile = config + "/sites/doctors.csv"
    }

    /// `Config` in the given folder, the working directory, or a folder above the program.
    private static func configFolder(_ given: String?, near program: String) throws -> String {
        var candidates = given.map { [$0 + "/Config", $0] } ?? ["Config"]
        if given == nil {
            var folder = program
            while folder != "/", !folder.isEmpty {
                folder = (folder as NSString).deletingLastPathComponent
                candidates.append(folder + "/Config")
            }
            candidates.append("/usr/share/telehealth/Config")
        }
        let found = candidates.first {
            FileManager.default.isReadableFile(atPath: $0 + "/sites/sites.csv")
        }
        guard let found else {
            throw CommandFailure("cannot find Config/sites/sites.csv; name its folder: --resources")
        }
        return found
    }
}
