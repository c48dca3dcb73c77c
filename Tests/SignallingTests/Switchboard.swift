import Foundation
import Signalling
import Testing
import Vocabulary

/// Tokens from a counter, and a digest that tells every one of them from the others.
struct CountedSecrets: SecretSource {
    /// Which server it is: no two give the same token.
    private let life: Int
    private var count = 0

    init(life: Int = 0) {
        self.life = life
    }

    mutating func token() -> String {
        count += 1
        return life == 0 ? "token-\(count)" : "token-\(life)-\(count)"
    }

    func digest(of token: Span<UInt8>) -> TokenDigest {
        var bytes = [UInt8](repeating: 0, count: 32)
        for index in 0..<min(32, token.count) { bytes[index] = token[index] }
        guard let digest = TokenDigest(bytes.span) else { preconditionFailure("32 bytes") }
        return digest
    }
}

/// A frame as the client at the other end reads it.
struct ReadFrame: CustomStringConvertible {
    let text: String
    private let fields: [String: Any]

    init(_ bytes: [UInt8]) {
        text = String(decoding: bytes, as: UTF8.self)
        let object = try? JSONSerialization.jsonObject(with: Data(bytes))
        fields = object as? [String: Any] ?? [:]
    }

    var isJSON: Bool { !fields.isEmpty }
    var type: String { fields["t"] as? String ?? "" }
    var q: Int? { fields["q"] as? Int }
    var a: Int? { fields["a"] as? Int }
    var re: String? { fields["re"] as? String }
    var body: [String: Any] { fields["b"] as? [String: Any] ?? [:] }
    subscript(name: String) -> String? { body[name] as? String }
    func int(_ name: String) -> Int? { body[name] as? Int }
    func bool(_ name: String) -> Bool? { body[name] as? Bool }
    var code: String? { self["code"] }
    var description: String { text }
}

/// An exchange with a manual clock, and everything that came out of it by socket.
struct Switchboard {
    var exchange: Exchange
    var now = Instant(seconds: 1_000_000)
    var frames: [SocketID: [ReadFrame]] = [:]
    var closes: [SocketID: CloseCode] = [:]
    var events: [ExchangeEvent] = []
    var authenticated: Set<SocketID> = []
    /// The resume token that each participant was given last.
    var tokens: [String: String] = [:]
    private var names: [SocketID: String] = [:]
    private var effects: [ExchangeEffect] = []
    private var socketCount: UInt64 = 0
    private var askedCount = 0

    init(
        _ limits: ExchangeLimits = ExchangeLimits(),
        life: Int = 0,
        relay: (any RelaySource)? = nil,
        hasConference: Bool = false
    ) {
        exchange = Exchange(
            secrets: CountedSecrets(life: life),
            limits: limits,
            relay: relay,
            hasConference: hasConference
        )
    }

    static let record = record(beginningWith: nil)

    static func record(beginningWith level: MediaLevel?) -> SessionRecord {
        SessionRecord(
            id: SessionID(trusted: "s-1"),
            booking: BookingID(trusted: "b-1"),
            request: RequestID(trusted: "r-1"),
            patient: PatientID(trusted: "pt-1"),
            site: SiteID(trusted: "site-1"),
            doctor: DoctorID(trusted: "dr-1"),
            firstLevel: level,
            at: Instant(seconds: 999_000)
        )
    }

    static func place(
        _ role: ParticipantRole,
        _ participant: String,
        in record: SessionRecord = Switchboard.record,
        doctor: DoctorID? = nil,
        entry: SessionGrant.Entry = .direct
    ) -> Grant {
        .session(
            SessionGrant(
                session: record,
                participant: ParticipantID(trusted: participant),
                role: role,
                name: "the \(role.rawValue)",
                principal: UserID(trusted: "user-\(participant)"),
                doctor: role == .doctor ? doctor ?? record.doctor : doctor,
                entry: entry
            )
        )
    }

    static func desk(_ participant: String, _ hears: DeskTopic..., user: String = "nurse") -> Grant
    {
        .desk(
            DeskGrant(
                participant: ParticipantID(trusted: participant),
                principal: UserID(trusted: user),
                hears: hears
            )
        )
    }

    /// The clinic's first offer to the doctor.
    static func offer(_ link: Int, q: Int) -> String {
        #"{"t":"desc","q":\#(q),"b":{"to":"p-doctor","link":\#(link),"n":1,"kind":"offer","sdp":"v=0"}}"#
    }

