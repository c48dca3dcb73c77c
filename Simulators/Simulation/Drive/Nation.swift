public import EventLoop
import MQTT
import WebServer

/// The simulated nation: devices over MQTT, clinics and doctors over the API, in one process.
public struct Nation: Sendable {
    /// Which parts take part.
    public enum Part: String, Sendable, CaseIterable {
        /// Devices.
        case fleet
        /// Clinics.
        case clinics
        /// Doctors.
        case doctors
    }

    private let population: Population
    private let parts: Set<Part>
    private let options: NationOptions
    private let clock: any WallClock
    private let command: String

    /// A nation of the parts of a population.
    public init(
        _ population: Population,
        parts: Set<Part> = Set(Part.allCases),
        options: NationOptions,
        clock: any WallClock,
        command: String = "nation"
    ) {
        self.population = population
        self.parts = parts
        self.options = options
        self.clock = clock
        self.command = command
    }

    /// Runs for the options' duration or until `stopped` returns, drains, and reports.
    ///
    /// `progress` is called from time to time with the report so far. Throws `SimulationError`
    /// when nothing can begin; whether everything was covered in the end is in the report.
    public func run(
        stopped: @escaping @Sendable () async -> Void,
        progress: @escaping @Sendable (SimulationReport) -> Void
    ) async throws -> SimulationReport {
        guard population.http != nil || doctors.isEmpty && clinics.isEmpty else {
            throw SimulationError("the population has clinics or doctors but no 'http' address")
        }
        let mqtt = MQTTLoop(name: "sim-mqtt")
        let web = WebLoop(name: "sim-web")
        mqtt.start()
        web.start()
        let client = WebClient(on: web)
        let fleet = Fleet(on: mqtt, clock: clock)
        let started = SimulationReport(command: command, seed: options.seed, startedAt: clock.now())
        let journal = Journal(
            started,
            published: { patient, at in await fleet.published(patient, at: at) },
            treated: { patient in await fleet.treat(patient) }
        )
        let surroundings = Surroundings(
            api: APIClient(base: population.http ?? "", web: client),
            journal: journal,
            clock: clock,
            options: options
        )
        let failure = await live(fleet, surroundings, stopped: stopped, progress: progress)
        let report = await journal.report(at: clock.now(), fleet: await fleet.report())
        await fleet.disconnect()
        await client.stop()
        await web.stop()
        await mqtt.stop()
        if let failure { throw failure }
        return report
    }

    /// Everybody's life from the beginning to the end of the drain; returns why none could begin.
    private func live(
        _ fleet: Fleet,
        _ surroundings: Surroundings,
        stopped: @escaping @Sendable () async -> Void,
        progress: @escaping @Sendable (SimulationReport) -> Void
    ) async -> SimulationError? {
        let (run, journal) = (FleetRun(fleet: fleet, clock: clock), surroundings.journal)
        let failure = await withTaskGroup(of: Void.self) { group -> SimulationError? in
            defer { group.cancelAll() }
            for account in doctors {
                group.addTask { await Consultant.work(account, surroundings) }
            }
            for account in clinics { group.addTask { await Nurse.work(account, surroundings) } }
            group.addTask {
                await run.watch(every: options.progress) { figures in
                    progress(await journal.report(at: clock.now(), fleet: figures))
                }
            }
            // The people first: an alarm should find them where they are in life.
            await run.until(within: Nation.seating) { [people = doctors.count + clinics.count] in
                await journal.seated >= people
            }
            do throws(SimulationError) {
                if parts.contains(.fleet) { try await fleet.add(population, options: options) }
                try await fleet.connect()
            } catch {
                return error
            }
            let duration = options.duration ?? .seconds(Int64.max >> 8)
            await run.first(of: stopped, { try? await Task.sleep(for: duration) })
            await fleet.rest()
            await run.until(within: options.drain) {
                let isCovered = await fleet.isCovered
                return await journal.openRooms == 0 && isCovered
            }
            return nil
        }
        await withDiscardingTaskGroup { group in
            for account in doctors {
                group.addTask { await Consultant.goOff(account, surroundings) }
            }
        }
        return failure
    }

    /// How long the people may take to sit down before the devices begin anyway.
    private static let seating = Duration.seconds(30)

    private var doctors: [Population.DoctorAccount] {
        parts.contains(.doctors) ? population.doctors : []
    }

    private var clinics: [Population.ClinicAccount] {
        parts.contains(.clinics) ? population.clinics : []
    }
}
