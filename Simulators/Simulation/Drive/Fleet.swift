public import EventLoop
public import MQTT
public import Vocabulary

/// All devices of a simulation on one MQTT loop: one connection a device, as in life.
///
/// Pinned to the loop's thread, so that the library's callbacks enter it without a hop. One timer
/// looks every few milliseconds for the devices that have something to do.
public actor Fleet {
    private struct Member {
        var device: any FleetDevice
        let client: MQTTClient
        let prefix: String
        var isConnected = false
        /// The latest covered readings: event time, and when each was sent first.
        var sent: [(at: Instant, sentAt: Instant)] = []
    }

    /// How many covered readings a device remembers the sending of.
    private static let memory = 64
    private static let tick = Duration.milliseconds(10)
    /// How many devices connect at a time, so that the broker's listen queue does not overflow.
    private static let connectingAtOnce = 64

    private let loop: MQTTLoop
    private let clock: any WallClock
    private var members: [Member] = []
    private var due: [Instant?] = []
    private var byPatient: [PatientID: [Int]] = [:]
    private var figures = FleetFigures()
    private var receipts = Samples()
    private var timer: LoopTimer?
    private var connected = 0

    /// The MQTT loop's thread is the executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.eventLoop.asUnownedSerialExecutor()
    }

    /// A fleet without devices on a loop that is started and stopped by its owner.
    public init(on loop: MQTTLoop, clock: any WallClock) {
        self.loop = loop
        self.clock = clock
    }

    /// Adds the population's devices, each with a simulated patient; all that is drawn comes from
    /// the seed.
    public func add(_ population: Population, options: NationOptions) throws(SimulationError) {
        var random = SeededRandom(seed: options.seed)
        var deteriorations = 0
        let drawn = options.mix.draw(population.devices.count, using: &random)
        for (account, drawn) in zip(population.devices, drawn) {
            var scenario = account.scenario ?? drawn
            if scenario.isDeterioration {
                deteriorations += 1
                if deteriorations > options.deteriorationLimit ?? .max { scenario = .stable }
            }
            let period = Duration.seconds(max(0.1, account.periodSeconds ?? 5))
            let offset = Int64.random(in: 0...period.wholeMilliseconds, using: &random)
            let start = clock.now() + .milliseconds(offset)
            let patient = PatientModel(
                scenario: scenario,
                seed: random.next(),
                start: start,
                hasten: options.hasten,
                relapses: true
            )
            let device = SimulatedDevice(patient: patient, boot: boot, period: period, start: start)
            try add(device, as: account, broker: population.mqtt)
        }
    }

    /// Adds the first devices of the population, each of which plays one of the recorded stays.
    public func add(
        _ stays: [RecordedStay],
        on population: Population,
        speed: Double
    ) throws(SimulationError) {
        let start = clock.now() + .seconds(1)
        for (stay, account) in zip(stays, population.devices) {
            let device = PlayedDevice(stay, boot: boot, start: start, speed: speed)
            try add(device, as: account, broker: population.mqtt)
        }
    }

    /// Unlike any earlier run of the same device: its numbers start again from 1.
    private var boot: String { String(clock.now().milliseconds, radix: 36) }

    private func add(
        _ device: some FleetDevice,
        as account: Population.DeviceAccount,
        broker: Population.Broker
    ) throws(SimulationError) {
        let index = members.count
        let prefix = "telehealth/v1/\(account.province)/\(account.site)/\(account.id)/"
        var configuration = MQTTConfiguration(
            host: broker.host,
            port: broker.port,
            clientID: account.id.rawValue
        )
        configuration.username = account.username
        configuration.password = account.password
        configuration.subscriptions = ["receipt", "rejected", "commands"].map {
            MQTTSubscription(prefix + $0)
        }
        configuration.will = MQTTMessage(
            topic: prefix + DeviceTopic.status.rawValue,
            payload: NativePayload.status(isOnline: false),
            retain: true
        )
        do throws(MQTTError) {
            let client = try MQTTClient(
                configuration,
                on: loop,
                received: { [weak self] batch in
                    self?.assumeIsolated { $0.received(batch, by: index) }
                },
                changed: { [weak self] state in
                    self?.assumeIsolated { $0.changed(state, of: index) }
                }
            )
            members.append(Member(device: device, client: client, prefix: prefix))
        } catch {
            throw SimulationError("cannot make the client of device \(account.id): \(error)")
        }
        due.append(device.nextDue)
        byPatient[account.patient, default: []].append(index)
        figures.connections.count = members.count
    }

    /// Connects the devices, a few at a time; returns when all have been told to.
    ///
    /// Throws when none is connected after `patience`: the broker is absent or refuses.
    public func connect(within patience: Duration = .seconds(15)) async throws(SimulationError) {
        guard !members.isEmpty else { return }
        if timer == nil { arm() }
        for count in members.indices {
            begin(count)
            while count >= Fleet.connectingAtOnce + connected, !Task.isCancelled,
                figures.connections.disconnects == 0, figures.errors.mqtt == 0
            {
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
        let deadline = clock.now() + patience
        while connected == 0, !Task.isCancelled {
            guard clock.now() < deadline else {
                let reason = figures.errors.samples.last.map { " (\($0))" } ?? ""
                throw SimulationError(
                    "no device could connect to the broker\(reason); is it running there?"
                )
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private func begin(_ index: Int) {
        members[index].client.assumeIsolated { $0.connect() }
    }

    /// Measures no more; what is kept is still sent until receipts cover it.
    public func rest() {
        for index in members.indices {
            members[index].device.rest()
            due[index] = members[index].device.nextDue
        }
    }

    /// Whether no device will measure anything more.
    public var isFinished: Bool { members.allSatisfy(\.device.isFinished) }

    /// Whether receipts cover everything that was sent.
    public var isCovered: Bool {
        members.allSatisfy { $0.device.spool.entries.allSatisfy { $0.firstSentAt == nil } }
    }

    /// Says that every device goes offline, and closes the connections.
    public func disconnect() {
        if let timer { loop.eventLoop.cancel(timer) }
        timer = nil
        for member in members {
            member.client.assumeIsolated { client in
                if member.isConnected {
                    client.send(
                        MQTTMessage(
                            topic: member.prefix + DeviceTopic.status.rawValue,
                            payload: NativePayload.status(isOnline: false),
                            retain: true
                        )
                    )
                }
                client.disconnect()
            }
        }
    }

    /// When the reading of a patient with this event time was sent first; nil when unknown.
    public func published(_ patient: PatientID, at instant: Instant) -> Instant? {
        for index in byPatient[patient] ?? [] {
            let member = members[index]
            if let entry = member.device.spool.entries.first(where: {
                $0.measurement.at == instant
            }) {
                return entry.firstSentAt
            }
            if let sent = member.sent.first(where: { $0.at == instant }) { return sent.sentAt }
        }
        return nil
    }

    /// A consult ended with a treatment of the patient.
    public func treat(_ patient: PatientID) {
        for index in byPatient[patient] ?? [] { members[index].device.treat(at: clock.now()) }
    }

    /// What the fleet has done so far.
    public func report() -> FleetFigures {
        var figures = figures
        let sum = members.reduce(into: DeviceFigures()) { $0 = $0 + $1.device.figures }
        figures.readings.published = sum.published
        figures.readings.messages = sum.messages
        figures.readings.acknowledged = sum.covered
        figures.readings.unacknowledged = sum.published - sum.covered
        figures.readings.resent = sum.resent
        figures.readings.receipts = sum.receipts
        figures.connections.connected = connected
        figures.receipts = receipts.summary
        return figures
    }

    // MARK: On the loop

    private func arm() {
        timer = loop.eventLoop.schedule(after: Fleet.tick) { [weak self] in
            self?.assumeIsolated { fleet in
                fleet.advance()
                if fleet.timer != nil { fleet.arm() }
            }
        }
    }

    private func advance() {
        let now = clock.now()
        for index in due.indices {
            guard let instant = due[index], instant <= now else { continue }
            perform(members[index].device.advance(to: now), of: index)
        }
    }

    private func changed(_ state: MQTTState, of index: Int) {
        switch state {
        case .connected:
            members[index].isConnected = true
            connected += 1
            figures.connections.connects += 1
            perform(members[index].device.connected(at: clock.now()), of: index)
        case .waiting(let error):
            note(error)
            lost(index)
        case .idle, .connecting: lost(index)
        }
    }

    private func lost(_ index: Int) {
        guard members[index].isConnected else { return }
        members[index].isConnected = false
        connected -= 1
        figures.connections.disconnects += 1
        members[index].device.disconnected()
        due[index] = members[index].device.nextDue
    }

    private func received(_ batch: MQTTBatch, by index: Int) {
        for (number, entry) in batch.entries.enumerated() {
            let topic = batch.topicText(number)
            if topic.hasSuffix("/receipt") {
                let payload = batch.bytes.span.extracting(entry.payload)
                if let receipt = Receipt(payload) { take(receipt, by: index) }
            } else if topic.hasSuffix("/commands") {
                obey(batch, entry, by: index)
            } else if topic.hasSuffix("/rejected") {
                figures.readings.rejected += 1
            }
        }
    }

    /// Answers go where the command says, with its correlation data.
    private func obey(_ batch: MQTTBatch, _ entry: MQTTBatch.Entry, by index: Int) {
        guard let command = ReceivedCommand(batch.bytes.span.extracting(entry.payload)) else {
            return
        }
        let effects = members[index].device.obey(command, at: clock.now())
        perform(effects, of: index, correlation: Array(batch.bytes[entry.correlation]))
    }

    private func take(_ receipt: Receipt, by index: Int) {
        let now = clock.now()
        for entry in members[index].device.receive(receipt) {
            guard let sentAt = entry.firstSentAt else { continue }
            receipts.add(Int((now - sentAt).wholeMilliseconds))
            members[index].sent.append((entry.measurement.at, sentAt))
        }
        let surplus = members[index].sent.count - Fleet.memory
        if surplus > 0 { members[index].sent.removeFirst(surplus) }
        due[index] = members[index].device.nextDue
    }

    private func perform(
        _ effects: [DeviceEffect],
        of index: Int,
        correlation: [UInt8] = []
    ) {
        let client = members[index].client
        for effect in effects {
            switch effect {
            case .publish(let topic, let payload):
                var message = MQTTMessage(
                    topic: members[index].prefix + topic.rawValue,
                    payload: payload,
                    retain: topic == .status,
                    contentType: "application/json"
                )
                if topic == .responses { message.correlation = correlation }
                client.assumeIsolated { $0.send(message) }
            case .vanish: client.assumeIsolated { $0.vanish() }
            case .connect: client.assumeIsolated { $0.connect() }
            }
        }
        due[index] = members[index].device.nextDue
    }

    private func note(_ error: MQTTError?) {
        guard let error else { return }
        figures.errors.mqtt += 1
        if figures.errors.samples.count < SimulationReport.Errors.sampleLimit {
            figures.errors.samples.append("broker: \(error)")
        }
    }
}
