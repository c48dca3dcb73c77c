public import EventLoop
import MQTT

/// Recorded stays, played over real MQTT through the devices of a population.
public struct Replay: Sendable {
    private let stays: [RecordedStay]
    private let population: Population
    private let speed: Double
    private let drain: Duration
    private let clock: any WallClock

    /// A replay; the population needs a device for each stay, further ones rest.
    public init(
        _ stays: [RecordedStay],
        on population: Population,
        speed: Double,
        drain: Duration,
        clock: any WallClock
    ) throws(SimulationError) {
        guard stays.count <= population.devices.count else {
            throw SimulationError(
                "\(stays.count) stays need as many devices, the population has"
                    + " \(population.devices.count); choose fewer with --stays"
            )
        }
        self.stays = stays
        self.population = population
        self.speed = speed
        self.drain = drain
        self.clock = clock
    }

    /// Plays every stay to its end, or until `stopped` returns, drains, and reports.
    public func run(
        stopped: @escaping @Sendable () async -> Void,
        every interval: Duration?,
        progress: @escaping @Sendable (SimulationReport) -> Void
    ) async throws(SimulationError) -> SimulationReport {
        let loop = MQTTLoop(name: "sim-mqtt")
        loop.start()
        let fleet = Fleet(on: loop, clock: clock)
        let started = SimulationReport(command: "replay", seed: 0, startedAt: clock.now())
        do {
            try await fleet.add(stays, on: population, speed: speed)
        } catch {
            await loop.stop()
            throw error
        }
        let play = FleetRun(fleet: fleet, clock: clock)
        let failure = await withTaskGroup(of: Void.self) { group -> SimulationError? in
            group.addTask {
                await play.watch(every: interval) { figures in
                    progress(started.with(figures, at: clock.now()))
                }
            }
            defer { group.cancelAll() }
            do throws(SimulationError) { try await fleet.connect() } catch { return error }
            await play.first(of: stopped, { await play.until { await fleet.isFinished } })
            await fleet.rest()
            await play.until(within: drain) { await fleet.isCovered }
            return nil
        }
        let report = started.with(await fleet.report(), at: clock.now())
        await fleet.disconnect()
        await loop.stop()
        if let failure { throw failure }
        return report
    }
}
