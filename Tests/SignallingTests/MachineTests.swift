import Signalling
import Testing
import Vocabulary

@Suite struct MachineTests {
    private let now = Instant(seconds: 1_000)
    private let clinic = ParticipantID(trusted: "clinic")
    private let doctor = ParticipantID(trusted: "doctor")

    // MARK: States

    @Test(arguments: [
        (SessionState.scheduled, [SessionState.waiting, .cancelled, .expired]),
        (.waiting, [.live, .cancelled, .expired]),
        (.live, [.held, .ending, .cancelled, .expired]),
        (.held, [.live, .ending, .cancelled, .expired]),
        (.ending, [.ended, .cancelled, .expired]), (.ended, []), (.cancelled, []), (.expired, []),
    ])
    func `a session goes where the specification lets it`(
        state: SessionState,
        next: [SessionState]
    ) {
        #expect(state.successors == next)
        #expect(state.isFinal == next.isEmpty)
    }

    @Test func `every state can be reached, and removal from every one that is not final`() {
        var reached: Set<ParticipantState> = [.invited]
        for _ in ParticipantState.allCases {
            reached.formUnion(reached.flatMap(\.successors))
        }
        #expect(reached == Set(ParticipantState.allCases))
        for state in ParticipantState.allCases {
            #expect(state.successors.contains(.removed) == !state.successors.isEmpty)
        }
        for state in LinkState.allCases {
            #expect(state.successors.contains(.closed) == (state != .closed))
        }
    }

