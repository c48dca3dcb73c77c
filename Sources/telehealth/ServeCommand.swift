import Arguments
import Coordinator
import EventLoop
import Glibc

/// What the process does not die of at once.
let handledSignals = [SIGTERM, SIGINT, SIGHUP]

/// The options that every command with a configuration takes.
let configurationOptions: [Option] = [
    .option("--config", "FILE", "the configuration, JSON5; every key is documented in it"),
    .option("--set", "KEY=VALUE", "override one key; may stand more than once", repeatable: true),
]

extension ParsedArguments {
    /// The configuration that the options name.
    func configuration() throws -> Configuration {
        try Configuration(file: value("--config"), settings: all("--set"))
    }
}

let serveCommand = Command(
    "serve",
    "Run the coordinator: gateway, scheduler, signalling, API and console.",
    options: configurationOptions
) { arguments in
    let configuration = try arguments.configuration()
    let clock = SteadyClock()
    let log = Log(level: configuration.logLevel, format: configuration.logFormat, clock: clock)
    let signals = Signals(handledSignals)
    let coordinator = try await Coordinator(
        configuration,
        version: telehealthVersion,
        log: log,
        clock: clock
    )
    try await serve(coordinator, configuration, log, signals)
    await signals.stop()
}

/// Serves until SIGTERM or SIGINT; SIGHUP reads again what can be reloaded.
private func serve(
    _ coordinator: Coordinator,
    _ configuration: Configuration,
    _ log: Log,
    _ signals: Signals
) async throws {
    try await withThrowingTaskGroup { group in
        group.addTask(name: "coordinator") { await coordinator.run() }
        do {
            try await coordinator.waitForBroker(atMost: .seconds(10))
        } catch {
            await coordinator.stop()
            throw error
        }
        writeLine(
            "{\"ready\":true,\"http\":\"\(coordinator.publicURL)\",\"mqtt\":\"connected\","
                + "\"version\":\"\(telehealthVersion)\"}"
        )
        for await signal in signals.stream {
            if signal == SIGHUP {
                do {
                    try await coordinator.reload()
                    log(.info, "serve", "profiles, accounts and registry were read again")
                } catch {
                    log(.error, "serve", "could not reload: \(error)")
                }
                continue
            }
            log(.info, "serve", "draining")
            break
        }
        await coordinator.stop()
        log(.info, "serve", "stopped")
    }
}
