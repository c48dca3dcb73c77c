public import Vocabulary

/// What a device wants done, in order.
public enum DeviceEffect: Sendable, Equatable {
    /// Publish the payload on the device's own topic of that name.
    case publish(DeviceTopic, [UInt8])
    /// Lose power: close the socket without a word, so that the broker sends the Will.
    case vanish
    /// Come back: connect again.
    case connect
}

/// A device's own topics, below `telehealth/v1/{province}/{site}/{device}/`.
public enum DeviceTopic: String, Sendable {
    /// Readings.
    case vitals
    /// Online or offline, retained.
    case status
    /// A button, a probe, a battery.
    case events
    /// Answers to commands.
    case responses
}

/// One simulated monitor with its patient: measures, keeps, sends, and sends again.
public struct SimulatedDevice: FleetDevice {
    private enum Power {
        /// Measures; `isLinked` while the broker's connection stands.
        case on(isLinked: Bool)
        /// Flat until the recharge.
        case flat(until: Instant)
        /// Measures no more, but still sends what is not covered.
        case resting(isLinked: Bool)
    }

    /// What the device has done so far.
    public private(set) var figures = DeviceFigures()
    /// The readings that no receipt covers yet.
    public private(set) var spool: Spool
    /// The patient it measures.
    public private(set) var patient: PatientModel
    private var period: Duration
    /// The last commands that were obeyed, with what was answered: a second copy changes nothing.
    private var obeyed: [(id: String, answer: [UInt8])] = []
    /// What the display shows, if anything.
    public private(set) var message: String?
    private let recharge: Duration
    private var power = Power.on(isLinked: false)
    private var nextMeasurement: Instant
    private var boots = 1
    private var hasToldProbe = false
    private var hasToldBattery = false
    private var isRecharged = false

    /// A device that measures every `period`, first at `start`; powered on but not connected yet.
    public init(
        patient: PatientModel,
        boot: String,
        period: Duration,
        start: Instant,
        recharge: Duration = .seconds(12)
    ) {
        self.patient = patient
        self.period = period
        self.recharge = recharge
        spool = Spool(boot: boot)
        nextMeasurement = start
    }

    /// Whether it has been told to rest.
    public var isFinished: Bool {
        if case .resting = power { true } else { false }
    }

    /// When `advance` has something to do; nil when nothing will happen by itself.
    public var nextDue: Instant? {
        switch power {
        case .on(isLinked: false): nextMeasurement
        case .on(isLinked: true): min(nextMeasurement, spool.overdueAt ?? nextMeasurement)
        case .flat(let until): until
        case .resting(isLinked: true): spool.overdueAt
        case .resting(isLinked: false): nil
        }
    }

    /// The broker answered: says that it is online and sends everything that is not covered.
    public mutating func connected(at instant: Instant) -> [DeviceEffect] {
        switch power {
        case .on: power = .on(isLinked: true)
        case .resting: power = .resting(isLinked: true)
        case .flat: return []
        }
        let status = DeviceEffect.publish(.status, NativePayload.status(isOnline: true))
        return [status] + backlog(spool.sendAll(at: instant), at: instant)
    }

    /// The connection broke: measures on, and keeps.
    public mutating func disconnected() {
        switch power {
        case .on: power = .on(isLinked: false)
        case .resting: power = .resting(isLinked: false)
        case .flat: break
        }
    }

    /// A receipt arrived; returns the readings that it covers for the first time.
    public mutating func receive(_ receipt: Receipt) -> [SpoolEntry] {
        let covered = spool.cover(receipt)
        figures.receipts += 1
        figures.covered += covered.count
        return covered
    }

    /// A command arrived: does what it says, once, and answers.
    public mutating func obey(
        _ command: ReceivedCommand,
        at instant: Instant
    ) -> [DeviceEffect] {
        if let known = obeyed.first(where: { $0.id == command.id }) {
            return [.publish(.responses, known.answer)]
        }
        let (effects, answer) = carryOut(command, at: instant)
        obeyed.append((command.id, answer))
        if obeyed.count > 32 { obeyed.removeFirst() }
        return effects + [.publish(.responses, answer)]
    }