    @Test func `a session waits until its doctor comes, and both steps are in its history`() {
        var machine = SessionMachine(Switchboard.record, at: now)
        machine.enter(clinic, role: .clinic, name: "")
        #expect(machine.record.state == .scheduled)
        check(machine.connected(clinic, at: now), is: false)
        #expect(machine.record.state == .waiting)
        machine.enter(doctor, role: .doctor, name: "")
        check(machine.connected(doctor, at: now), is: true)
        #expect(machine.record.state == .live)
        #expect(
            machine.record.timeline.map(\.what) == [
                "scheduled", "clinicJoined", "waiting", "doctorJoined", "live", "bothPresent",
            ]
        )
        check(machine.takeChange() == nil, is: false)
        check(machine.takeChange(), is: nil)
    }

    @Test func `coming and going makes neither the history nor the list longer`() {
        var machine = SessionMachine(Switchboard.record, at: now)
        for number in 1...100 {
            let id = ParticipantID(trusted: "p-\(number)")
            machine.enter(id, role: .clinic, name: "")
            _ = machine.connected(id, at: now)
            machine.leave(id, at: now)
        }
        #expect(machine.participants.count == 1)
        #expect(machine.links.isEmpty)
        #expect(machine.record.timeline.count == 3)
    }

    @Test func `sixty-four are in the room and it is full`() {
        var machine = SessionMachine(Switchboard.record, at: now)
        for number in 1...64 {
            #expect(!machine.isFull)
            machine.enter(ParticipantID(trusted: "p-\(number)"), role: .observer, name: "")
        }
        #expect(machine.isFull)
        #expect(machine.links.count == 64 * 63 / 2)
    }

    // MARK: Links

    @Test func `a round is an offer and its answer`() throws {
        var machine = pair()
        let link = try #require(machine.link(between: clinic, and: doctor))
        #expect(link.earlier == clinic)
        #expect(send(&machine, .answer, 1, from: doctor) == .ahead)
        #expect(send(&machine, .candidates, 1, from: clinic) == .ahead)
        #expect(send(&machine, .offer, 2, from: clinic) == .ahead)
        #expect(send(&machine, .offer, 1, from: clinic) == .relay)
        #expect(state(machine) == .negotiating)
        #expect(send(&machine, .answer, 1, from: clinic) == .stale)
        #expect(send(&machine, .candidates, 1, from: doctor) == .relay)
        #expect(send(&machine, .answer, 1, from: doctor) == .relay)
        #expect(state(machine) == .up)
        #expect(send(&machine, .answer, 1, from: doctor) == .stale)
        #expect(send(&machine, .offer, 1, from: clinic) == .stale)
        #expect(send(&machine, .offer, 2, from: doctor) == .relay)
        #expect(send(&machine, .candidates, 1, from: clinic) == .stale)
    }

    @Test func `in glare the impolite offer counts, whichever comes first`() {
        // The clinic joined earlier: it is impolite.
        var impoliteFirst = pair()
        #expect(send(&impoliteFirst, .offer, 1, from: clinic) == .relay)
        #expect(send(&impoliteFirst, .offer, 1, from: doctor) == .stale)
        #expect(send(&impoliteFirst, .answer, 1, from: doctor) == .relay)
        var politeFirst = pair()
        #expect(send(&politeFirst, .offer, 1, from: doctor) == .relay)
        #expect(send(&politeFirst, .offer, 1, from: clinic) == .relay)
        #expect(send(&politeFirst, .offer, 1, from: doctor) == .stale)
        #expect(send(&politeFirst, .answer, 1, from: clinic) == .stale)
        #expect(send(&politeFirst, .answer, 1, from: doctor) == .relay)
        #expect(state(politeFirst) == .up)
    }

    @Test func `what is reported of the media takes no answer from an offer`() {
        // Both restart what a lost network broke, and say at any moment that nothing flows.
        for glare in [false, true] {
            var machine = pair()
            if glare { #expect(send(&machine, .offer, 1, from: doctor) == .relay) }
            check(machine.fail(link: machine.links[0].id, by: doctor), is: clinic)
            #expect(send(&machine, .offer, 1, from: clinic) == .relay)
            check(machine.fail(link: machine.links[0].id, by: clinic), is: doctor)
            #expect(send(&machine, .answer, 1, from: clinic) == .stale)
            #expect(send(&machine, .answer, 1, from: doctor) == .relay)
            #expect(state(machine) == .up)
            #expect(send(&machine, .answer, 1, from: doctor) == .stale)
        }
    }

    @Test func `a failed link is negotiated again`() {
        var machine = pair()
        #expect(send(&machine, .offer, 1, from: clinic) == .relay)
        let id = machine.links[0].id
        check(machine.fail(link: id, by: doctor), is: clinic)
        #expect(state(machine) == .failing)
        check(machine.fail(link: id, by: ParticipantID(trusted: "x")), is: nil)
        #expect(send(&machine, .offer, 2, from: clinic) == .relay)
        #expect(state(machine) == .negotiating)
        machine.relink(clinic)
        #expect(machine.links[0].id != id)
        #expect(machine.links[0].round == 0)
        machine.leave(clinic, at: now)
        #expect(machine.links.isEmpty)
    }

    // MARK: Limits

    @Test func `a bucket holds its burst and refills by the second`() {
        var limit = RateLimit(perSecond: 20, burst: 60, at: now)
        for _ in 1...60 { check(limit.take(at: now), is: true) }
        check(limit.take(at: now), is: false)
        check(limit.take(at: now + .milliseconds(49)), is: false)
        check(limit.take(at: now + .milliseconds(50)), is: true)
        check(limit.take(at: now + .milliseconds(50)), is: false)
        let later = now + .hours(10)
        for _ in 1...60 { check(limit.take(at: later), is: true) }
        check(limit.take(at: later), is: false)
        // A clock that goes back refills nothing.
        check(limit.take(at: now), is: false)
        limit.allow(2)
        check(limit.take(at: later), is: true)
        check(limit.take(at: later), is: true)
        check(limit.take(at: later), is: false)
    }

    @Test func `the tenth failure blocks for a second, each further one for twice as long`() {
        var throttle = TicketThrottle()
        for _ in 1...9 { throttle.failed("a", at: now) }
        #expect(throttle.wait("a", at: now) == nil)
        var time = now
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_800] {
            throttle.failed("a", at: time)
            #expect(throttle.wait("a", at: time) == .seconds(seconds))
            time = time + .seconds(seconds)
            #expect(throttle.wait("a", at: time - .milliseconds(1)) == .milliseconds(1))
            #expect(throttle.wait("a", at: time) == nil)
        }
        #expect(throttle.wait("b", at: now) == nil)
        let later = time + .minutes(30)
        for _ in 1...9 { throttle.failed("a", at: later) }
        #expect(throttle.wait("a", at: later) == nil)
    }

    @Test func `a flood of addresses does not fill the memory`() {
        var throttle = TicketThrottle(addressLimit: 64)
        for number in 1...1_000 {
            throttle.failed("a-\(number)", at: now + .seconds(number))
            #expect(throttle.addressCount <= 64)
        }
    }

    // MARK: Lane

    @Test func `the ring holds 256 frames or 256 KiB, then the oldest go`() {
        var lane = ReliableLane()
        for _ in 1...256 { check(lane.keep([0]), is: true) }
        check(lane.keep([0]), is: false)
        #expect(lane.unacknowledgedFrames == 256)
        check(lane.resume(last: 0, theirSent: 0), is: .gap)
        #expect(lane.nextSequence == 1)
        var bytes = ReliableLane()
        check(bytes.keep([UInt8](repeating: 0, count: 131_072)), is: true)
        check(bytes.keep([UInt8](repeating: 0, count: 131_072)), is: true)
        check(bytes.keep([0]), is: false)
        #expect(bytes.unacknowledgedFrames == 2)
        check(bytes.resume(last: 1, theirSent: 0), is: .complete)
        #expect(bytes.unacknowledged.count == 2)
        check(bytes.acknowledge(3), is: true)
        #expect(bytes.unacknowledgedFrames == 0)
        check(bytes.acknowledge(4), is: false)
    }

    @Test func `long lanes keep exactly what was not acknowledged`() {
        var lane = ReliableLane(ringMessages: 100, ringBytes: 1_000)
        var random = SeededRandom(seed: 3)
        for number in 1...5_000 {
            _ = lane.keep([UInt8(truncatingIfNeeded: number)])
            if random.chance(0.1) {
                let last = lane.sent - Int64.random(in: 0...5, using: &random)
                check(lane.acknowledge(max(0, last)), is: true)
            }
            let first = lane.sent - Int64(lane.unacknowledgedFrames) + 1
            let expected = first...max(first, lane.sent)
            #expect(
                lane.unacknowledged.flatMap(\.self)
                    == (lane.unacknowledgedFrames == 0
                        ? [] : expected.map { UInt8(truncatingIfNeeded: $0) })
            )
        }
    }

    private func pair() -> SessionMachine {
        var machine = SessionMachine(Switchboard.record, at: now)
        machine.enter(clinic, role: .clinic, name: "")
        machine.enter(doctor, role: .doctor, name: "")
        return machine
    }

    private func state(_ machine: SessionMachine) -> LinkState? {
        machine.link(between: doctor, and: clinic)?.state
    }

    private func send(
        _ machine: inout SessionMachine,
        _ kind: RelayedBody.Kind,
        _ round: Int,
        from sender: ParticipantID
    ) -> Link.Verdict? {
        machine.send(
            kind,
            link: machine.links[0].id,
            round: round,
            from: sender,
            to: sender == clinic ? doctor : clinic
        )
    }
}
