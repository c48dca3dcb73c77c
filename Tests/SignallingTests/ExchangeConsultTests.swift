import Signalling
import Testing
import Vocabulary

@Suite struct ExchangeConsultTests {
    private let offer = #"{"t":"outcome","id":"o","q":1,"b":{"note":"n","disposition":"transfer"}}"#

    @Test func `the outcome is answered when it is durable, and everybody is let go`() throws {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.say(doctor, offer)
        #expect(board.taken(doctor).isEmpty)
        guard case .outcomeOffered(_, let offered) = board.takenEvents().first else {
            Issue.record("no outcome was offered")
            return
        }
        #expect(offered.note == "n")
        #expect(offered.disposition == .transfer)
        let outcome = Outcome(
            disposition: offered.disposition,
            sealedNote: "sealed",
            by: offered.by,
            at: offered.at
        )
        board.perform { _ = $0.conclude(offered.session, with: outcome, at: $1, into: &$2) }
        #expect(board.taken(doctor).map(\.type) == ["ok", "notice"])
        #expect(board.taken(clinic).map(\.type) == ["notice"])
        #expect(board.closes[clinic] == .ended)
        #expect(board.closes[doctor] == .ended)
        guard case .sessionChanged(let record) = board.takenEvents().last else {
            Issue.record("the record was not reported")
            return
        }
        #expect(record.state == .ended)
        #expect(record.outcome == outcome)
        #expect(record.timeline.map(\.what).suffix(2) == ["ending", "ended"])
        #expect(board.exchange.statistics.sockets == 0)
        #expect(board.exchange.statistics.participants == 0)
        #expect(board.exchange.statistics.sessions == 0)
    }

