import CareLoop
import Clinical
import Foundation
import Gateway
import Scheduler
import Signalling
import Simulation
import Store
import TestKit
import Vocabulary

/// The whole way from a bedside to a room in virtual time, everything drawn from one seed.
///
/// First the chaos: the network loses, doubles and reorders, devices lose their link, sockets die,
/// commits fail, and the process is killed between any two steps. Then the network is healed and
/// everything must come to what it was for.
struct World {
    /// Something that is to happen.
    enum Event {
        case link(Int, isUp: Bool)
        case answer(BookingID, doctor: Int)
        case join(BookingID, ParticipantRole)
        case conclude(BookingID)
        case beat(SocketID)
        case acknowledge(AlarmID)
        case kill
        case start
        case heal
    }

    /// A frame on its way over a socket.
    struct Frame: Sendable {
        let socket: SocketID
        let bytes: [UInt8]
        let isToServer: Bool
    }

    /// What a doctor is like.
    enum Manner: CaseIterable {
        case prompt, deaf, declining, absent
    }

    /// One end of a consult.
    struct Room {
        let booking: BookingID
        let session: SessionID
        let patient: PatientID
        let role: ParticipantRole
        var end: ConsultEnd
    }

    static let chaos = Duration.seconds(150)
    static let limit = Duration.minutes(60)

    let sabotage: Sabotage?
    let nation: Nation
    var random: SeededRandom
    var now = Nation.start
    var house: House?
    var memory = MemoryStore()
    var broker = VirtualBroker<House.Publication>(receiveMaximum: 100)
    var beds: [Bedside] = []
    var manners: [DoctorID: Manner] = [:]
    var fromDevices = VirtualNetwork<House.Publication>()
    var toDevices = VirtualNetwork<(device: Int, payload: [UInt8])>()
    var acknowledgements = VirtualNetwork<[UInt64]>()
    var frames = VirtualNetwork<Frame>(faults: NetworkFaults(delay: 2...2))
    var agenda = VirtualNetwork<Event>(faults: NetworkFaults(delay: 0...0))
    var isHealed = false

    var sockets: [SocketID: Room] = [:]
    var socketCount: UInt64 = 0
    var calls: [Int: Event] = [:]
    var callCount = 0
    var answered: Set<BookingID> = []
    var entered: Set<String> = []
    /// Who has met whom, by session.
    var met: [SessionID: Set<ParticipantRole>] = [:]
    var metPatients: Set<PatientID> = []
    /// Sessions whose two ends were connected at once, as the process saw it.
    var roomsMet: Set<SessionID> = []
    /// Bookings whose clinic has forgotten to come.
    var skipped: Set<BookingID> = []
    /// Bookings whose doctor came and went for good before anybody else was there.
    var leavers: Set<BookingID> = []
    var published: Set<String> = []
    var receipted: Set<String> = []
    var crashes = 0
    /// When the process lived, from its start until its end or now.
    var lives: [(from: Instant, until: Instant?)] = []
    /// Steps of alarms' chains that were told.
    var toldSteps: Set<String> = []

    var broken: [String] = []
    var log: [String] = []
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    init(seed: UInt64, sabotage: Sabotage? = nil) {
        self.sabotage = sabotage
        random = SeededRandom(seed: seed)
        let patients = Int.random(in: 2...3, using: &random)
        let ill = random.chance(0.5) ? patients + 1 : patients
        nation = Nation(doctors: ill + 2, patients: ill, periodSeconds: 10)
        for number in 1...patients {
            let scenarios: [Scenario] =
                number == 1 || random.chance(0.5)
                ? [.sepsis, .hypoxia, .bradyarrhythmia] : [.stable, .sensorOff, .flatBattery]
            beds.append(
                Bedside(
                    number: DeviceNumber(number),
                    scenario: scenarios.randomElement(using: &random) ?? .sepsis,
                    seed: random.next(),
                    start: Nation.start + .milliseconds(Int.random(in: 0..<5_000, using: &random)),
                    period: .seconds(6)
                )
            )
        }
        if ill > patients {
            beds.append(
                Bedside(recovered: DeviceNumber(ill), seed: random.next(), start: Nation.start)
            )
        }
        for (index, doctor) in nation.doctors.enumerated() {
            let others: [Manner] = [.deaf, .declining, .absent, .prompt]
            // As many who answer as there are patients, so that somebody always can.
            manners[doctor.id] =
                index < ill ? .prompt : others.randomElement(using: &random) ?? .deaf
        }
        let faults = NetworkFaults(
            loss: random.chance(0.5) ? 0.1 : 0,
            duplication: random.chance(0.5) ? 0.2 : 0,
            delay: 1...(random.chance(0.5) ? 20_000 : 300)
        )
        fromDevices.faults = faults
        toDevices.faults = faults
        acknowledgements.faults = NetworkFaults(delay: 1...50)
    }

