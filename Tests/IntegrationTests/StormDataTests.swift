import CareLoop
import Clinical
import Gateway
import Scheduler
import Simulation
import Store
import TestKit
import Testing
import Vocabulary

/// Fault 22: every recorded stay at once, sixty times as fast, through one gateway's machine.
@Suite(.serialized) struct StormDataTests {
    @Test func `all recorded stays at sixty times their speed overflow nothing and lose nobody`()
        async throws
    {
        let stays = try RecordedData.charted() + [RecordedData.numerics()]
        var storm = try await Storm(stays)
        try await storm.run()
        let figures = storm.figures
        #expect(figures.readings > 20_000 && figures.raised > 400, "\(figures)")
        // One open alarm a patient and cause, however often its values change.
        #expect(figures.mostOpen <= stays.count * Storm.causes)
        // Of an alarm that changes often within one commit the newest record is written.
        #expect(figures.repeatedInOneTurn == 0)
        #expect(figures.mostInOneTurn <= stays.count * Storm.causes)
        // The feed holds one record an alarm, though nobody takes from it for a minute.
        #expect(figures.mostWaiting <= figures.mostOpen + figures.mostClosedWhileWaiting)
        // One request a patient and specialty: a storm of alarms is no storm of consults.
        #expect(figures.mostRequests <= stays.count * 2)
        #expect(figures.requests > 100)
        #expect(figures.forgotten == [], "an alarm that wants somebody was offered to nobody")
        #expect(figures.toldTwice == [])
    }
}

/// The recorded stays as one ward full of monitors.
struct Storm {
    struct Figures {
        var readings = 0
        var raised = 0
        var mostOpen = 0
        var mostInOneTurn = 0
        var repeatedInOneTurn = 0
        var mostWaiting = 0
        var mostClosedWhileWaiting = 0
        var requests = 0
        var mostRequests = 0
        var forgotten: [AlarmID] = []
        var toldTwice: [String] = []
    }

    /// Causes that one patient's alarms can have: NEWS2, the button, three of the equipment, and
    /// both limits of seven signs.
    static let causes = 5 + 2 * 7

    private(set) var figures = Figures()
    private let store = MemoryStore()
    private var machine = IngestMachine(seed: 1)
    private var care: CareLoop
    private var teller = AlarmTeller(open: [])
    private var told: Set<String> = []
    private var seen: Set<AlarmID> = []
    /// What the gateway's feed would hold for a follower that is busy: the newest of each alarm.
    private var waiting: [AlarmID: Alarm] = [:]
    private var requests: Set<RequestID> = []
    private let messages: [(at: Instant, topic: [UInt8], payload: [UInt8])]

    private static let start = Instant(seconds: 1_763_600_000)
    private static let speed = 60.0

    init(_ stays: [RecordedStay]) async throws {
        let site = Site(
            id: SiteID(trusted: "site"),
            name: "site",
            province: ProvinceID(trusted: "01"),
            provinceName: "",
            ward: "",
            latitude: 21,
            longitude: 105,
            tier: .commune,
            stations: 4,
            chain: []
        )
        let doctors = (1...4).map {
            Doctor(
                id: DoctorID(trusted: "doctor-\($0)"),
                name: "",
                hospital: site.id,
                specialties: [.emergency],
                languages: [.vietnamese],
                presence: .onCall
            )
        }
        care = CareLoop(seed: 1, sites: [site], doctors: doctors)
        machine.register(site)
        var changes: [Change] = [.site(site)]
        var messages: [(at: Instant, topic: [UInt8], payload: [UInt8])] = []
        for (index, stay) in stays.enumerated() {
            let number = PatientNumber(index + 1)
            let patient = Patient(
                id: PatientID(trusted: "p-\(number)"),
                number: number,
                site: site.id,
                birthYear: 1950,
                sex: .female
            )
            let device = Device(
                id: DeviceID(trusted: "d-\(number)"),
                number: number,
                site: site.id,
                periodSeconds: 60
            )
            let binding = DeviceBinding(
                device: device.id,
                patient: patient.id,
                from: Storm.start - .hours(24)
            )
            machine.register(patient)
            machine.register(device, at: Storm.start)
            machine.bind(binding, at: Storm.start)
            changes += [.patient(patient), .device(device), .binding(binding)]
            messages += Storm.messages(stay, device.id)
        }
        self.messages = messages.sorted { $0.at < $1.at }
        try await store.apply(changes)
    }