    private mutating func carryOut(
        _ command: ReceivedCommand,
        at instant: Instant
    ) -> (effects: [DeviceEffect], answer: [UInt8]) {
        guard case .on = power else {
            return ([], command.answer("failed", detail: "the device rests"))
        }
        switch command.order {
        case .setInterval(let seconds)?:
            period = .seconds(max(1, seconds))
            nextMeasurement = min(nextMeasurement, instant + period)
            return ([], command.answer("done"))
        case .measure?:
            let accepted = DeviceEffect.publish(.responses, command.answer("accepted"))
            return ([accepted] + measure(at: instant, now: instant), command.answer("done"))
        case .showMessage(let text)?:
            message = text
            return ([], command.answer("done"))
        case nil: return ([], command.answer("failed", detail: "the device does not know this"))
        }
    }

    /// Someone treats the patient: a deterioration turns back.
    public mutating func treat(at instant: Instant) {
        patient.treat(at: instant)
    }

    /// Stops measuring for good; what is kept is still sent until it is covered.
    public mutating func rest() {
        switch power {
        case .on(let isLinked): power = .resting(isLinked: isLinked)
        case .flat: power = .resting(isLinked: false)
        case .resting: break
        }
    }

    /// Does what is due by now.
    public mutating func advance(to instant: Instant) -> [DeviceEffect] {
        var effects: [DeviceEffect] = []
        if case .flat(let until) = power {
            guard until <= instant else { return [] }
            wake(at: instant)
            return [.connect]
        }
        if case .on = power {
            while nextMeasurement <= instant {
                let at = nextMeasurement
                nextMeasurement = at + period
                if !isRecharged, patient.battery(at: at) == 0 {
                    power = .flat(until: instant + recharge)
                    return effects + [.vanish]
                }
                effects += measure(at: at, now: instant)
            }
        }
        if isLinked { effects += backlog(spool.sendOverdue(at: instant), at: instant) }
        return effects
    }

    private var isLinked: Bool {
        switch power {
        case .on(let isLinked), .resting(let isLinked): isLinked
        case .flat: false
        }
    }

    /// Measures once; sends at once when there is a connection.
    private mutating func measure(at instant: Instant, now: Instant) -> [DeviceEffect] {
        var measurement = patient.measure(at: instant)
        if isRecharged { measurement.battery = 100 }
        spool.keep(measurement)
        figures.measured += 1
        var effects = isLinked ? events(at: instant) : []
        if isLinked, let entry = spool.sendNewest(at: now) {
            figures.published += 1
            figures.messages += 1
            let payload = NativePayload.single(
                entry.measurement,
                boot: entry.boot,
                sequence: entry.sequence,
                sent: now
            )
            effects.append(.publish(.vitals, payload))
        }
        return effects
    }

    /// The events that the moment brings, each told once.
    private mutating func events(at instant: Instant) -> [DeviceEffect] {
        var effects: [DeviceEffect] = []
        if !hasToldProbe, patient.isProbeOff(at: instant) {
            hasToldProbe = true
            effects.append(.publish(.events, NativePayload.event("sensorOff", at: instant)))
        }
        if !hasToldBattery, !isRecharged, patient.battery(at: instant) < 15 {
            hasToldBattery = true
            effects.append(.publish(.events, NativePayload.event("lowBattery", at: instant)))
        }
        return effects
    }

    /// The charger is in: a new boot, with the spool as it was.
    private mutating func wake(at instant: Instant) {
        boots += 1
        isRecharged = true
        spool.restart(boot: "\(spool.boot)-\(boots)")
        power = .on(isLinked: false)
        nextMeasurement = instant + period
    }

    private mutating func backlog(_ entries: [SpoolEntry], at instant: Instant) -> [DeviceEffect] {
        figures.note(backlog: entries)
        return NativePayload.backlogs(entries, sent: instant).map { .publish(.vitals, $0) }
    }
}
