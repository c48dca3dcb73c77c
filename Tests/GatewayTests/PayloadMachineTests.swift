import Clinical
import Gateway
import Store
import Testing
import Vocabulary

/// What the gateway does with payloads of every form.
@Suite struct PayloadMachineTests {
    private func receive(
        _ machine: inout IngestMachine,
        _ payload: [UInt8],
        _ contentType: String = "",
        from device: String = "d-1",
        at now: Instant = Ground.now
    ) {
        machine.receive(
            topic: Array("\(Ground.prefix)/\(device)/vitals".utf8).span,
            contentType: Array(contentType.utf8).span,
            payload: payload.span,
            at: now
        )
    }

    private func receive(
        _ machine: inout IngestMachine,
        _ payload: String,
        _ contentType: String = "",
        from device: String = "d-1",
        at now: Instant = Ground.now
    ) {
        receive(&machine, Array(payload.utf8), contentType, from: device, at: now)
    }

    // MARK: Forms

    @Test func `a SenML backlog is stored, answered at once, and dropped when it comes again`()
        throws
    {
        var machine = Ground.machine()
        let pack =
            #"[{"bn":"d:","bt":1795132800,"bu":"beat/min","n":"boot","vs":"a"},{"n":"seq","v":2},{"n":"hr","v":72},{"n":"seq","v":1,"t":-10},{"n":"hr","v":71,"t":-10}]"#
        receive(&machine, pack)
        let (turn, announcements) = machine.commit()
        #expect(turn.batch.readings.map(\.sequence) == [2, 1])
        #expect(turn.batch.readings.allSatisfy { $0.flags.contains(.backlog) })
        #expect(announcements.map(\.text) == [#"{"boot":"a","seqHigh":2,"gaps":[]}"#])
        receive(&machine, pack)
        let (again, _) = machine.commit()
        #expect(again.batch.readings.isEmpty && machine.counters.duplicates == 2)
    }

    @Test func `without seq each sign is stored under its time and its own number`() {
        var machine = Ground.machine()
        receive(
            &machine,
            #"[{"bn":"d:","bt":1795132790,"n":"hr","u":"beat/min","v":72},{"n":"spo2","u":"/","v":0.97}]"#
        )
        let readings = machine.commit().0.batch.readings
        #expect(readings.count == 2 && Set(readings.map(\.sequence)).count == 2)
        #expect(readings.allSatisfy { $0.flags == [.unsequenced] && $0.boot == 0 })
    }