    /// A candidate of the clinic for the doctor.
    static func candidate(_ link: Int, q: Int) -> String {
        #"{"t":"cand","q":\#(q),"b":{"to":"p-doctor","link":\#(link),"n":1,"candidates":[]}}"#
    }

    // MARK: Doing

    mutating func open(address: String = "10.0.0.1") -> SocketID {
        socketCount += 1
        let socket = SocketID(socketCount)
        perform { $0.opened(socket, address: address, at: $1, into: &$2) }
        return socket
    }

    mutating func say(_ socket: SocketID, _ text: String) {
        let bytes = Array(text.utf8)
        perform { $0.received(socket, text: bytes.span, at: $1, into: &$2) }
    }

    mutating func drop(_ socket: SocketID) {
        perform { $0.closed(socket, at: $1, into: &$2) }
    }

    mutating func wait(_ span: Duration) {
        let end = now + span
        while let next = exchange.nextDeadline, next <= end {
            now = max(now, next)
            perform { $0.advance(to: $1, into: &$2) }
        }
        now = end
    }

    mutating func ticket(_ grant: Grant) -> String {
        exchange.issue(grant, at: now)?.token ?? ""
    }

    mutating func enter(_ grant: Grant) -> SocketID {
        let socket = open()
        let ticket = ticket(grant)
        say(socket, #"{"t":"hello","b":{"ticket":"\#(ticket)"}}"#)
        return socket
    }

    /// Resumes with the last token of the participant.
    mutating func resume(
        _ participant: String,
        last: Int,
        sent: Int,
        from address: String = "10.0.0.1"
    ) -> SocketID {
        let socket = open(address: address)
        names[socket] = participant
        let token = tokens[participant] ?? ""
        let body = #"{"token":"\#(token)","last":\#(last),"sent":\#(sent)}"#
        say(socket, #"{"t":"resume","b":\#(body)}"#)
        return socket
    }

    mutating func perform(
        _ body: (inout Exchange, Instant, inout [ExchangeEffect]) -> Void
    ) {
        effects.removeAll(keepingCapacity: true)
        body(&exchange, now, &effects)
        for effect in effects {
            switch effect {
            case .send(let socket, let bytes):
                let frame = ReadFrame(bytes)
                if let breach = frame.breach { Issue.record("\(breach) in \(frame)") }
                if frame.type == "welcome", let name = frame["participant"] {
                    tokens[name] = frame["token"]
                    names[socket] = name
                }
                if frame.type == "resumed", let name = names[socket] {
                    tokens[name] = frame["token"]
                }
                frames[socket, default: []].append(frame)
            case .close(let socket, let code, _): closes[socket] = code
            case .authenticated(let socket): authenticated.insert(socket)
            case .event(let event): events.append(event)
            }
        }
    }

    // MARK: Seeing

    /// What the socket got since the last call.
    mutating func taken(_ socket: SocketID) -> [ReadFrame] {
        frames.removeValue(forKey: socket) ?? []
    }

    mutating func takenEvents() -> [ExchangeEvent] {
        defer { events = [] }
        return events
    }

    /// A doctor and a clinic in the session, what they got so far read; the link's number.
    mutating func consult() -> (clinic: SocketID, doctor: SocketID, link: Int) {
        let clinic = enter(Switchboard.place(.clinic, "p-clinic"))
        let doctor = enter(Switchboard.place(.doctor, "p-doctor"))
        let link = taken(clinic).last?.int("link") ?? 0
        _ = taken(doctor)
        events = []
        return (clinic, doctor, link)
    }
}

extension Switchboard {
    /// Does what the coordinator does with what is asked for: stores it, then says so.
    ///
    /// Returns what was asked for.
    @discardableResult
    mutating func settle() -> [ExchangeEvent] {
        let asked = takenEvents()
        for event in asked {
            switch event {
            case .amendmentOffered(let reply, let offer):
                perform {
                    $0.amend(
                        offer.session,
                        offer.amendment,
                        answering: reply,
                        at: $1,
                        into: &$2
                    )
                }
            case .chatOffered(let reply, let session, let line):
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
        return asked
    }

    /// Says something, as a request of its own, and lets it take effect.
    mutating func ask(_ socket: SocketID, _ type: String, _ body: String = "{}") {
        askedCount += 1
        say(socket, #"{"t":"\#(type)","id":"asked-\#(askedCount)","b":\#(body)}"#)
        settle()
    }

    /// The session's record as it is now.
    var record: SessionRecord? { exchange.session(Switchboard.record.id) }
}