    @Test func `only the responsible doctor gives the outcome, and only of a live consult`() {
        var board = Switchboard()
        let clinic = board.enter(Switchboard.place(.clinic, "p-clinic"))
        _ = board.taken(clinic)
        board.say(clinic, offer)
        #expect(board.taken(clinic).first?.code == "forbidden")
        let other = DoctorID(trusted: "dr-other")
        let guest = board.enter(Switchboard.place(.doctor, "p-guest", doctor: other))
        _ = board.taken(guest)
        board.say(guest, offer)
        #expect(board.taken(guest).first?.code == "forbidden")
        let doctor = board.enter(Switchboard.place(.doctor, "p-doctor"))
        _ = board.taken(doctor)
        board.events = []
        board.say(doctor, #"{"t":"outcome","id":"p","b":{"note":"n","disposition":"cured"}}"#)
        #expect(board.taken(doctor).first?.code == "bad_message")
        #expect(board.events.isEmpty)
    }

    @Test func `a refused outcome can be given again`() {
        var board = Switchboard()
        let (_, doctor, _) = board.consult()
        board.say(doctor, offer)
        guard case .outcomeOffered(let pending, _) = board.takenEvents().first else {
            Issue.record("no outcome was offered")
            return
        }
        board.say(doctor, offer.replacing(#""id":"o","q":1"#, with: #""id":"p","q":2"#))
        #expect(board.taken(doctor).first?.code == "busy")
        board.perform { $0.refuse(pending, .internal, "the disk is full", at: $1, into: &$2) }
        #expect(board.taken(doctor).first?.code == "internal")
        board.say(doctor, offer.replacing(#""id":"o","q":1"#, with: #""id":"r","q":3"#))
        #expect(board.takenEvents().count == 1)
    }

    @Test func `a live consult outlasts 120 seconds with nobody there, then awaits its outcome`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.drop(doctor)
        board.drop(clinic)
        board.wait(.milliseconds(119_999))
        #expect(board.exchange.session(Switchboard.record.id)?.state == .live)
        board.wait(.milliseconds(1))
        #expect(board.exchange.session(Switchboard.record.id)?.state == .ending)
        #expect(board.exchange.statistics.participants == 0)
        let back = board.enter(Switchboard.place(.doctor, "p-doctor"))
        #expect(board.taken(back).map(\.type) == ["welcome", "snapshot"])
    }

    @Test func `leaving is told at once and frees the place`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.say(clinic, #"{"t":"leave","id":"l","q":1,"b":{"reason":"done"}}"#)
        #expect(board.taken(clinic).map(\.type) == ["ok"])
        #expect(board.closes[clinic] == .done)
        #expect(board.taken(doctor).map { $0["why"] } == ["left"])
        #expect(board.exchange.statistics.participants == 1)
    }

    @Test func `ending awaits the outcome and refuses observers`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let observer = board.enter(Switchboard.place(.observer, "p-watch"))
        _ = board.taken(observer)
        board.say(observer, #"{"t":"end","id":"e"}"#)
        #expect(board.taken(observer).first?.code == "forbidden")
        _ = board.taken(doctor)
        board.say(clinic, #"{"t":"end","id":"e"}"#)
        #expect(board.exchange.session(Switchboard.record.id)?.state == .ending)
        #expect(board.taken(doctor).first?["what"] == "ending")
        board.say(clinic, #"{"t":"end","id":"f"}"#)
        #expect(board.taken(clinic).last?.code == "not_ready")
    }

    @Test(arguments: [ParticipantRole.clinic, .doctor])
    func `a session is given up while one end waits for the other`(_ waits: ParticipantRole) {
        var board = Switchboard()
        let end = board.enter(Switchboard.place(waits, "p-waits"))
        let id = Switchboard.record.id
        board.perform { #expect($0.close(id, as: .expired, at: $1, into: &$2)) }
        #expect(board.closes[end] == .ended)
        #expect(board.exchange.session(id) == nil)
    }

    @Test func `a session that the care loop takes back under way is closed, and only once`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let id = Switchboard.record.id
        board.perform { #expect($0.close(id, as: .cancelled, at: $1, into: &$2)) }
        #expect(board.closes[clinic] == .ended)
        #expect(board.closes[doctor] == .ended)
        board.perform { #expect(!$0.close(id, as: .cancelled, at: $1, into: &$2)) }
    }

    @Test func `rooms are told with who is in them, a lost socket's owner too`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let id = Switchboard.record.id
        let both: Set<ParticipantRole> = [.clinic, .doctor]
        let room = Room(session: id, state: .live, roles: both, haveMet: true)
        #expect(board.exchange.rooms == [room])
        board.drop(doctor)
        #expect(board.exchange.rooms.first?.roles == [.clinic, .doctor])
        board.say(clinic, #"{"t":"leave","id":"l"}"#)
        #expect(board.exchange.rooms.first?.roles == [.doctor])
    }

    // MARK: Vital signs and telling

    private let values = VitalsMessage(
        patient: Switchboard.record.patient,
        device: DeviceID(trusted: "dev-1"),
        signs: [
            VitalSample(sign: "hr", value: .thousandths(72_000), at: Instant(seconds: 1)),
            VitalSample(sign: "temp", value: .thousandths(36_050), at: Instant(seconds: 1)),
            VitalSample(sign: "avpu", value: .text("A"), at: Instant(seconds: 1)),
        ]
    )

    @Test func `vital signs go to who was allowed to follow the patient`() throws {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.say(clinic, #"{"t":"vitals.subscribe","id":"v","b":{"patient":"pt-1"}}"#)
        guard case .vitalsRequested(let pending, let patient, _) = board.takenEvents().first else {
            Issue.record("nobody asked for vitals")
            return
        }
        board.perform { [values] in
            $0.publish(values, at: $1, into: &$2)
            #expect(!$0.hasSubscribers(patient))
            $0.subscriptionDecided(
                pending,
                patient: patient,
                allowed: true,
                latest: [values],
                at: $1,
                into: &$2
            )
        }
        let first = board.taken(clinic)
        #expect(first.map(\.type) == ["ok", "vitals"])
        #expect(
            first[1].text
                == #"{"t":"vitals","b":{"patient":"pt-1","device":"dev-1","signs":{"hr":{"value":72,"#
                + #""at":"1970-01-01T00:00:01.000Z"},"temp":{"value":36.05,"#
                + #""at":"1970-01-01T00:00:01.000Z"},"avpu":{"value":"A","#
                + #""at":"1970-01-01T00:00:01.000Z"}}}}"#
        )
        board.perform { [values] in $0.publish(values, at: $1, into: &$2) }
        #expect(board.taken(clinic).count == 1)
        #expect(board.taken(doctor).isEmpty)
        board.say(clinic, #"{"t":"leave"}"#)
        #expect(!board.exchange.hasSubscribers(patient))
    }

    @Test func `who may not follow a patient gets nothing`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"vitals.subscribe","id":"v","b":{"patient":"pt-9"}}"#)
        guard case .vitalsRequested(let pending, let patient, _) = board.takenEvents().first else {
            Issue.record("nobody asked for vitals")
            return
        }
        board.perform {
            $0.subscriptionDecided(
                pending,
                patient: patient,
                allowed: false,
                latest: [],
                at: $1,
                into: &$2
            )
        }
        #expect(board.taken(clinic).first?.code == "forbidden")
        #expect(!board.exchange.hasSubscribers(patient))
    }

    @Test func `a slow socket gets only the newest value of each sign`() throws {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"vitals.subscribe","b":{"patient":"pt-1"}}"#)
        guard case .vitalsRequested(let pending, let patient, _) = board.takenEvents().first else {
            Issue.record("nobody asked for vitals")
            return
        }
        board.perform {
            $0.subscriptionDecided(
                pending,
                patient: patient,
                allowed: true,
                latest: [],
                at: $1,
                into: &$2
            )
            $0.queued(clinic, bytes: 32_769, at: $1, into: &$2)
        }
        for rate in 1...100 {
            board.perform { [values] in
                let message = VitalsMessage(
                    patient: values.patient,
                    device: values.device,
                    signs: [
                        VitalSample(sign: "hr", value: .thousandths(Int32(rate) * 1_000), at: $1)
                    ]
                )
                $0.publish(message, at: $1, into: &$2)
            }
        }
        #expect(board.taken(clinic).isEmpty)
        board.perform { $0.queued(clinic, bytes: 32_768, at: $1, into: &$2) }
        let frames = board.taken(clinic)
        #expect(frames.count == 1)
        #expect(frames.first?.text.contains(#""value":100,"#) == true)
        #expect(board.exchange.statistics.vitalsCoalesced == 99)
    }

    @Test func `a socket choked for ten seconds is closed`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.perform { $0.queued(clinic, bytes: 262_145, at: $1, into: &$2) }
        board.wait(.milliseconds(9_999))
        #expect(board.closes[clinic] == nil)
        board.wait(.milliseconds(1))
        #expect(board.closes[clinic] == .slowConsumer)
    }

    @Test func `a message reaches each participant once, whatever audiences name it`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        let site = DeskTopic.site(Switchboard.record.site)
        let desk = board.enter(Switchboard.desk("d-1", site, .nation))
        let elsewhere = board.enter(
            Switchboard.desk("d-2", .site(SiteID(trusted: "site-9")), user: "other")
        )
        _ = board.taken(desk)
        _ = board.taken(elsewhere)
        board.perform {
            $0.tell(
                [
                    .desk(site), .desk(.nation), .patient(Switchboard.record.patient),
                    .session(Switchboard.record.id),
                    .participant(ParticipantID(trusted: "p-clinic")),
                ],
                .alarm,
                body: Array(#"{"id":"a-1"}"#.utf8),
                at: $1,
                into: &$2
            )
        }
        #expect(board.taken(desk).map(\.text) == [#"{"t":"alarm","q":1,"b":{"id":"a-1"}}"#])
        #expect(board.taken(clinic).count == 1)
        #expect(board.taken(elsewhere).isEmpty)
    }

    @Test func `a drained server says so to every socket`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.perform { $0.drain(address: "wss://here/ws", at: $1, into: &$2) }
        #expect(board.closes == [clinic: .drain, doctor: .drain])
    }
}
