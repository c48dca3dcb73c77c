import Signalling
import Vocabulary

/// One consult with everybody who can be in it, doing what comes to mind, over sockets that break;
/// and what must hold whatever they do, looked at after each step.
struct RoomWorld {
    private var random: SeededRandom
    private var exchange: Exchange
    private var now = Instant(seconds: 1_000_000)
    private var actors: [RoomActor] = []
    private var effects: [ExchangeEffect] = []
    private var sockets: [SocketID: Int] = [:]
    private var socketCount: UInt64 = 0
    /// What waits for the store, which takes its time and sometimes fails.
    private var waiting: [ExchangeEvent] = []
    private let start: SessionRecord
    // What must hold, kept beside the machine from what people were told.
    private var state = SessionState.scheduled
    private var responsible: DoctorID
    private var letIn: Set<String> = []
    private var putOut: Set<String> = []
    private var allowsVitals = false
    private var allowsTrainees = false
    /// Who is or was responsible: a doctor in this consult for good.
    private var doctors: Set<DoctorID>
    /// Whom a host is letting in just now.
    private var guest: String?
    private var lineCount = 0
    /// What did not hold; empty when all is well.
    private(set) var faults: [String] = []
    /// How often each thing happened, to show that the run was one.
    private(set) var counts: [String: Int] = [:]

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let isExplicit = random.chance(0.2)
        start = SessionRecord(
            id: SessionID(trusted: "s-1"),
            booking: BookingID(trusted: "b-1"),
            request: RequestID(trusted: "r-1"),
            patient: PatientID(trusted: "pt-1"),
            site: SiteID(trusted: "site-1"),
            doctor: DoctorID(trusted: "dr-1"),
            urgency: .urgent,
            isExplicit: isExplicit,
            at: Instant(seconds: 999_000)
        )
        responsible = start.doctor
        doctors = [start.doctor]
        exchange = Exchange(secrets: CountedSecrets())
        exchange.open(start, at: now)
        let colleague = DoctorID(trusted: "dr-2")
        let people: [(ParticipantRole, DoctorID?, SessionGrant.Entry)] = [
            (.doctor, start.doctor, .direct), (.clinic, nil, .direct), (.patient, nil, .lobby),
            (.observer, nil, .trainee), (.observer, colleague, .lobby), (.observer, nil, .direct),
            (.interpreter, nil, .direct), (.secretary, nil, .direct),
        ]
        for (number, (role, doctor, entry)) in people.enumerated() {
            actors.append(
                RoomActor(
                    SessionGrant(
                        session: start,
                        participant: ParticipantID(trusted: "p-\(number)"),
                        role: role,
                        name: "\(number)",
                        principal: UserID(trusted: "user-\(number)"),
                        doctor: doctor,
                        entry: entry
                    )
                )
            )
        }
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where faults.isEmpty {
            step()
            check()
            guard exchange.session(start.id) != nil else { break }
        }
        while !waiting.isEmpty { settle() }
        check()
    }

    private mutating func step() {
        let index = Int.random(in: actors.indices, using: &random)
        now = now + .milliseconds(Int.random(in: 100...4_000, using: &random))
        perform { $0.advance(to: $1, into: &$2) }
        switch Int.random(in: 0..<20, using: &random) {
        case 0...3: connect(index)
        case 4: drop(index)
        case 5, 6: settle()
        case 7: measure()
        case 8, 9: handOver()
        default: act(index)
        }
    }

    // MARK: Sockets

    /// Comes, resumes, or comes anew from another browser.
    private mutating func connect(_ index: Int) {
        let isNew = actors[index].token == nil || random.chance(0.2)
        guard isNew || actors[index].socket == nil else { return }
        socketCount += 1
        let socket = SocketID(socketCount)
        if let old = actors[index].socket { sockets[old] = nil }
        sockets[socket] = index
        actors[index].socket = socket
        perform { $0.opened(socket, address: "10.0.0.1", at: $1, into: &$2) }
        if isNew {
            actors[index].last = 0
            actors[index].isInside = false
            actors[index].isLeaving = false
            let wasHere = actors[index].isHere
            let ticket = exchange.issue(.session(actors[index].grant), at: now)?.token ?? ""
            count(wasHere ? "came anew" : "came")
            say(socket, #"{"t":"hello","b":{"ticket":"\#(ticket)"}}"#)
            if let doctor = actors[index].grant.doctor, !actors[index].isInside,
                doctor == responsible || doctor == start.doctor
            {
                faults.append("\(actors[index].id), a doctor, was kept out")
            }
        } else {
            let (token, last) = (actors[index].token ?? "", actors[index].last)
            count("resumed")
            say(
                socket,
                #"{"t":"resume","b":{"token":"\#(token)","last":\#(last),"sent":0}}"#
            )
        }
    }

    private mutating func drop(_ index: Int) {
        guard let socket = actors[index].socket else { return }
        actors[index].socket = nil
        sockets[socket] = nil
        count("lost a socket")
        perform { $0.closed(socket, at: $1, into: &$2) }
    }

    private mutating func say(_ socket: SocketID, _ text: String) {
        let bytes = Array(text.utf8)
        perform { $0.received(socket, text: bytes.span, at: $1, into: &$2) }
    }

    // MARK: What people do

    private mutating func act(_ index: Int) {
        guard actors[index].socket != nil else { return }
        let other = actors[Int.random(in: actors.indices, using: &random)].id
        let grant = Bool.random(using: &random)
        let moves: [(String, String)] = [
            ("knock", "{}"), ("admit", #"{"participant":"\#(other)"}"#),
            ("admit", #"{"participant":"\#(other)"}"#), ("deny", #"{"participant":"\#(other)"}"#),
            ("hold", #"{"participant":"\#(other)"}"#), ("hold", "{}"), ("recall", "{}"),
            ("recall", #"{"participant":"\#(other)"}"#), ("handover", #"{"to":"\#(other)"}"#),
            ("handover", #"{"accept":\#(grant)}"#), ("handover", #"{"accept":true}"#),
            ("handover", #"{"to":"p-4"}"#), ("handover", #"{"to":"p-4"}"#),
            ("handover", #"{"to":"p-0"}"#), ("admit", #"{"participant":"p-4"}"#),
            ("consent", #"{"purpose":"vitals","grant":\#(grant)}"#),
            ("consent", #"{"purpose":"video","grant":\#(grant)}"#),
            ("consent", #"{"purpose":"trainee","grant":\#(grant)}"#),
            ("join", #"{"identified":true,"urgency":"soon","consents":{"vitals":\#(grant)}}"#),
            ("mod", #"{"act":"remove","participant":"\#(other)"}"#),
            ("mod", #"{"act":"mute","participant":"\#(other)"}"#),
            ("mod", #"{"act":"\#(grant ? "lock" : "unlock")"}"#),
            ("mod", #"{"act":"role","participant":"\#(other)","role":"observer"}"#),
            ("vitals.subscribe", #"{"patient":"pt-1"}"#),
            ("vitals.subscribe", #"{"patient":"pt-1"}"#), ("chat", line(to: nil)),
            ("chat", line(to: nil)), ("chat", line(to: other)), ("leave", "{}"),
            ("desc", offer(by: index)), ("desc", offer(by: index)),
        ]
        let (type, body) = moves[Int.random(in: moves.indices, using: &random)]
        ask(index, type, body)
    }

    /// Lets the other doctor in, or hands the consult over as far as the two are there.
    private mutating func handOver() {
        guard let giver = actors.firstIndex(where: { $0.grant.doctor == responsible }),
            let taker = actors.firstIndex(where: { $0.isDoctor && $0.grant.doctor != responsible })
        else { return }
        guard actors[taker].isInside else {
            return ask(giver, "admit", #"{"participant":"\#(actors[taker].id)"}"#)
        }
        ask(giver, "handover", #"{"to":"\#(actors[taker].id)"}"#)
        ask(taker, "handover", #"{"accept":true}"#)
    }

    private mutating func ask(_ index: Int, _ type: String, _ body: String) {
        guard let socket = actors[index].socket else { return }
        actors[index].asked += 1
        count(type)
        let about = actors.map(\.id).first { body.contains(#""participant":"\#($0)""#) }
        actors[index].asking = (type, about)
        guest = type == "admit" || type == "recall" ? about : nil
        defer { guest = nil }
        say(socket, #"{"t":"heartbeat","a":\#(actors[index].last)}"#)
        say(socket, #"{"t":"\#(type)","id":"\#(actors[index].asked)","b":\#(body)}"#)
    }

    private mutating func line(to other: String?) -> String {
        lineCount += 1
        let to = other.map { #""to":"\#($0)","# } ?? ""
        return #"{\#(to)"message":"\#(lineCount)","text":"t"}"#
    }

    private mutating func offer(by index: Int) -> String {
        let peer = actors[index].links.sorted { $0.key < $1.key }.randomElement(using: &random)
        let n = Int.random(in: 1...3, using: &random)
        let sdp = #"v=0\r\nm=audio 9 x 1\r\n"#
        return #"{"to":"\#(peer?.key ?? "p-0")","link":\#(peer?.value ?? 1),"n":\#(n),"#
            + #""kind":"offer","sdp":"\#(sdp)"}"#
    }

    private mutating func measure() {
        let vitals = VitalsMessage(
            patient: start.patient,
            device: DeviceID(trusted: "dev-1"),
            signs: [VitalSample(sign: "hr", value: .thousandths(72_000), at: now)]
        )
        perform { $0.publish(vitals, at: $1, into: &$2) }
    }

    // MARK: The store

    /// The store has done the oldest thing that waits, or has failed.
    private mutating func settle() {
        guard !waiting.isEmpty else { return }
        let event = waiting.removeFirst()
        let fails = random.chance(0.1)
        if fails { count("failed in the store") }
        switch event {
        case .amendmentOffered(let reply, let offer):
            guard !fails else { return refuse(reply) }
            note(offer.amendment)
            perform {
                $0.amend(offer.session, offer.amendment, answering: reply, at: $1, into: &$2)
            }
        case .chatOffered(let reply, let session, let line):
            guard !fails else { return refuse(reply) }
            let number = Int(line.message) ?? 0
            for index in actors.indices
            where actors[index].isInside && actors[index].socket != nil
                && actors[index].id != line.from.rawValue
                && (line.to == nil || line.to?.rawValue == actors[index].id)
            {
                actors[index].expected.append(number)
            }
            perform { $0.relay(line, in: session, answering: reply, at: $1, into: &$2) }
        case .vitalsRequested(let reply, let patient, _):
            perform {
                $0.subscriptionDecided(
                    reply,
                    patient: patient,
                    allowed: true,
                    latest: [],
                    at: $1,
                    into: &$2
                )
            }
        default: break
        }
    }

    private mutating func refuse(_ reply: PendingReply) {
        perform { $0.refuse(reply, .internal, "the store failed", at: $1, into: &$2) }
    }

    /// What an amendment means for what must hold.
    private mutating func note(_ amendment: SessionAmendment) {
        switch amendment {
        case .handedOver(let doctor, _):
            responsible = doctor
            doctors.insert(doctor)
            // Who accepts while being put out is in again.
            for actor in actors where actor.grant.doctor == doctor { putOut.remove(actor.id) }
            count("handed over")
        case .removed(let id, _):
            // Not who became responsible between the wish and the store's word.
            guard
                !actors.contains(where: { $0.id == id.rawValue && $0.grant.doctor == responsible })
            else { break }
            putOut.insert(id.rawValue)
            letIn.remove(id.rawValue)
            count("put out")
        case .recalled(let id): putOut.remove(id.rawValue)
        case .statement(let statement):
            if let last = statement.consents.last(where: { $0.purpose == .vitals }) {
                allowsVitals = last.granted
                if !last.granted { count("took vitals back") }
            }
            if let last = statement.consents.last(where: { $0.purpose == .trainee }) {
                allowsTrainees = last.granted
            }
        case .locked, .role: break
        }
    }

    // MARK: What comes out

    private mutating func perform(
        _ body: (inout Exchange, Instant, inout [ExchangeEffect]) -> Void
    ) {
        effects.removeAll(keepingCapacity: true)
        body(&exchange, now, &effects)
        for effect in effects {
            switch effect {
            case .send(let socket, let bytes): deliver(ReadFrame(bytes), to: socket)
            case .close(let socket, let code, _): closed(socket, code)
            case .event(let event): took(event)
            case .authenticated: break
            }
        }
    }

    private mutating func took(_ event: ExchangeEvent) {
        switch event {
        case .sessionChanged(let record):
            let isLegal =
                record.state == state || state.successors.contains(record.state)
                || state.successors.contains { $0.successors.contains(record.state) }
            if !isLegal { faults.append("\(state) became \(record.state)") }
            state = record.state
            if !record.isReady, state == .live || state == .held {
                faults.append("live without its steps")
            }
        case .presumed(_, let statement):
            if statement.consents.contains(where: { $0.purpose == .vitals }) { allowsVitals = true }
        case .amendmentOffered, .chatOffered, .vitalsRequested: waiting.append(event)
        default: break
        }
    }

    private mutating func closed(_ socket: SocketID, _ code: CloseCode) {
        guard let index = sockets.removeValue(forKey: socket) else { return }
        if actors[index].socket == socket { actors[index].socket = nil }
        switch code {
        case .ended, .forbidden, .done, .resumeFailed, .noSession:
            actors[index].token = nil
            actors[index].isInside = false
            actors[index].isHere = false
        case .superseded, .timeOut, .rateLimited: break
        default: faults.append("\(actors[index].id) was closed with \(code)")
        }
    }

    /// What goes to somebody on a socket: it must be somebody who may see it.
    private mutating func deliver(_ frame: ReadFrame, to socket: SocketID) {
        guard let index = sockets[socket] else { return }
        let actor = actors[index]
        switch frame.type {
        case "welcome":
            actors[index].isHere = true
            if putOut.contains(actor.id), actor.grant.doctor != responsible {
                faults.append("\(actor.id) came though it was put out")
            }
        case "snapshot":
            actors[index].isInside = true
            actors[index].isLeaving = false
            if actor.grant.entry != .direct, actor.grant.doctor != responsible,
                !letIn.contains(actor.id), guest != actor.id
            {
                faults.append("\(actor.id) is inside though nobody let it in")
            }
        case "lobby":
            // A clinic in the room hears of its place, too, before the consult.
            if actor.grant.role != .clinic || actor.isLeaving { actors[index].isInside = false }
            actors[index].isLeaving = false
        case "notice":
            guard frame["what"] == "held", actor.grant.role == .clinic else { break }
            if (frame["participant"] ?? actor.id) == actor.id { actors[index].isLeaving = true }
        case "peer.up", "peer.down", "peer.state", "desc", "cand", "chat", "alarm":
            if !actor.isInside { faults.append("\(actor.id) outside got \(frame)") }
        case "vitals":
            count("saw vitals")
            if !actor.isInside || !allowsVitals { faults.append("\(actor.id) got \(frame)") }
        case "ok": answered(frame, index)
        default: break
        }
        if let fault = actors[index].take(frame) { faults.append(fault) }
    }

    /// Somebody was told that it was done: only who may do so is told that.
    private mutating func answered(_ frame: ReadFrame, _ index: Int) {
        guard frame.re == "\(actors[index].asked)" else { return }
        let (type, other) = actors[index].asking
        guard ["admit", "recall", "deny", "hold"].contains(type) else { return }
        count("\(type) done")
        if !isHost(actors[index]) { faults.append("\(actors[index].id) did \(type)") }
        switch (type, other) {
        case ("admit", let other?), ("recall", let other?):
            if !putOut.contains(other) { letIn.insert(other) }
        case ("deny", let other?), ("hold", let other?): letIn.remove(other)
        case ("hold", nil):
            for actor in actors where actor.isInside && actor.socket != nil && !isHost(actor) {
                faults.append("\(actor.id) stays in a session that is held")
            }
        default: break
        }
    }

    private func isHost(_ actor: RoomActor) -> Bool {
        actor.grant.role == .doctor || actor.grant.role == .secretary
            || actor.grant.doctor.map(doctors.contains) ?? false
    }

    /// What must hold after each step.
    private mutating func check() {
        guard let record = exchange.session(start.id) else { return }
        if record.doctor != responsible { faults.append("\(record.doctor) is responsible") }
        for actor in actors where actor.isInside && actor.socket != nil {
            if actor.grant.entry == .trainee, !allowsTrainees {
                faults.append("\(actor.id) watches without consent")
            }
            if putOut.contains(actor.id), actor.grant.doctor != responsible {
                faults.append("\(actor.id) is inside though it was put out")
            }
            if !Set(actor.expected).isSubset(of: actor.lines) {
                faults.append("\(actor.id) lost a line: \(actor.expected) \(actor.lines)")
            }
        }
    }

    private mutating func count(_ what: String) { counts[what, default: 0] += 1 }
}