    // MARK: Running

    mutating func run() async throws {
        try await memory.apply(nation.changes)
        schedule(.start, in: .zero)
        schedule(.heal, in: World.chaos)
        for index in beds.indices { schedule(.link(index, isUp: true), in: .milliseconds(500)) }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            schedule(.kill, in: .milliseconds(Int.random(in: 1...149_000, using: &random)))
        }
        let end = Nation.start + World.limit
        while now < end, broken.isEmpty {
            if isHealed, try await isDone() { break }
            try await turn()
        }
        guard broken.isEmpty else { return }
        if now >= end { broken.append("it never came to rest: \(await unfinished())") }
        try await checkEnd()
    }

    /// One step of the process, or whatever comes next in time.
    private mutating func turn() async throws {
        if let steps = house?.runnable(at: now), let step = steps.randomElement(using: &random) {
            // The process may end between any two steps.
            if !isHealed, random.chance(crashes < 12 ? 0.002 : 0) {
                note("killed before \(step)")
                return crash()
            }
            if !isHealed, random.chance(0.01) {
                house?.store.failNext(
                    random.chance(0.5) ? .refused(.diskFull) : .answerLost(.diskFull)
                )
            }
            try await house?.perform(step, seed: random.next(), at: now)
            try await drain()
            now = now + .milliseconds(Int.random(in: 0...4, using: &random))
            if random.chance(0.8) { return }
        } else {
            let dues = [
                fromDevices.nextDue, toDevices.nextDue, acknowledgements.nextDue, frames.nextDue,
                agenda.nextDue, house?.nextDue, beds.compactMap(\.device.nextDue).min(),
            ]
            now = max(now + .milliseconds(1), dues.compactMap(\.self).min() ?? now)
        }
        try await happen()
    }

    /// Everything that is due by now.
    private mutating func happen() async throws {
        for index in beds.indices {
            guard let due = beds[index].device.nextDue, due <= now else { continue }
            carryOut(beds[index].advance(to: now), of: index)
        }
        while let message = fromDevices.arrival(by: now) {
            if house == nil { broker.publish(message) } else { house?.broker.publish(message) }
        }
        while let numbers = acknowledgements.arrival(by: now) {
            try await checkAcknowledged(numbers)
            house?.broker.acknowledge(numbers)
        }
        while let (device, payload) = toDevices.arrival(by: now) {
            try await receive(payload, at: device)
        }
        house?.timePassed(at: now)
        checkChains()
        while let frame = frames.arrival(by: now) { take(frame) }
        while let event = agenda.arrival(by: now) { try await take(event) }
        try await drain()
    }

    mutating func schedule(_ event: Event, in span: Duration) {
        agenda.send(event, at: now + span, using: &random)
    }

    mutating func note(_ line: String) {
        log.append("\(now) \(line)")
        for byte in log[log.count - 1].utf8 {
            digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
    }

    // MARK: The process

    mutating func crash() {
        guard var ended = house else { return }
        noteRooms()
        crashes += 1
        if let last = lives.indices.last { lives[last].until = now }
        ended.broker.disconnected()
        broker = ended.broker
        memory = memory.crash()
        house = nil
        acknowledgements.lose { _ in true }
        for socket in sockets.keys.sorted(by: { $0.rawValue < $1.rawValue }) { lose(socket) }
        calls = [:]
        schedule(.start, in: .milliseconds(Int.random(in: 50...15_000, using: &random)))
    }

    private mutating func startHouse() async throws {
        let before = try await memory.alarms(AlarmFilter(open: true, limit: 1_000))
        let started = try await House.start(
            store: memory,
            broker: broker,
            seed: random.next(),
            sabotage: sabotage,
            at: now
        )
        note("started")
        lives.append((now, nil))
        let held = Set(started.machine.ward.openAlarms().map(\.id))
        house = started
        checkRestored(before, held)
        broker = VirtualBroker()
        // Whoever has a desk open comes back and sees what there is.
        for doctor in nation.doctors {
            for booking in started.loop.liveBookings where booking.doctor == doctor.id {
                hear(booking)
            }
        }
        for booking in started.loop.liveBookings { clinicHears(booking) }
        for alarm in before { schedule(.acknowledge(alarm.id), in: pause(3, 30)) }
    }

    /// Takes what has left the process.
    private mutating func drain() async throws {
        let hasNews = !(house?.news.isEmpty ?? true)
        while let outputs = house?.outbox, !outputs.isEmpty {
            house?.outbox = []
            for line in house?.news ?? [] { note(line) }
            house?.news = []
            for output in outputs { try await take(output) }
        }
        for line in house?.news ?? [] { note(line) }
        house?.news = []
        if hasNews, let violation = house?.loop.violations().first, broken.isEmpty {
            broken.append(violation)
        }
    }

    private mutating func take(_ output: House.Output) async throws {
        switch output {
        case .acknowledge(let numbers): acknowledgements.send(numbers, at: now, using: &random)
        case .redeliver: break
        case .receipt(let topic, let payload):
            guard topic.hasSuffix("/receipt") else {
                broken.append("a device was refused: \(String(decoding: payload, as: UTF8.self))")
                return
            }
            let device = nation.devices.indices.first {
                topic.hasPrefix(nation.topic(of: $0) + "/")
            }
            guard let device else { return }
            toDevices.send((device, payload), at: now, using: &random)
        case .tell(let audiences, let notice):
            try await checkTold(notice)
            hear(audiences, notice)
        case .tellAlarm(let alarm):
            try await checkTold(alarm)
            if alarm.signal == .on || alarm.signal == .latched {
                schedule(.acknowledge(alarm.id), in: pause(3, 30))
            }
        case .tellStep(let telling): try await checkTold(telling)
        case .frame(let socket, let bytes):
            let frame = Frame(socket: socket, bytes: bytes, isToServer: false)
            frames.send(frame, at: now, using: &random)
        case .closed(let socket): lose(socket)
        case .answered(let call, let isDone): try await answered(call, isDone)
        }
    }

    // MARK: Devices

    private mutating func carryOut(_ effects: [DeviceEffect], of index: Int) {
        for effect in effects {
            switch effect {
            case .publish(let leaf, let payload):
                if leaf == .vitals {
                    for key in keys(payload) { published.insert("\(index + 1) \(key)") }
                }
                let publication = House.Publication(
                    device: index,
                    topic: Array("\(nation.topic(of: index))/\(leaf.rawValue)".utf8),
                    payload: payload
                )
                fromDevices.send(publication, at: now, using: &random)
            case .vanish: unlink(index)
            case .connect: schedule(.link(index, isUp: true), in: .milliseconds(200))
            }
        }
    }

    private mutating func unlink(_ index: Int) {
        beds[index].isLinked = false
        beds[index].device.disconnected()
        fromDevices.lose { $0.device == index }
        toDevices.lose { $0.device == index }
    }

    private mutating func receive(_ payload: [UInt8], at device: Int) async throws {
        guard beds[device].isLinked, let receipt = Receipt(payload.span) else { return }
        let covered = beds[device].device.receive(receipt)
        guard !covered.isEmpty else { return }
        try await checkCovered(covered, of: device)
    }

    // MARK: Events

    private mutating func take(_ event: Event) async throws {
        switch event {
        case .start: try await startHouse()
        case .kill:
            if house != nil, !isHealed {
                note("killed")
                crash()
            }
        case .heal: heal()
        case .link(let index, let isUp):
            if isUp {
                beds[index].isLinked = true
                carryOut(beds[index].device.connected(at: now), of: index)
                if !isHealed, random.chance(0.7) {
                    schedule(.link(index, isUp: false), in: pause(5, 120))
                }
            } else if !isHealed {
                unlink(index)
                schedule(.link(index, isUp: true), in: pause(1, 60))
            }
        case .answer(let booking, let doctor): answer(booking, doctor)
        case .join(let booking, let role): try await join(booking, as: role)
        case .conclude(let booking): conclude(booking)
        case .beat(let socket): beat(socket)
        case .acknowledge(let alarm): acknowledge(alarm)
        }
    }

    private mutating func heal() {
        isHealed = true
        note("healed")
        fromDevices.faults = NetworkFaults(delay: 1...50)
        toDevices.faults = NetworkFaults(delay: 1...50)
        for index in beds.indices where !beds[index].isLinked {
            schedule(.link(index, isUp: true), in: .milliseconds(100))
        }
    }

    mutating func pause(_ least: Int, _ most: Int) -> Duration {
        .milliseconds(Int.random(in: (least * 1_000)...(most * 1_000), using: &random))
    }
}

/// `boot sequence` of each reading in a native payload.
func keys(_ payload: [UInt8]) -> [String] {
    let object = try? JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
    guard let object, let boot = object["boot"] as? String else { return [] }
    let readings = object["readings"] as? [[String: Any]] ?? [object]
    return readings.compactMap { $0["seq"] as? Int }.map { "\(boot) \($0)" }
}
