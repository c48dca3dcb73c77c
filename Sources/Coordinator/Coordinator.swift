import CareLoop
import Clinical
import Console
import Crypto
public import EventLoop
import Foundation
import Gateway
import MQTT
import Scheduler
import Signalling
import Store
import Vocabulary
import WebServer

/// The three services in one process: gateway, scheduler and signalling, joined by the care loop.
///
/// `init` opens and checks everything that can be wrong; `run` serves until `stop`, which drains
/// in order: stop accepting → finish the batch → commit → acknowledge → close.
public struct Coordinator: Sendable {
    /// The address that browsers reach.
    public let publicURL: String
    private let services: Services
    private let server: WebServer
    private let webLoop: WebLoop
    private let clock: SteadyClock
    private let store: any Store
    private let alarmWork: AlarmWork
    private let receipts: RingReceipts
    private let teller: AlarmTeller
    private let certificates: CertificateWatch
    private let places: PlaceLedger
    private let alarmsEnded: Ending
    private let sessionsEnded: Ending
    private let careEnded: Ending

    /// Opens the store, reads the registry, rebuilds what was under way, and binds the port.
    ///
    /// Throws one error whose description is one line: what is wrong and what to do.
    public init(
        _ configuration: Configuration,
        version: String,
        log: Log,
        clock: SteadyClock
    ) async throws {
        let keys = try KeyRing(directory: configuration.dataDirectory)
        let store = try SQLiteStore(
            directory: configuration.dataDirectory,
            settings: configuration.storeSettings
        )
        do {
            try await Imports.refresh(configuration, store, log: log)
            self = try await Coordinator(
                configuration,
                version: version,
                log: log,
                clock: clock,
                keys: keys,
                store: store
            )
        } catch {
            await store.close()
            throw error
        }
    }

    private init(
        _ configuration: Configuration,
        version: String,
        log: Log,
        clock: SteadyClock,
        keys: KeyRing,
        store: any Store
    ) async throws {
        let directory = try await Directory(store: store)
        let holidays = try configuration.holidays()
        let accounts = try await Accounts(
            store: store,
            keys: keys,
            clock: clock,
            configuration: configuration
        )
        var gatewayConfiguration = configuration.gateway(sealing: keys.sealing)
        gatewayConfiguration.profiles = try DeviceProfiles(configuration).all
        let gateway = Gateway(
            configuration: gatewayConfiguration,
            store: store,
            clock: clock,
            seed: UInt64.random(in: .min ... .max),
            log: { log(.warning, "gateway", $0) }
        )
        let webLoop = WebLoop(name: "web")
        let server = WebServer(configuration.webServer, on: webLoop)
        let relay = TurnRelay(configuration.media)
        let switchboard = Switchboard(
            loop: webLoop,
            server: server,
            clock: clock,
            limits: configuration.exchange,
            relay: relay,
            hasConference: configuration.media.conference != nil
        )
        let conference = ConferenceDesk(
            configuration.media,
            switchboard: switchboard,
            loop: webLoop,
            clock: clock,
            log: log
        )
        let alarmWork = AlarmWork()
        let receipts = RingReceipts()
        let places = PlaceLedger(
            store: store,
            switchboard: switchboard,
            sealing: keys.sealing,
            clock: clock,
            log: log
        )
        webLoop.start()
        do {
            try await places.restore(
                PlaceRights(
                    accounts: accounts,
                    store: store,
                    places: RoomPlaces(directory: directory)
                )
            )
            try await gateway.start()
            // As the process before left them: what changes from now on is news.
            let open = try await store.alarms(AlarmFilter(open: true, limit: 1_000_000))
            teller = AlarmTeller(open: open)
            let announcer = Announcer(
                directory: directory,
                store: store,
                switchboard: switchboard,
                sealing: keys.sealing,
                clock: clock,
                alarmWork: alarmWork,
                receipts: receipts
            )
            let care = try await CareDesk(
                store: store,
                clock: clock,
                log: log,
                timers: webLoop.events,
                rebuild: {
                    try await Coordinator.careLoop(
                        configuration.careLoop,
                        configuration.goals,
                        store,
                        directory,
                        holidays,
                        switchboard,
                        clock
                    )
                },
                perform: { await announcer.perform($0) }
            )
            let port = try await server.start(webSockets: switchboard)
            let scheme = configuration.http.tls == nil ? "http" : "https"
            publicURL =
                configuration.http.publicURL ?? "\(scheme)://\(configuration.http.address):\(port)"
            let forecasts = ForecastDesk(store: store, directory: directory)
            services = Services(
                configuration: configuration,
                store: store,
                directory: directory,
                holidays: holidays,
                accounts: accounts,
                gateway: gateway,
                care: care,
                forecasts: forecasts,
                equity: EquityDesk(forecasts: forecasts, directory: directory),
                devicePasswords: configuration.mqtt.devicePasswords.map {
                    DevicePasswords(file: $0, brokerPid: configuration.mqtt.brokerPid, log: log)
                },
                authorities: AuthorityFolder(
                    dataDirectory: configuration.dataDirectory,
                    keys: keys
                ),
                switchboard: switchboard,
                relay: relay,
                conference: conference,
                keys: keys,
                clock: clock,
                log: log,
                version: version,
                startedAt: clock.now(),
                publicURL: publicURL
            )
        } catch {
            await gateway.stop()
            await server.stop(within: .zero)
            await webLoop.stop()
            throw error
        }
        self.server = server
        self.webLoop = webLoop
        self.clock = clock
        self.store = store
        self.alarmWork = alarmWork
        self.receipts = receipts
        self.places = places
        alarmsEnded = Ending()
        sessionsEnded = Ending()
        careEnded = Ending()
        certificates = CertificateWatch(
            PendingCertificates(
                folder: services.authorities,
                directory: directory,
                store: store,
                gateway: gateway
            ),
            gateway: gateway,
            log: log,
            clock: { clock.now() }
        )
    }