    @Test func `a time that counts from receipt is flagged as such`() throws {
        var machine = Ground.machine()
        receive(&machine, #"[{"n":"hr","u":"beat/min","t":-5,"v":72}]"#)
        let reading = try #require(machine.commit().0.batch.readings.first)
        #expect(reading.at == Ground.now - .seconds(5))
        #expect(reading.flags.contains(.receiptTime))
    }

    @Test func `a FHIR Observation is scored like a native reading`() throws {
        var machine = Ground.machine()
        receive(
            &machine,
            #"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"59408-5"}]},"effectiveDateTime":"2026-11-20T07:00:00+07:00","valueQuantity":{"value":97,"system":"http://unitsofmeasure.org","code":"%"}}"#
        )
        let turn = machine.commit().0
        #expect(turn.live.first?.scorable(.oxygenSaturation) == Magnitude(97))
        #expect(turn.batch.quarantined.isEmpty)
    }

    @Test func `a doubtful sign is quarantined and the others are scored`() throws {
        var machine = Ground.machine()
        receive(
            &machine,
            #"[{"n":"spo2","u":"%","v":97},{"n":"hr","u":"beat/min","v":72}]"#
        )
        let turn = machine.commit().0
        #expect(turn.batch.quarantined.map(\.code) == [.ambiguousUnit])
        #expect(turn.live.map(\.signs) == [SignSet(.heartRate)])
        let rejection = try #require(turn.batch.quarantined.first)
        #expect(rejection.payload.first == UInt8(ascii: "["))
    }

    // MARK: Profiles

    private func machine(with profiles: DeviceProfile...) -> IngestMachine {
        var machine = Ground.machine()
        machine.setProfiles(profiles)
        var device = Ground.device("d-1", 1)
        device.profile = "vendor"
        machine.register(device, at: Ground.now)
        return machine
    }

    private func vendor(_ unit: String) throws -> DeviceProfile {
        try DeviceProfileTests.profile(
            #"{name:"vendor",summary:"",readings:"list",seq:"n",boot:"$.b",signs:{temp:{path:"t",unit:"\#(unit)"}}}"#
        )
    }

    @Test func `a device's payload is read by its profile, and by the new one once that is loaded`()
        throws
    {
        var machine = machine(with: try vendor("[degF]"))
        #expect(machine.profileNames == ["native", "vendor"])
        receive(&machine, #"{"b":"a","list":[{"n":1,"t":98.6}]}"#)
        #expect(machine.commit().0.live.first?[.temperature] == Magnitude(37))
        machine.setProfiles([try vendor("Cel")])
        receive(&machine, #"{"b":"a","list":[{"n":2,"t":36.8}]}"#)
        #expect(machine.commit().0.live.first?[.temperature] == Magnitude(thousandths: 36_800))
        machine.setProfiles([])
        receive(&machine, #"{"b":"a","list":[{"n":3,"t":36.8}]}"#)
        let turn = machine.commit().0
        #expect(turn.live.isEmpty && turn.batch.quarantined.map(\.code) == [.undecodable])
        // Other devices are not touched by it.
        receive(&machine, #"{"hr":72}"#, from: "d-2")
        #expect(machine.commit().0.live.count == 1)
    }

    @Test
    func `a vendor's backlog is kept whole, once, and can be replayed when its profile is mended`()
        throws
    {
        var machine = machine(with: try vendor("Cel"))
        let payload = #"{"b":"a","list":[{"n":1,"t":98.6},{"n":2,"t":99.5},{"n":3,"t":37}]}"#
        receive(&machine, payload)
        let (turn, announcements) = machine.commit()
        let kept = turn.batch.quarantined
        #expect(kept.map(\.code) == [.ambiguousUnit, .ambiguousUnit])
        #expect(kept.map(\.payload) == [Array(payload.utf8), []])
        #expect(kept.map(\.sequence) == [1, 2])
        // Both are covered by the receipt: they need not be sent again.
        #expect(announcements.last?.text == #"{"boot":"a","seqHigh":3,"gaps":[]}"#)
        machine.setProfiles([try vendor("[degF]")])
        let (readings, refusal) = machine.replay(try #require(kept.first))
        #expect(readings == 2 && refusal?.code == .ambiguousUnit, "37 °F is nobody's")
    }

    @Test func `what says that it is native is replayed as such, whatever the device's profile`()
        throws
    {
        var machine = machine(with: try vendor("Cel"))
        var device = Ground.device("d-3", 3)
        device.profile = "vendor"
        machine.register(device, at: Ground.now)
        let type = "application/json; charset=utf-8"
        receive(&machine, #"{"seq":1,"boot":"a","hr":72}"#, type, from: "d-3")
        let refused = try #require(machine.commit().0.batch.quarantined.first)
        #expect(refused.code == .unbound && refused.contentType == type)
        receive(&machine, #"{"boot":"a","readings":[{"seq":2,"hr":"x"}]}"#, type)
        let part = try #require(machine.commit().0.batch.quarantined.first)
        #expect(part.code == .undecodable && part.sequence == 2)
        #expect(machine.replay(part).refusal?.detail == part.detail)
        machine.bind(
            DeviceBinding(
                device: Ground.devices[2].id,
                patient: Ground.patients[0].id,
                from: Ground.now
            ),
            at: Ground.now
        )
        #expect(machine.replay(refused).readings == 1)
    }

    // MARK: Battery

    private func alarms(_ machine: inout IngestMachine) -> [Alarm] {
        machine.commit().0.batch.alarms.filter { $0.cause == .lowBattery }
    }

    @Test func `a battery at 15 % raises the alarm of a low battery, and one above 20 % ends it`()
        throws
    {
        var machine = Ground.machine()
        func tell(_ level: String, second: Int) -> [Alarm] {
            let now = Ground.now + .seconds(second)
            receive(&machine, #"{"hr":72,"battery":\#(level)}"#, at: now)
            return alarms(&machine)
        }
        #expect(tell("15.001", second: 0).isEmpty)
        let raised = try #require(tell("15", second: 1).first)
        #expect(raised.condition == .present && raised.cause.kind == .technical)
        #expect(tell("14", second: 2).isEmpty)
        #expect(tell("18", second: 3).isEmpty)
        #expect(tell("20", second: 4).isEmpty)
        let ended = try #require(tell("20.001", second: 5).first)
        #expect(ended.id == raised.id && ended.condition == .absent)
        #expect(tell("16", second: 6).isEmpty)
        #expect(tell("0", second: 7).first?.condition == .present)
    }

    @Test(arguments: ["-1", "100.001", "0.5", "null", "1e400"])
    func `a level that cannot be believed says nothing`(level: String) {
        var machine = Ground.machine()
        receive(&machine, #"{"hr":72,"battery":\#(level)}"#)
        #expect(alarms(&machine).isEmpty)
        #expect(machine.counters.unknownFields == (level == "null" ? 0 : 1))
    }

    @Test func `an older reading says nothing of the battery now`() {
        var machine = Ground.machine()
        receive(&machine, #"{"at":"2026-11-20T00:00:00Z","hr":72,"battery":80}"#)
        receive(&machine, #"{"at":"2026-11-19T23:59:00Z","hr":72,"battery":5}"#)
        #expect(alarms(&machine).isEmpty)
    }

    @Test func `SenML and profiles tell of the battery too`() throws {
        var machine = Ground.machine()
        receive(
            &machine,
            #"[{"n":"hr","u":"beat/min","v":72},{"n":"battery","u":"%EL","v":15}]"#
        )
        #expect(alarms(&machine).first?.condition == .present)
        receive(
            &machine,
            #"[{"n":"hr","u":"beat/min","v":72},{"n":"battery","u":"/","v":0.9}]"#,
            at: Ground.now + .seconds(1)
        )
        #expect(alarms(&machine).first?.condition == .absent)
    }

    // MARK: Silence

    @Test func `ut keeps a device from being silent until it has passed`() {
        for (update, silentAfter) in [(600, 600), (30, 120)] {
            var machine = Ground.machine()
            receive(&machine, #"[{"n":"hr","u":"beat/min","v":72,"ut":\#(update)}]"#)
            _ = machine.commit()
            machine.advance(to: Ground.now + .seconds(silentAfter - 1))
            #expect(machine.commit().0.batch.alarms.isEmpty)
            machine.advance(to: Ground.now + .seconds(silentAfter))
            #expect(machine.commit().0.batch.alarms.map(\.cause) == [.offline])
        }
    }
}