    /// The stay's values as its device would send them, a minute a second.
    private static func messages(
        _ stay: RecordedStay,
        _ device: DeviceID
    ) -> [(at: Instant, topic: [UInt8], payload: [UInt8])] {
        let topic = Array("telehealth/v1/01/site/\(device)/vitals".utf8)
        var sequence: Int64 = 0
        return ReplayedStay.measurements(stay).compactMap { measurement in
            sequence += 1
            let minutes = measurement.at - ReplayedStay.instant(stay.firstMinute)
            let at = start + .milliseconds(Int(Double(minutes.wholeMilliseconds) / speed))
            var hastened = Measurement(at: at)
            hastened.reading.questionable = measurement.reading.questionable
            for sign in Sign.allCases { hastened[sign] = measurement[sign] }
            let payload = NativePayload.single(hastened, boot: "b", sequence: sequence, sent: at)
            return (at, topic, payload)
        }
    }

    mutating func run() async throws {
        var next = 0
        var now = Storm.start
        var isBusyUntil = Storm.start
        while next < messages.count {
            now = now + .milliseconds(200)
            machine.advance(to: now)
            while next < messages.count, messages[next].at <= now {
                let (topic, type, payload) = (
                    messages[next].topic, [UInt8](), messages[next].payload
                )
                machine.receive(
                    topic: topic.span,
                    contentType: type.span,
                    payload: payload.span,
                    at: now
                )
                next += 1
            }
            try await commit(at: now)
            // The follower looks up once a minute.
            guard now >= isBusyUntil else { continue }
            isBusyUntil = now + .minutes(1)
            follow(at: now)
        }
        now = now + .minutes(1)
        machine.advance(to: now)
        try await commit(at: now)
        follow(at: now)
        figures.forgotten = machine.ward.openAlarms().filter { alarm in
            alarm.wantsSomebody && alarm.priority == .high && alarm.offers == nil
        }.map(\.id)
        figures.requests = requests.count
    }

    private mutating func commit(at now: Instant) async throws {
        guard machine.hasTurn else { return }
        let turn = machine.takeTurn()
        for missing in turn.missing { machine.restore(missing, []) }
        let nothing = IngestOutcome(stored: 0, duplicates: 0)
        let outcome = turn.batch.isEmpty ? nothing : try await store.commit(turn.batch)
        _ = machine.committed(turn, outcome, at: now)
        figures.readings += outcome.stored
        let alarms = turn.batch.alarms
        figures.repeatedInOneTurn += alarms.count - Set(alarms.map(\.id)).count
        figures.mostInOneTurn = max(figures.mostInOneTurn, alarms.count)
        for alarm in alarms {
            waiting[alarm.id] = alarm
            if seen.insert(alarm.id).inserted { figures.raised += 1 }
        }
        figures.mostWaiting = max(figures.mostWaiting, waiting.count)
        figures.mostClosedWhileWaiting = max(
            figures.mostClosedWhileWaiting,
            waiting.values.count { $0.closedAt != nil }
        )
        figures.mostOpen = max(figures.mostOpen, machine.ward.openAlarms().count)
    }

    /// The care desk and the screens take what waits; a nurse acknowledges what is told.
    private mutating func follow(at now: Instant) {
        var effects: [CareEffect] = []
        for alarm in waiting.values.sorted(by: { $0.id < $1.id }) {
            effects += care.alarmChanged(alarm, patient: nil, at: now)
            for telling in teller.changed(alarm) {
                let step = "\(alarm.id) \(telling.news) \(telling.number)"
                if telling.number > 0, !told.insert(step).inserted {
                    figures.toldTwice.append(step)
                }
            }
        }
        waiting = [:]
        effects += care.advance(to: now)
        for effect in effects {
            switch effect {
            case .offerAlarm(let alarm, let number, let doctors):
                machine.choose(doctors, forOffer: number, of: alarm, at: now)
            case .attachRequest(let request, let alarm):
                machine.attach(request, to: alarm, at: now)
            case .consultEnded(let request, let alarm):
                machine.consultEnded(request, of: alarm, at: now)
            case .store, .tell, .openSession, .closeSession, .audit: break
            }
        }
        requests.formUnion(care.openRequests.map(\.id))
        figures.mostRequests = max(figures.mostRequests, care.openRequests.count)
    }
}