    /// Returns when the broker is connected; throws `BrokerAbsent` when it is not in time.
    public func waitForBroker(atMost patience: Duration) async throws {
        let deadline = clock.now() + patience
        while await !services.gateway.isConnected {
            guard clock.now() < deadline else {
                let mqtt = services.configuration.mqtt
                let problem =
                    await services.gateway.connectionProblem
                    ?? "the broker does not answer; check that it runs and is reachable"
                throw BrokerAbsent(
                    description: "mqtt.host \(mqtt.host), mqtt.port \(mqtt.port): \(problem)"
                )
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Serves until `stop` is called.
    public func run() async {
        await certificates.look()
        keepTime()
        watchCertificates()
        watchPlaces()
        let site = WebSite(router: Router(services: services), publicURL: publicURL)
        let alarms = AlarmPump(services: services, teller: teller)
        let sessions = SessionPump(services: services)
        await withDiscardingTaskGroup { group in
            group.addTask(name: "gateway") { await services.gateway.run() }
            group.addTask(name: "alarms and vitals") {
                var pump = alarms
                await pump.run()
                alarmsEnded.reached()
            }
            group.addTask(name: "care") {
                await services.care.run()
                careEnded.reached()
            }
            group.addTask(name: "places") { await places.run() }
            group.addTask(name: "alarm work") { await alarmWork.run(services) }
            group.addTask(name: "ring receipts") { await receipts.run(services) }
            group.addTask(name: "certificates") { await certificates.run() }
            if let conference = services.conference {
                group.addTask(name: "conference") { await conference.run() }
            }
            group.addTask(name: "sessions") {
                await sessions.run()
                sessionsEnded.reached()
            }
            group.addTask(name: "web") { await server.run { await site.respond(to: $0) } }
        }
    }

    /// Pulls the clock towards the system's time every few seconds, until the loop ends.
    private func keepTime() {
        webLoop.events.schedule(after: .seconds(5)) {
            clock.discipline()
            keepTime()
        }
    }

    /// Asks every second whether certificates were issued or revoked, and whether the conference
    /// server has the rooms that are wanted, until the loop ends.
    private func watchCertificates() {
        webLoop.events.schedule(after: .seconds(1)) {
            certificates.tick()
            services.conference?.tick()
            watchCertificates()
        }
    }

    /// Signs of life of the places, until the loop ends.
    private func watchPlaces() {
        webLoop.events.schedule(after: PlaceLedger.look) {
            services.switchboard.lookAtPlaces()
            watchPlaces()
        }
    }

    /// Drains and ends `run`, which must be under way; returns when everything is closed.
    ///
    /// The places are handed on last, when nothing more is told: what the gateway and the care
    /// loop still say goes into the rings.
    public func stop() async {
        await certificates.stop()
        await services.conference?.stop()
        let address = services.webSocketURL
        await services.switchboard.turn { $0.drain(address: address, at: $1, into: &$2) }
        await server.stop(within: .seconds(5))
        await services.gateway.stop()
        await alarmsEnded.wait()
        await services.switchboard.stop()
        await sessionsEnded.wait()
        await services.care.stop()
        await careEnded.wait()
        await places.close()
        alarmWork.stop()
        receipts.stop()
        await webLoop.stop()
        await store.close()
    }

    /// Reads again what can change without a restart: device profiles, accounts and the registry.
    public func reload() async throws {
        let profiles = try DeviceProfiles(services.configuration)
        await services.gateway.setProfiles(profiles.all)
        try await services.accounts.reload()
        try await services.directory.load()
        await dismissDisabled()
        certificates.tick()
    }

    /// Whose account was disabled has no socket and no place any more.
    private func dismissDisabled() async {
        var disabled: Set<UserID> = []
        for user in await services.switchboard.read({ $0.principals })
        where await services.accounts.principal(of: user) == nil {
            disabled.insert(user)
        }
        guard !disabled.isEmpty else { return }
        let users = disabled
        await services.switchboard.turn { $0.dismiss(users, at: $1, into: &$2) }
    }

    /// The care loop as the store knows it, and what is due at once.
    private static func careLoop(
        _ policy: LoopPolicy,
        _ goals: GoalWeights,
        _ store: any Store,
        _ directory: Directory,
        _ holidays: HolidayCalendar,
        _ switchboard: Switchboard,
        _ clock: any WallClock
    ) async throws -> (CareLoop, [CareEffect]) {
        var loop = CareLoop(
            seed: UInt64.random(in: .min ... .max),
            sites: await directory.allSites(),
            doctors: await directory.doctors(specialty: nil, site: nil, after: nil, limit: .max),
            interpreters: await directory.interpreters(speaking: nil, after: nil, limit: .max),
            policy: policy,
            weights: goals,
            holidays: holidays
        )
        let now = clock.now()
        let alarms = try await store.alarms(AlarmFilter(open: true, limit: 1_000_000))
        let states = RequestState.allCases.filter { !$0.isFinal }
        var requests = try await store.requests(RequestFilter(states: states, limit: 1_000_000))
        let known = Set(requests.map(\.id))
        for id in alarms.compactMap(\.request) where !known.contains(id) {
            if let request = try await store.request(id) { requests.append(request) }
        }
        // A consult whose outcome is still missing is live however long ago it was.
        let recent = try await store.bookings(
            BookingFilter(from: now - .hours(24), limit: 1_000_000)
        )
        let live = try await store.bookings(BookingFilter(live: true, limit: 1_000_000))
        let bookings = recent.filter { !$0.state.isLive } + live
        let missed = try await store.bookings(
            BookingFilter(from: now - policy.missMemory, state: .noShow, limit: 1_000_000)
        )
        for booking in missed {
            // Of a doctor who did not come the request knows.
            guard let request = try await store.request(booking.request),
                !request.unansweredBy.contains(booking.doctor)
            else { continue }
            loop.missSeen(of: booking)
        }
        for consult in recent where consult.state == .fulfilled {
            if let request = try await store.request(consult.request) {
                loop.waitSeen(of: request, until: consult.start)
            }
        }
        let sessions = try await store.openSessions()
        var patients: [Patient] = []
        for id in Set(alarms.map(\.patient)) {
            if let patient = await directory.patient(id) { patients.append(patient) }
        }
        var effects = loop.restore(
            requests: requests,
            bookings: bookings,
            sessions: sessions,
            alarms: alarms,
            patients: patients,
            at: now
        )
        let rooms = await switchboard.read { $0.rooms }
        effects += loop.roomsSeen(rooms, at: now)
        effects += loop.doctorsSeen(await switchboard.read { $0.doctorsHere }, at: now)
        // A commit whose answer was lost may have ended a consult without closing its room.
        for room in rooms where loop.session(room.session) == nil {
            guard let session = try await store.session(room.session), session.state.isFinal else {
                continue
            }
            effects.append(.closeSession(session, why: "the consult is over"))
        }
        return (loop, effects)
    }
}

extension Configuration {
    /// The gateway's own configuration.
    fileprivate func gateway(sealing: SealingKey) -> GatewayConfiguration {
        var gateway = GatewayConfiguration(broker: broker)
        gateway.policy = alarms
        gateway.partitions = mqtt.partitions
        gateway.memoryFile = dataDirectory + "/broker.json"
        gateway.commandText = { command in
            guard case .showMessage(let sealed) = command.order else { return nil }
            return try? sealing.open(sealed, for: command.id.rawValue)
        }
        return gateway
    }

    /// The broker as the gateway wants it.
    fileprivate var broker: MQTTConfiguration {
        var broker = MQTTConfiguration(
            host: mqtt.host,
            port: mqtt.port,
            clientID: mqtt.clientID
        )
        broker.username = mqtt.user
        broker.password = mqtt.password
        broker.security = mqtt.certificateAuthority.map { authority in
            MQTTSecurity(authority: authority, certificate: mqtt.certificate, key: mqtt.key)
        }
        return broker
    }

    /// The signalling's own limits: eight of ten connections may have a place, one of ten may have
    /// said nothing yet, and the rest is for the API.
    fileprivate var exchange: ExchangeLimits {
        var limits = ExchangeLimits()
        limits.sockets = http.connections * 8 / 10
        limits.strangers = max(1, http.connections / 10)
        return limits
    }

    /// The web server's own configuration.
    fileprivate var webServer: WebServerConfiguration {
        var server = WebServerConfiguration()
        server.address = http.address
        server.port = http.port
        server.tls = http.tls.map { TLSFiles(certificate: $0.certificate, key: $0.key) }
        server.origins = http.origins.isEmpty ? http.publicURL.map { [$0] } ?? [] : http.origins
        server.bodyBytes = http.bodyBytes
        server.connections = http.connections
        // The signalling machine counts those that have not said hello, by address.
        server.unauthenticatedSocketsPerAddress = http.connections
        return server
    }
}

/// The broker did not answer in time; ends `serve` with exit code 1.
public struct BrokerAbsent: Error, CustomStringConvertible {
    /// What is wrong and what to do.
    public let description: String
}
