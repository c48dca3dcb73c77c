import Clinical
import Gateway
import Scheduler
import Simulation
import Store
import Vocabulary

/// One recorded stay played through the gateway's machine in virtual time, at its real lateness.
struct ReplayedStay: Sendable {
    /// What a physiological alarm was raised for, and when.
    struct Page: Hashable, Sendable {
        let cause: AlarmCause
        let priority: AlarmPriority
        let raisedAt: Instant
    }

    /// A value that no living patient shows, and what became of it.
    struct Dirt: Sendable {
        let sign: Sign
        let magnitude: Magnitude
        /// The machine marked it as never to be scored.
        let isInvalid: Bool
        /// Something of its reading was worth storing.
        let isStored: Bool
        let flags: ReadingFlags
        /// The codes under which the payload was quarantined.
        let codes: [QuarantineCode]
    }

    private(set) var pages: [Page] = []
    private(set) var dirt: [Dirt] = []
    private(set) var readings = 0
    /// Readings that were quarantined and not stored: nothing of them was plausible.
    private(set) var refused = 0
    private(set) var backfilled = 0
    private(set) var quarantined: [QuarantineCode: Int] = [:]
    /// Readings older than 15 minutes at receipt that raised or changed a physiological alarm.
    private(set) var backfillChanges = 0
    private var known: Set<AlarmID> = []

    private static let start = Instant(seconds: 1_763_600_000)
    static let topic = Array("telehealth/v1/01/site/device/vitals".utf8)

    /// Plays the stay; `cleaned` leaves out what no living patient shows.
    init(_ stay: RecordedStay, periodSeconds: Int, cleaned: Bool) {
        var machine = ReplayedStay.machine(periodSeconds: periodSeconds)
        var sequence: Int64 = 0
        for entry in stay.entries.flatMap(ReplayedStay.apart) {
            let now = ReplayedStay.instant(entry.enteredMinute)
            var measurement = Measurement(
                entry.values,
                at: ReplayedStay.instant(entry.measuredMinute)
            )
            let dirty = Sign.allCases.filter { sign in
                measurement[sign].map { ReplayedStay.isDirty(sign, $0) } ?? false
            }
            let values = measurement
            if cleaned { for sign in dirty { measurement[sign] = nil } }
            machine.advance(to: now)
            note(machine.takeTurn())
            guard !measurement.reading.signs.isEmpty else { continue }
            sequence += 1
            let payload = NativePayload.single(
                measurement,
                boot: "b",
                sequence: sequence,
                sent: now
            )
            machine.receive(
                topic: ReplayedStay.topic.span,
                contentType: [UInt8]().span,
                payload: payload.span,
                at: now
            )
            let turn = machine.takeTurn()
            for missing in turn.missing { machine.restore(missing, []) }
            let outcome = IngestOutcome(stored: turn.batch.readings.count, duplicates: 0)
            _ = machine.committed(turn, outcome, at: now)
            note(turn)
            readings += turn.batch.readings.count
            if turn.batch.readings.isEmpty { refused += 1 }
            for payload in turn.batch.quarantined { quarantined[payload.code, default: 0] += 1 }
            for sign in dirty where !cleaned {
                note(sign, values, turn)
            }
            let isBackfill = turn.batch.readings.contains { $0.flags.contains(.backfill) }
            if isBackfill {
                backfilled += 1
                backfillChanges += turn.batch.alarms.count { $0.cause.kind == .physiological }
            }
        }
    }

    /// Cuff and arterial line as two messages, so that neither hides the other's dirt.
    private static func apart(_ entry: RecordedEntry) -> [RecordedEntry] {
        let cuff = entry.values.filter { $0.name.hasPrefix("NBP") }
        let others = entry.values.filter { !$0.name.hasPrefix("NBP") }
        return [others, cuff].filter { !$0.isEmpty }.map { values in
            RecordedEntry(
                measuredMinute: entry.measuredMinute,
                enteredMinute: entry.enteredMinute,
                values: values
            )
        }
    }

    private mutating func note(_ turn: IngestTurn) {
        for alarm in turn.batch.alarms
        where alarm.cause.kind == .physiological && known.insert(alarm.id).inserted {
            pages.append(
                Page(cause: alarm.cause, priority: alarm.priority, raisedAt: alarm.raisedAt)
            )
        }
    }

    private mutating func note(_ sign: Sign, _ values: Measurement, _ turn: IngestTurn) {
        guard let magnitude = values[sign] else { return }
        let stored = turn.batch.readings.first
        dirt.append(
            Dirt(
                sign: sign,
                magnitude: magnitude,
                isInvalid: stored.map { $0.scorable(sign) == nil } ?? true,
                isStored: stored != nil,
                flags: stored?.flags ?? [],
                codes: turn.batch.quarantined.map(\.code)
            )
        )
    }

    /// The table of `Docs/protocol.md`, written out here so that the program's own is not asked.
    static func isDirty(_ sign: Sign, _ magnitude: Magnitude) -> Bool {
        let value = magnitude.value
        switch sign {
        case .heartRate, .pulseRate: return !(20...300).contains(value)
        case .oxygenSaturation: return !(30...100).contains(value)
        case .respiratoryRate: return value == 0 || !(0...120).contains(value)
        case .systolicPressure: return !(30...300).contains(value)
        case .diastolicPressure: return !(10...200).contains(value)
        case .meanPressure: return !(10...300).contains(value)
        case .temperature: return !(25...45).contains(value)
        case .oxygenFlow: return !(0...100).contains(value)
        case .glucose, .weight, .endTidalCO2, .consciousness, .supplementalOxygen, .pain, .height:
            return false
        }
    }

    static func instant(_ minute: Double) -> Instant {
        start + .milliseconds(Int64(minute * 60_000))
    }

    /// Everything that was measured, in the order of measuring.
    static func measurements(_ stay: RecordedStay) -> [Measurement] {
        stay.entries.flatMap(apart)
            .map { Measurement($0.values, at: instant($0.measuredMinute)) }
            .filter { !$0.reading.signs.isEmpty }
            .sorted { $0.at < $1.at }
    }

    private static let site = Site(
        id: SiteID(trusted: "site"),
        name: "site",
        province: ProvinceID(trusted: "01"),
        provinceName: "",
        ward: "",
        latitude: 21,
        longitude: 105,
        tier: .commune,
        stations: 1,
        chain: []
    )

    private static let patient = Patient(
        id: PatientID(trusted: "patient"),
        number: 1,
        site: site.id,
        birthYear: 1950,
        sex: .female
    )

    private static let binding = DeviceBinding(
        device: DeviceID(trusted: "device"),
        patient: patient.id,
        from: start - .hours(10_000)
    )

    private static func device(_ periodSeconds: Int) -> Device {
        Device(
            id: DeviceID(trusted: "device"),
            number: 1,
            site: site.id,
            periodSeconds: periodSeconds
        )
    }

    /// One patient with one device, as a store takes them.
    static func registry(periodSeconds: Int) -> [Change] {
        [.site(site), .patient(patient), .device(device(periodSeconds)), .binding(binding)]
    }

    /// A machine that knows the same.
    static func machine(periodSeconds: Int) -> IngestMachine {
        var machine = IngestMachine(seed: 1)
        machine.register(site)
        machine.register(patient)
        machine.register(device(periodSeconds), at: start)
        machine.bind(binding, at: start)
        return machine
    }
}
