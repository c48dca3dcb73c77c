import Clinical
import Gateway
import Store
import Testing
import Vocabulary

struct IngestMachineTests {
    @Test func `a reading is stored for the patient and answered with a receipt after the commit`()
        throws
    {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"7f3a","at":"2026-11-20T00:00:00Z","hr":72,"spo2":97}"#)
        let (turn, announcements) = machine.commit()
        let reading = try #require(turn.batch.readings.first)
        #expect(reading.patient == 1)
        #expect(reading.sequence == 1)
        #expect(reading[.heartRate] == Magnitude(72))
        #expect(turn.batch.boots.map(\.boot) == ["7f3a"])
        #expect(announcements.map(\.topic) == ["\(Ground.prefix)/d-1/receipt"])
        #expect(announcements.first?.text == #"{"boot":"7f3a","seqHigh":1,"gaps":[]}"#)
    }

    @Test func `gaps are reported, and closed when what was missing comes`() {
        var machine = Ground.machine()
        for sequence in [1, 2, 5, 7] {
            machine.receive(#"{"seq":\#(sequence),"boot":"a","hr":72}"#)
        }
        var (_, announcements) = machine.commit()
        #expect(announcements.map(\.text) == [#"{"boot":"a","seqHigh":7,"gaps":[[3,4],[6,6]]}"#])
        machine.receive(
            #"{"boot":"a","readings":[{"seq":3,"hr":70},{"seq":4,"hr":70},{"seq":6,"hr":70}]}"#
        )
        (_, announcements) = machine.commit()
        // After a backlog the receipt does not wait.
        #expect(announcements.map(\.text) == [#"{"boot":"a","seqHigh":7,"gaps":[]}"#])
    }

    @Test func `what lies below the first number that came is a gap, so that nothing is trimmed`() {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1042,"boot":"a","hr":72}"#)
        let (_, announcements) = machine.commit()
        #expect(announcements.map(\.text) == [#"{"boot":"a","seqHigh":1042,"gaps":[[1,1041]]}"#])
    }

    @Test func `two receipts to one device are at least a second apart`() {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        #expect(machine.commit().1.count == 1)
        let soon = Ground.now + .milliseconds(999)
        machine.receive(#"{"seq":2,"boot":"a","hr":72}"#, at: soon)
        #expect(machine.commit(at: soon).1.isEmpty)
        #expect(machine.nextReceipt == Ground.now + .seconds(1))
        #expect(machine.dueReceipts(at: soon).isEmpty)
        let due = machine.dueReceipts(at: Ground.now + .seconds(1))
        #expect(due.map(\.text) == [#"{"boot":"a","seqHigh":2,"gaps":[]}"#])
        #expect(machine.nextReceipt == nil)
    }

    @Test func `a failed commit is announced to nobody, and its boots and alarms come again`() {
        var machine = Ground.machine()
        machine.receive(#"{"event":"sos"}"#, leaf: "events")
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        let turn = machine.takeTurn()
        #expect(turn.batch.alarms.map(\.cause) == [.sos])
        machine.failed(turn)
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        let (next, announcements) = machine.commit()
        #expect(next.batch.alarms.map(\.cause) == [.sos])
        #expect(next.batch.boots.map(\.boot) == ["a"])
        #expect(next.batch.readings.count == 1)
        #expect(announcements.count == 1)
    }

    @Test func `a number that is durable already is dropped, and its receipt sent again`() {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        _ = machine.commit()
        let later = Ground.now + .seconds(5)
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#, at: later)
        let (turn, announcements) = machine.commit(at: later)
        #expect(turn.batch.readings.isEmpty)
        #expect(machine.counters.duplicates == 1)
        #expect(announcements.map(\.text) == [#"{"boot":"a","seqHigh":1,"gaps":[]}"#])
    }

    @Test func `after a restart the store says which numbers are durable`() {
        var machine = Ground.machine()
        machine.register(DeviceBoot(device: 1, number: 1, boot: "a"))
        machine.receive(#"{"seq":8,"boot":"a","hr":72}"#)
        let turn = machine.takeTurn()
        #expect(turn.missing.map(\.boot) == [1])
        machine.restore(turn.missing[0], [1...7])
        let announcements = machine.committed(
            turn,
            IngestOutcome(stored: 1, duplicates: 0),
            at: Ground.now
        )
        #expect(announcements.map(\.text) == [#"{"boot":"a","seqHigh":8,"gaps":[]}"#])
    }

    @Test func `each boot of a backlog gets its receipt, however many boots it is of`() {
        var machine = Ground.machine()
        let boots = (1...9).map { "b-\($0)" }
        func backlog(_ boot: String) -> String {
            #"{"boot":"\#(boot)","readings":[{"seq":1,"hr":72},{"seq":2,"hr":72}]}"#
        }
        let expected = boots.map { #"{"boot":"\#($0)","seqHigh":2,"gaps":[]}"# }
        for boot in boots { machine.receive(backlog(boot)) }
        #expect(machine.commit().1.map(\.text) == expected)
        // The same when the receipts were lost, in whatever order it comes again.
        for order in [boots, boots.reversed()] {
            for boot in order { machine.receive(backlog(boot)) }
            #expect(Set(machine.commit().1.map(\.text)) == Set(expected))
        }
    }

    @Test func `boots that come during a commit do not cost another boot its receipt`() {
        var machine = Ground.machine()
        machine.receive(#"{"boot":"a","readings":[{"seq":1,"hr":72}]}"#)
        let first = machine.takeTurn()
        machine.receive(#"{"boot":"a","readings":[{"seq":2,"hr":72}]}"#)
        for number in 1...5 {
            machine.receive(#"{"boot":"b-\#(number)","readings":[{"seq":1,"hr":72}]}"#)
        }
        let outcome = IngestOutcome(stored: 1, duplicates: 0)
        let receipts = machine.committed(first, outcome, at: Ground.now)
        #expect(receipts.map(\.text) == [#"{"boot":"a","seqHigh":1,"gaps":[]}"#])
        let second = machine.takeTurn()
        // What is not at hand any more is asked for.
        for missing in second.missing { machine.restore(missing, missing.boot == 1 ? [1...1] : []) }
        let next = machine.committed(second, outcome, at: Ground.now)
        #expect(next.count == 6)
        #expect(next.contains { $0.text == #"{"boot":"a","seqHigh":2,"gaps":[]}"# })
    }

    @Test func `a refused reading is covered, even if it is the first of its boot after a restart`()
        throws
    {
        var limits = IngestLimits()
        limits.burst = 0
        limits.readingsPerSecond = 0
        var machine = Ground.machine(limits: limits)
        machine.register(DeviceBoot(device: 1, number: 1, boot: "a"))
        machine.receive(#"{"seq":8,"boot":"a","hr":72}"#)
        let turn = machine.takeTurn()
        #expect(turn.batch.quarantined.map(\.code) == [.limit])
        machine.restore(try #require(turn.missing.first), [1...7])
        let announcements = machine.committed(
            turn,
            IngestOutcome(stored: 0, duplicates: 0),
            at: Ground.now
        )
        #expect(announcements.last?.text == #"{"boot":"a","seqHigh":8,"gaps":[]}"#)
    }

    @Test func `a clock that is set back keeps no receipt back`() {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        #expect(machine.commit().1.count == 1)
        machine.receive(#"{"seq":2,"boot":"a","hr":72}"#)
        #expect(machine.commit().1.isEmpty)
        // The receipt that was to come in a second comes now.
        let back = Ground.now - .hours(1)
        let waiting = machine.dueReceipts(at: back)
        #expect(waiting.map(\.text) == [#"{"boot":"a","seqHigh":2,"gaps":[]}"#])
        machine.receive(#"{"seq":3,"boot":"a","hr":72}"#, at: back)
        #expect(machine.commit(at: back).1.isEmpty)
        #expect(machine.nextReceipt == back + .seconds(1))
        #expect(machine.dueReceipts(at: back + .seconds(1)).count == 1)
        // And none that was sent by the clock of before.
        let further = back - .hours(1)
        machine.receive(#"{"seq":4,"boot":"a","hr":72}"#, at: further)
        #expect(machine.commit(at: further).1.isEmpty)
        #expect(machine.nextReceipt == further + .seconds(1))
    }

    @Test(arguments: [
        ("telehealth/v1/yen-bai/site-b/d-1/vitals", QuarantineCode.identityMismatch),
        ("telehealth/v1/lao-cai/site-a/d-1/vitals", .identityMismatch),
        ("telehealth/v1/yen-bai/site-a/d-9/vitals", .unknownDevice),
        ("telehealth/v1/yen-bai/site-a/d-1/vitals/x", .identityMismatch),
        ("telehealth/v1/yen-bai/site-a/d-3/vitals", .unbound),
    ])
    func `a message from nowhere is quarantined and stored for nobody`(
        topic: String,
        code: QuarantineCode
    ) {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#, topic: topic)
        let (turn, _) = machine.commit()
        #expect(turn.batch.readings.isEmpty)
        #expect(turn.batch.quarantined.map(\.code) == [code])
        #expect(turn.batch.quarantined.first?.topic == topic)
    }

    @Test func `a device that was removed is unknown`() {
        var machine = Ground.machine()
        var device = Ground.devices[0]
        device.removedAt = Ground.now
        machine.register(device, at: Ground.now)
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        #expect(machine.commit().0.batch.quarantined.map(\.code) == [.unknownDevice])
    }

    @Test func `a device whose certificate was revoked is refused until it is good again`() {
        var machine = Ground.machine()
        machine.refuse(["d-1", "not-registered"])
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        let turn = machine.commit().0
        #expect(turn.batch.readings.isEmpty)
        #expect(turn.batch.quarantined.map(\.code) == [.identityMismatch])
        machine.refuse([])
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        #expect(machine.commit().0.batch.readings.count == 1)
    }

    @Test func `a device is refused though it is registered after its revocation`() {
        var machine = Ground.machine()
        machine.refuse(["d-9"])
        machine.register(Ground.device("d-9", 9), at: Ground.now)
        machine.receive(
            #"{"seq":1,"boot":"a","hr":72}"#,
            topic: "telehealth/v1/yen-bai/site-a/d-9/vitals"
        )
        #expect(machine.commit().0.batch.quarantined.map(\.code) == [.identityMismatch])
    }

    @Test func `an implausible value is quarantined and the plausible ones are kept`() throws {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":72,"sys":11647}"#)
        let (turn, announcements) = machine.commit()
        let reading = try #require(turn.batch.readings.first)
        #expect(reading.scorable(.heartRate) == Magnitude(72))
        #expect(reading.scorable(.systolicPressure) == nil)
        #expect(reading.flags.contains(.implausible))
        #expect(turn.batch.quarantined.map(\.code) == [.implausible])
        #expect(announcements.contains { $0.topic.hasSuffix("/rejected") })
    }

    @Test func `a reading with nothing plausible is only quarantined, and its receipt covers it`() {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","sys":11647}"#)
        let (turn, announcements) = machine.commit()
        #expect(turn.batch.readings.isEmpty)
        #expect(turn.batch.quarantined.map(\.sequence) == [1])
        #expect(announcements.last?.text == #"{"boot":"a","seqHigh":1,"gaps":[]}"#)
    }

    @Test func `zero from a probe that is off is kept, never scored, and not quarantined`() throws {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":0,"spo2":0,"temp":36.8}"#)
        let (turn, _) = machine.commit()
        let reading = try #require(turn.batch.readings.first)
        #expect(reading.flags.contains(.probeOff))
        #expect(reading.scorable(.heartRate) == nil)
        #expect(reading.scorable(.temperature) == Magnitude(thousandths: 36_800))
        #expect(turn.batch.quarantined.isEmpty)
    }

    @Test(arguments: [("1", true), ("0.97", true), ("1.001", false)])
    func `saturation that looks like a ratio is ambiguous`(value: String, isAmbiguous: Bool) {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","spo2":\#(value)}"#)
        let code = machine.commit().0.batch.quarantined.first?.code
        #expect(code == (isAmbiguous ? .ambiguousUnit : .implausible))
    }

    @Test(arguments: [(5_000, false), (5_001, true)])
    func `a time too far in the future is replaced by the time of receipt`(
        ahead: Int,
        isReplaced: Bool
    ) throws {
        var machine = Ground.machine()
        let at = Ground.now + .milliseconds(ahead)
        machine.receive(#"{"seq":1,"boot":"a","at":\#(at.milliseconds),"hr":72}"#)
        let reading = try #require(machine.commit().0.batch.readings.first)
        #expect(reading.at == (isReplaced ? Ground.now : at))
        #expect(reading.flags.contains(.futureTime) == isReplaced)
    }

    @Test func `a clock that runs ahead is known by its sent time, and set back`() throws {
        var machine = Ground.machine()
        let ahead = Ground.now + .hours(8_760)
        machine.receive(
            #"{"seq":1,"boot":"a","at":\#(ahead.milliseconds - 2_000),"sent":\#(ahead.milliseconds),"hr":72}"#
        )
        let reading = try #require(machine.commit().0.batch.readings.first)
        #expect(reading.at == Ground.now - .seconds(2))
        #expect(!reading.flags.contains(.futureTime))
    }

    @Test(arguments: [
        (0, [1, 0, 0]), (120_000, [1, 0, 0]), (120_001, [0, 1, 0]), (900_000, [0, 1, 0]),
        (900_001, [0, 0, 1]),
    ])
    func `two minutes are live, a quarter of an hour is late, the rest is backfill`(
        age: Int,
        expected: [Int]
    ) throws {
        var machine = Ground.machine()
        let at = Ground.now - .milliseconds(age)
        machine.receive(#"{"seq":1,"boot":"a","at":\#(at.milliseconds),"hr":72}"#)
        let ages = try #require(machine.link(of: DeviceID(trusted: "d-1"))?.ages)
        #expect([ages.live, ages.late, ages.backfill] == expected)
    }

    @Test func `a device's link tells its clock, its last receipt and the gaps`() throws {
        var machine = Ground.machine()
        let device = DeviceID(trusted: "d-1")
        #expect(machine.link(of: device)?.clockOffset == nil)
        #expect(machine.link(of: device)?.lastReceiptAt == nil)
        for (sequence, ahead) in [(1, 400), (3, -250), (6, 90)] {
            let sent = Ground.now.milliseconds + Int64(ahead)
            machine.receive(#"{"seq":\#(sequence),"boot":"a","sent":\#(sent),"hr":72}"#)
        }
        _ = machine.commit()
        let link = try #require(machine.link(of: device))
        #expect(link.clockOffset == -250...400)
        #expect(link.lastReceiptAt == Ground.now)
        #expect(link.gaps == 2)
        #expect(machine.link(of: DeviceID(trusted: "d-9")) == nil)
    }

    @Test(arguments: [(3_599_999, true), (3_600_000, false)])
    func `what was seen of a clock is believed for less than an hour`(
        later: Int,
        isKnown: Bool
    ) throws {
        var machine = Ground.machine()
        func tell(_ ahead: Int, at now: Instant, _ sequence: Int) {
            let sent = now.milliseconds + Int64(ahead)
            machine.receive(
                #"{"seq":\#(sequence),"boot":"a","sent":\#(sent),"hr":72}"#,
                at: now
            )
        }
        tell(60_000, at: Ground.now, 1)
        tell(10, at: Ground.now + .milliseconds(later), 2)
        let offset = machine.link(of: DeviceID(trusted: "d-1"))?.clockOffset
        #expect(offset == (isKnown ? 10...60_000 : 10...10))
    }

    @Test(arguments: [(65_000, false), (65_001, true)])
    func `a time is in the future beyond the clock's known offset and five seconds`(
        ahead: Int,
        isReplaced: Bool
    ) throws {
        var machine = Ground.machine()
        let sent = Ground.now.milliseconds + 60_000
        let at = Ground.now.milliseconds + Int64(ahead)
        machine.receive(#"{"seq":1,"boot":"a","at":\#(at),"sent":\#(sent),"hr":72}"#)
        let reading = try #require(machine.commit().0.batch.readings.first)
        #expect(reading.flags.contains(.futureTime) == isReplaced)
        #expect(reading.at == Ground.now)
    }

    @Test(arguments: [(19, [1, 1]), (20, [2, 0])])
    func `a device's rate is fifty a second once its burst is used up`(
        milliseconds: Int,
        expected: [Int]
    ) {
        var machine = Ground.machine()
        let burst = (1...2_000).map { #"{"seq":\#($0),"at":\#(Ground.now.milliseconds),"hr":72}"# }
        for part in [burst[..<1_000], burst[1_000...]] {
            machine.receive(#"{"boot":"a","readings":[\#(part.joined(separator: ","))]}"#)
        }
        #expect(machine.commit().0.batch.quarantined.isEmpty)
        let later = Ground.now + .milliseconds(milliseconds)
        machine.receive(#"{"seq":2001,"boot":"a","hr":72}"#, at: later)
        let turn = machine.commit(at: later).0
        #expect([turn.batch.readings.count + 1, turn.batch.quarantined.count] == expected)
        #expect(turn.batch.quarantined.allSatisfy { $0.code == .limit })
    }

    @Test(arguments: [(900_000, false), (900_001, true)])
    func `older than a quarter of an hour is backfill`(age: Int, isBackfill: Bool) throws {
        var machine = Ground.machine()
        let at = Ground.now - .milliseconds(age)
        machine.receive(#"{"seq":1,"boot":"a","at":\#(at.milliseconds),"hr":72}"#)
        let reading = try #require(machine.commit().0.batch.readings.first)
        #expect(reading.flags.contains(.backfill) == isBackfill)
    }

    @Test func `without numbers each sign is stored by itself, and no receipt is promised`() {
        var machine = Ground.machine()
        let at = Ground.now.milliseconds
        machine.receive(#"{"at":\#(at),"hr":72,"spo2":97}"#)
        let (turn, announcements) = machine.commit()
        #expect(turn.batch.readings.map(\.sequence) == [at * 32, at * 32 + 2])
        #expect(turn.batch.readings.allSatisfy { $0.flags.contains(.unsequenced) && $0.boot == 0 })
        #expect(announcements.isEmpty)
    }

    @Test func `a time left out is the time of receipt and is flagged so`() throws {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#)
        let reading = try #require(machine.commit().0.batch.readings.first)
        #expect(reading.at == Ground.now)
        #expect(reading.flags.contains(.receiptTime))
    }

    @Test func `the patient is who the device was bound to at the reading's time`() {
        var machine = Ground.machine()
        machine.bind(
            DeviceBinding(
                device: Ground.devices[0].id,
                patient: Ground.patients[1].id,
                from: Ground.now
            ),
            at: Ground.now
        )
        let before = Ground.now.milliseconds - 1
        machine.receive(#"{"seq":1,"boot":"a","at":\#(before),"hr":72}"#)
        machine.receive(#"{"seq":2,"boot":"a","at":\#(Ground.now.milliseconds),"hr":72}"#)
        #expect(machine.commit().0.batch.readings.map(\.patient) == [1, 2])
    }

    @Test func `copies of what is durable cost nothing of the rate`() {
        var limits = IngestLimits()
        limits.burst = 10
        limits.readingsPerSecond = 0
        var machine = Ground.machine(limits: limits)
        let list = (1...9).map { #"{"seq":\#($0),"hr":72}"# }.joined(separator: ",")
        let backlog = #"{"boot":"a","readings":[\#(list)]}"#
        machine.receive(backlog)
        _ = machine.commit()
        for _ in 1...20 { machine.receive(backlog) }
        // There is still room for one.
        machine.receive(#"{"seq":10,"boot":"a","hr":72}"#)
        #expect(machine.commit().0.batch.quarantined.isEmpty)
        // And without any room the copy of what is durable gets its receipt.
        machine.receive(backlog)
        let (turn, announcements) = machine.commit()
        #expect(turn.batch.quarantined.isEmpty)
        #expect(announcements.map(\.text) == [#"{"boot":"a","seqHigh":10,"gaps":[]}"#])
        machine.receive(#"{"seq":11,"boot":"a","hr":72}"#)
        #expect(machine.commit().0.batch.quarantined.map(\.code) == [.limit])
    }

    @Test func `the burst is taken whole, what comes after it is quarantined`() {
        var limits = IngestLimits()
        limits.burst = 3
        limits.readingsPerSecond = 1
        var machine = Ground.machine(limits: limits)
        for sequence in 1...4 { machine.receive(#"{"seq":\#(sequence),"boot":"a","hr":72}"#) }
        let (turn, _) = machine.commit()
        #expect(turn.batch.readings.count == 3)
        #expect(turn.batch.quarantined.map(\.code) == [.limit])
        machine.receive(#"{"seq":5,"boot":"a","hr":72}"#, at: Ground.now + .seconds(1))
        #expect(machine.commit().0.batch.readings.count == 1)
    }

    @Test func `one bad element of a backlog is refused alone and can be replayed`() throws {
        var machine = Ground.machine()
        machine.receive(
            #"{"boot":"a","readings":[{"seq":1,"hr":70},{"seq":2,"hr":"x"},{"seq":3,"hr":71}]}"#
        )
        let (turn, announcements) = machine.commit()
        #expect(turn.batch.readings.map(\.sequence) == [1, 3])
        let refused = try #require(turn.batch.quarantined.first)
        #expect(refused.code == .undecodable)
        #expect(refused.sequence == 2)
        #expect(
            String(decoding: refused.payload, as: UTF8.self)
                == #"{"boot":"a","readings":[{"seq":2,"hr":"x"}]}"#
        )
        #expect(announcements.last?.text == #"{"boot":"a","seqHigh":3,"gaps":[]}"#)
    }

    @Test func `a payload from quarantine is taken once its cause was mended`() throws {
        var machine = Ground.machine()
        machine.receive(#"{"seq":1,"boot":"a","hr":72}"#, from: "d-3")
        let refused = try #require(machine.commit().0.batch.quarantined.first)
        #expect(machine.replay(refused).refusal?.code == .unbound)
        machine.bind(
            DeviceBinding(
                device: Ground.devices[2].id,
                patient: Ground.patients[0].id,
                from: Ground.now
            ),
            at: Ground.now
        )
        #expect(machine.replay(refused).readings == 1)
        #expect(machine.commit().0.batch.readings.map(\.patient) == [1])
    }

    @Test func `status changes presence, and what was retained raises no alarm`() {
        var machine = Ground.machine()
        machine.receive(#"{"state":"online"}"#, leaf: "status", isRetained: true)
        #expect(machine.presence(of: Ground.devices[0].id)?.isOnline == true)
        machine.receive(#"{"state":"offline"}"#, leaf: "status", isRetained: true)
        #expect(machine.presence(of: Ground.devices[0].id)?.isOnline == false)
        #expect(machine.takeTurn().batch.alarms.isEmpty)
        machine.receive(#"{"state":"offline"}"#, leaf: "status")
        #expect(machine.takeTurn().batch.alarms.map(\.cause) == [.offline])
    }
}
