import Foundation
import Signalling
import Testing
import Vocabulary

/// Steps and consents: presumed, stated, taken back.
@Suite struct ExchangeConsentTests {
    private let subscribe = #"{"patient":"pt-1"}"#

    @Test func `what the request speaks for is presumed when the clinic comes, and stored`() throws
    {
        var board = Switchboard()
        let clinic = board.enter(Switchboard.place(.clinic, "p-clinic"))
        let snapshot = try #require(board.taken(clinic).first { $0.type == "snapshot" })
        #expect(snapshot.consents == ["video": true, "vitals": true])
        guard case .presumed(_, let said) = board.takenEvents().first(where: { $0.isPresumption })
        else {
            Issue.record("nothing was presumed")
            return
        }
        #expect(said.steps.map(\.kind) == SessionStepKind.allCases)
        #expect(said.consents.allSatisfy { $0.basis == .request && $0.user == nil })
        _ = board.enter(Switchboard.place(.doctor, "p-doctor"))
        #expect(!board.takenEvents().contains { $0.isPresumption })
        #expect(board.record?.state == .live)
    }

    @Test(arguments: [
        #"["vitals"]"#, #"[{"purpose":"video","grant":false}]"#, #"{"video":false}"#,
    ])
    func `a join states consents in any of three forms, durably before its answer`(
        _ consents: String
    ) {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.say(clinic, #"{"t":"join","id":"j","b":{"consents":\#(consents)}}"#)
        #expect(board.taken(clinic).isEmpty)
        #expect(board.record?.isGranted(.video) == true)
        board.settle()
        #expect(board.record?.isGranted(.video) == false)
        #expect(board.record?.isGranted(.vitals) == true)
        #expect(board.record?.consent(to: .video)?.basis == .witnessed)
        #expect(board.taken(clinic).map(\.type).suffix(2) == ["snapshot", "ok"])
        #expect(board.taken(doctor).contains { $0["purpose"] == "video" })
    }

    @Test func `an empty list gives nothing, and others' lists are passed over`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.ask(doctor, "join", #"{"consents":[]}"#)
        #expect(board.record?.isGranted(.video) == true)
        board.ask(clinic, "join", #"{"consents":[]}"#)
        for purpose in ConsentPurpose.allCases {
            #expect(board.record?.isGranted(purpose) == false, "\(purpose)")
        }
    }

    @Test func `the same said again is not written again`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.ask(clinic, "consent", #"{"purpose":"recording","grant":true}"#)
        let lines = board.record?.consents?.count
        board.say(
            clinic,
            #"{"t":"consent","id":"2","b":{"purpose":"recording","grant":true}}"#
        )
        #expect(!board.takenEvents().contains { $0.isAmendment })
        #expect(board.record?.consents?.count == lines)
        #expect(board.taken(clinic).last?.type == "ok")
    }

    @Test func `only clinic and patient speak of consents`() {
        var board = Switchboard()
        let (_, doctor, _) = board.consult()
        board.ask(doctor, "consent", #"{"purpose":"vitals","grant":false}"#)
        #expect(board.taken(doctor).last?.code == "forbidden")
    }

    @Test func `a consent that cannot be stored is refused and changes nothing`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"consent","id":"c","b":{"purpose":"vitals","grant":false}}"#)
        guard case .amendmentOffered(let pending, _) = board.takenEvents().first else {
            Issue.record("nothing was asked for")
            return
        }
        board.perform { $0.refuse(pending, .internal, "the disk is full", at: $1, into: &$2) }
        #expect(board.taken(clinic).map(\.code) == ["internal"])
        #expect(board.record?.isGranted(.vitals) == true)
    }

    // MARK: Vital signs

    @Test func `taking the consent back stops the vital signs at once`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let patient = Switchboard.record.patient
        board.ask(doctor, "vitals.subscribe", subscribe)
        #expect(board.exchange.hasSubscribers(patient))
        board.ask(clinic, "consent", #"{"purpose":"vitals","grant":false}"#)
        #expect(!board.exchange.hasSubscribers(patient))
        board.ask(doctor, "vitals.subscribe", subscribe)
        #expect(board.taken(doctor).last?.code == "consent_required")
        board.ask(clinic, "consent", #"{"purpose":"vitals","grant":true}"#)
        board.ask(doctor, "vitals.subscribe", subscribe)
        #expect(board.taken(doctor).last?.type == "ok")
    }

    @Test func `values that wait for a slow socket go with the consent`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.ask(doctor, "vitals.subscribe", subscribe)
        board.perform { $0.queued(doctor, bytes: 100_000, at: $1, into: &$2) }
        publish(&board)
        board.ask(clinic, "consent", #"{"purpose":"vitals","grant":false}"#)
        _ = board.taken(doctor)
        board.perform { $0.queued(doctor, bytes: 0, at: $1, into: &$2) }
        #expect(!board.taken(doctor).contains { $0.type == "vitals" })
    }

    @Test func `a consent taken back while the house decides wins`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.say(doctor, #"{"t":"vitals.subscribe","id":"v","b":{"patient":"pt-1"}}"#)
        guard case .vitalsRequested(let pending, let patient, _) = board.takenEvents().first
        else {
            Issue.record("nothing was asked for")
            return
        }
        board.ask(clinic, "consent", #"{"purpose":"vitals","grant":false}"#)
        _ = board.taken(doctor)
        board.perform {
            $0.subscriptionDecided(
                pending,
                patient: patient,
                allowed: true,
                latest: [],
                at: $1,
                into: &$2
            )
        }
        #expect(board.taken(doctor).map(\.code) == ["consent_required"])
    }

    @Test func `alarms come to the room, and vitals to a desk, without the consent`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let desk = board.enter(Switchboard.desk("p-desk", .nation))
        board.ask(clinic, "consent", #"{"purpose":"vitals","grant":false}"#)
        board.ask(desk, "vitals.subscribe", subscribe)
        _ = board.taken(desk)
        _ = board.taken(doctor)
        publish(&board)
        #expect(board.taken(desk).map(\.type) == ["vitals"])
        let alarm = Array(#"{"id":"a"}"#.utf8)
        board.perform {
            $0.tell(
                [.patient(Switchboard.record.patient)],
                .alarm,
                body: alarm,
                at: $1,
                into: &$2
            )
        }
        #expect(board.taken(doctor).map(\.type) == ["alarm"])
    }

    @Test(arguments: [ParticipantRole.observer, .interpreter])
    func `who listens in or interprets sees no vital signs`(_ role: ParticipantRole) {
        var board = Switchboard()
        _ = board.consult()
        let guest = board.enter(Switchboard.place(role, "p-guest"))
        board.ask(guest, "vitals.subscribe", subscribe)
        #expect(board.taken(guest).last?.code == "forbidden")
    }

    @Test func `vital signs can be given up`() {
        var board = Switchboard()
        let (_, doctor, _) = board.consult()
        board.ask(doctor, "vitals.subscribe", subscribe)
        board.ask(doctor, "vitals.unsubscribe", subscribe)
        #expect(!board.exchange.hasSubscribers(Switchboard.record.patient))
        board.ask(doctor, "vitals.unsubscribe", subscribe)
        #expect(board.taken(doctor).last?.type == "ok")
    }

    // MARK: Video

    @Test func `without the consent to video no description that sends a picture goes on`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.ask(clinic, "consent", #"{"purpose":"video","grant":false}"#)
        let link = board.taken(doctor).link ?? 0
        let video = #"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n"#
        offer(&board, clinic, link, video)
        #expect(board.taken(clinic).last?.code == "consent_required")
        offer(&board, clinic, link, video.replacingOccurrences(of: "sendrecv", with: "recvonly"))
        #expect(board.taken(doctor).last?.type == "desc")
    }

    @Test(arguments: [
        (#"v=0\r\nm=audio 9 x 1\r\n"#, false),
        (#"v=0\r\nm=video 9 x 1\r\n"#, true),
        (#"v=0\r\nm=video 9 x 1\r\na=recvonly\r\nm=audio 9 x 1\r\n"#, false),
        (#"v=0\r\nm=video 9 x 1\r\na=inactive"#, false),
        (#"v=0\r\nm=video 0 x 1\r\na=sendrecv\r\n"#, false),
        (#"v=0\nm=audio 9 x 1\na=recvonly\nm=video 9 x 1\n"#, true),
        (#"v=0\r\n\u006d=video 9 x 1\r\n"#, true), ("", false), (#"v=0\"#, true),
    ])
    func `a description sends a picture unless its video sections say otherwise`(
        _ description: String,
        _ sends: Bool
    ) {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.ask(clinic, "consent", #"{"purpose":"video","grant":false}"#)
        let link = board.taken(doctor).link ?? 0
        offer(&board, clinic, link, description)
        let refused = board.taken(clinic).last?.code
        #expect((refused == "consent_required" || refused == "bad_message") == sends)
    }

    // MARK: Where nothing is presumed

    @Test func `where nothing is presumed a consult waits for the three steps`() {
        var board = Switchboard()
        let record = explicit
        let clinic = board.enter(Switchboard.place(.clinic, "p-clinic", in: record))
        let doctor = board.enter(Switchboard.place(.doctor, "p-doctor", in: record))
        #expect(board.record?.state == .waiting)
        #expect(board.record?.consents == nil)
        board.ask(doctor, "vitals.subscribe", subscribe)
        #expect(board.taken(doctor).last?.code == "consent_required")
        board.ask(clinic, "join", #"{"consents":["video","vitals"]}"#)
        board.ask(clinic, "join", #"{"identified":true}"#)
        #expect(board.record?.state == .waiting)
        board.ask(doctor, "join", #"{"urgency":"urgent"}"#)
        #expect(board.record?.state == .live)
        #expect(board.record?.urgency == .urgent)
        #expect(Set(board.record?.steps?.map(\.kind) ?? []) == Set(SessionStepKind.allCases))
        board.ask(doctor, "vitals.subscribe", subscribe)
        #expect(board.taken(doctor).last?.type == "ok")
    }

    // MARK: Records

    @Test func `a record of an earlier version is still read`() throws {
        let text = #"""
            {"id":"s-1","booking":"b-1","request":"r-1","patient":"pt-1","site":"site-1",
            "doctor":"dr-1","state":"waiting","timeline":[{"what":"scheduled","at":"2026-11-20T01:00:00Z"}],
            "changedAt":"2026-11-20T01:00:00Z"}
            """#
        let old = try JSONDecoder().decode(SessionRecord.self, from: Data(text.utf8))
        #expect(old.consents == nil)
        #expect(!old.isGranted(.vitals))
        #expect(old.isReady)
        var changed = old
        let entry = ConsentEntry(
            purpose: .vitals,
            granted: true,
            by: .patient,
            user: nil,
            basis: .patient,
            at: Instant(seconds: 1)
        )
        changed.amend(.statement(SessionStatement(consents: [entry])), at: Instant(seconds: 1))
        let data = try JSONEncoder().encode(changed)
        #expect(try JSONDecoder().decode(SessionRecord.self, from: data) == changed)
    }

    @Test func `giving is refused after two hundred lines, taking back never`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        var number = 0
        func say(_ granted: Bool) -> String? {
            number += 1
            if number % 20 == 0 { board.wait(.seconds(5)) }
            board.ask(
                clinic,
                "consent",
                #"{"purpose":"recording","grant":\#(granted)}"#
            )
            return board.taken(clinic).last?.code
        }
        while board.record?.consents?.count ?? 0 < SessionRecord.consentLimit {
            #expect(say(number % 2 == 0) == nil)
        }
        if board.record?.isGranted(.recording) == true { #expect(say(false) == nil) }
        #expect(say(true) == "busy")
        #expect(say(false) == nil)
        #expect(board.record?.isGranted(.recording) == false)
    }

    private var explicit: SessionRecord {
        let record = Switchboard.record
        return SessionRecord(
            id: record.id,
            booking: record.booking,
            request: record.request,
            patient: record.patient,
            site: record.site,
            doctor: record.doctor,
            urgency: .routine,
            isExplicit: true,
            at: Instant(seconds: 999_000)
        )
    }

    private func publish(_ board: inout Switchboard) {
        let vitals = VitalsMessage(
            patient: Switchboard.record.patient,
            device: DeviceID(trusted: "dev-1"),
            signs: [VitalSample(sign: "hr", value: .thousandths(72_000), at: board.now)]
        )
        board.perform { $0.publish(vitals, at: $1, into: &$2) }
    }

    private func offer(
        _ board: inout Switchboard,
        _ socket: SocketID,
        _ link: Int,
        _ description: String
    ) {
        board.say(
            socket,
            #"{"t":"desc","b":{"to":"p-doctor","link":\#(link),"n":1,"#
                + #""kind":"offer","sdp":"\#(description)"}}"#
        )
    }
}

extension ReadFrame {
    fileprivate var consents: [String: Bool] {
        let entries = body["consents"] as? [[String: Any]] ?? []
        return Dictionary(
            entries.compactMap { entry in
                guard let purpose = entry["purpose"] as? String,
                    let granted = entry["granted"] as? Bool
                else { return nil }
                return (purpose, granted)
            },
            uniquingKeysWith: { $1 }
        )
    }

    fileprivate var links: [Int] {
        let people = body["participants"] as? [[String: Any]] ?? [body]
        return people.compactMap { $0["link"] as? Int }
    }
}

extension [ReadFrame] {
    /// The newest link that the frames tell of.
    fileprivate var link: Int? { flatMap(\.links).max() }
}

extension ExchangeEvent {
    fileprivate var isPresumption: Bool { if case .presumed = self { true } else { false } }

    fileprivate var isAmendment: Bool { if case .amendmentOffered = self { true } else { false } }
}
