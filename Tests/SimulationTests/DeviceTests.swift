import Clinical
import Simulation
import Testing
import Vocabulary

@Suite struct DeviceTests {
    let start = Instant(seconds: 1_763_600_000)

    func device(_ scenario: Scenario = .stable, hasten: Double = 1) -> SimulatedDevice {
        SimulatedDevice(
            patient: PatientModel(scenario: scenario, seed: 1, start: start, hasten: hasten),
            boot: "b1",
            period: .seconds(5),
            start: start
        )
    }

    /// The payloads that were published on `vitals`.
    func vitals(_ effects: [DeviceEffect]) -> [JSONValue] {
        effects.compactMap { effect in
            guard case .publish(.vitals, let payload) = effect else { return nil }
            return JSONValue(payload)
        }
    }

    func sequences(_ payload: JSONValue) -> [Int] {
        payload["readings"]?.elements.compactMap { $0["seq"]?.integer }
            ?? [payload["seq"]?.integer].compactMap(\.self)
    }

    func receipt(_ text: String) throws -> Receipt {
        let bytes = Array(text.utf8)
        let receipt = Receipt(bytes.span)
        return try #require(receipt)
    }

    @Test func `each reading goes out at once while there is a connection`() {
        var device = device()
        #expect(
            device.connected(at: start) == [.publish(.status, Array(#"{"state":"online"}"#.utf8))]
        )
        #expect(vitals(device.advance(to: start - .milliseconds(1))).isEmpty)
        let first = vitals(device.advance(to: start))
        #expect(first.map { $0["seq"]?.integer } == [1])
        #expect(first.first?["boot"]?.text == "b1")
        #expect(first.first?["at"]?.text == start.rfc3339)
        #expect(device.nextDue == start + .seconds(5))
        #expect(vitals(device.advance(to: start + .seconds(5))).map { $0["seq"]?.integer } == [2])
        #expect(device.figures.published == 2)
    }

    @Test func `without a connection readings are kept and sent as a backlog afterwards`() {
        var device = device()
        #expect(device.advance(to: start + .seconds(10)).isEmpty)
        #expect(device.spool.entries.count == 3)
        #expect(device.figures.published == 0)
        let backlog = vitals(device.connected(at: start + .seconds(12)))
        #expect(backlog.map(sequences) == [[1, 2, 3]])
        #expect(device.figures.published == 3)
        #expect(device.figures.resent == 0)
    }

    @Test func `a receipt forgets what it covers and keeps its gaps`() throws {
        var device = device()
        _ = device.connected(at: start)
        _ = device.advance(to: start + .seconds(25))
        let covered = device.receive(try receipt(#"{"boot":"b1","seqHigh":5,"gaps":[[2,3]]}"#))
        #expect(covered.map(\.sequence) == [1, 4, 5])
        #expect(device.spool.entries.map(\.sequence) == [2, 3, 6])
        #expect(device.figures.covered == 3)
        #expect(device.receive(try receipt(#"{"boot":"b1","seqHigh":5,"gaps":[[2,3]]}"#)).isEmpty)
        #expect(device.figures.covered == 3)
    }

    @Test func `a receipt for another boot covers nothing`() throws {
        var device = device()
        _ = device.connected(at: start)
        _ = device.advance(to: start)
        #expect(device.receive(try receipt(#"{"boot":"b2","seqHigh":9}"#)).isEmpty)
        #expect(device.spool.entries.count == 1)
    }

    @Test func `what waits thirty seconds for a receipt is sent again, and not before`() throws {
        var device = device()
        _ = device.connected(at: start)
        _ = device.advance(to: start + .seconds(5))
        device.rest()
        // A receipt that leaves the first one out does not restart its time.
        _ = device.receive(try receipt(#"{"boot":"b1","seqHigh":2,"gaps":[[1,1]]}"#))
        #expect(device.nextDue == start + .seconds(5) + .seconds(30))
        #expect(device.advance(to: start + .seconds(34) + .milliseconds(999)).isEmpty)
        let again = vitals(device.advance(to: start + .seconds(35)))
        #expect(again.map(sequences) == [[1]])
        #expect(device.figures.resent == 1)
        #expect(device.nextDue == start + .seconds(65))
    }

    @Test func `after a reconnect everything that is not covered is sent again`() throws {
        var device = device()
        _ = device.connected(at: start)
        _ = device.advance(to: start + .seconds(10))
        _ = device.receive(try receipt(#"{"boot":"b1","seqHigh":1}"#))
        device.disconnected()
        _ = device.advance(to: start + .seconds(15))
        let backlog = vitals(device.connected(at: start + .seconds(16)))
        #expect(backlog.map(sequences) == [[2, 3, 4]])
        #expect(device.figures.resent == 2)
        #expect(device.figures.published == 4)
    }

    @Test func `a long backlog is cut into messages`() {
        var device = device()
        let count = NativePayload.backlogLimit + 1
        _ = device.advance(to: start + .seconds(5 * (count - 1)))
        let backlog = vitals(device.connected(at: start + .seconds(5 * count)))
        #expect(backlog.map { sequences($0).count } == [NativePayload.backlogLimit, 1])
    }

    @Test func `a flat device vanishes, comes back with a new boot and still owes the old one`()
        throws
    {
        var device = device(.flatBattery, hasten: 600)
        _ = device.connected(at: start)
        var effects: [DeviceEffect] = []
        var now = start
        while !effects.contains(.vanish) {
            try #require(now < start + .seconds(60))
            effects = device.advance(to: now)
            now = now + .seconds(1)
        }
        let kept = device.spool.entries.count
        #expect(kept > 0)
        // The broker's news that the connection is gone changes nothing more.
        device.disconnected()
        let back = try #require(device.nextDue)
        #expect(device.advance(to: back - .milliseconds(1)).isEmpty)
        #expect(device.advance(to: back) == [.connect])
        let sent = vitals(device.connected(at: back))
        #expect(sent.map { $0["boot"]?.text } == ["b1"])
        let fresh = vitals(device.advance(to: back + .seconds(5)))
        #expect(fresh.map { $0["boot"]?.text } == ["b1-2"])
        #expect(fresh.map(sequences) == [[1]])
        #expect(device.receive(try receipt(#"{"boot":"b1","seqHigh":99}"#)).count == kept)
        #expect(device.spool.entries.map(\.boot) == ["b1-2"])
    }

    @Test func `a lost probe and a low battery are told once`() {
        for (scenario, event) in [(Scenario.sensorOff, "sensorOff"), (.flatBattery, "lowBattery")] {
            var device = device(scenario, hasten: 60)
            _ = device.connected(at: start)
            var events: [String] = []
            for second in 0..<60 {
                for case .publish(.events, let payload) in device.advance(
                    to: start + .seconds(second)
                ) {
                    events.append(JSONValue(payload)?["event"]?.text ?? "")
                }
            }
            #expect(events == [event])
        }
    }

    @Test func `a resting device measures no more`() {
        var device = device()
        _ = device.connected(at: start)
        _ = device.advance(to: start)
        device.rest()
        #expect(vitals(device.advance(to: start + .seconds(20))).isEmpty)
        #expect(device.figures.measured == 1)
    }

    @Test func `a full spool drops the oldest and says so`() {
        var spool = Spool(boot: "b", capacity: 2)
        for second in 0..<3 { spool.keep(Measurement(at: start + .seconds(second))) }
        #expect(spool.entries.map(\.sequence) == [2, 3])
        #expect(spool.dropped == 1)
    }

    @Test(arguments: [
        "", "{}", #"{"boot":"b"}"#, #"{"seqHigh":1}"#, #"{"boot":"b","seqHigh":1.5}"#,
        #"{"boot":"b","seqHigh":1,"gaps":[[3]]}"#, #"{"boot":"b","seqHigh":1,"gaps":[[3,2]]}"#,
        #"{"boot":"b","seqHigh":1} x"#, #"{"boot":1,"seqHigh":1}"#,
    ])
    func `what is no receipt is not read as one`(_ text: String) {
        let bytes = Array(text.utf8)
        let receipt = Receipt(bytes.span)
        #expect(receipt == nil)
    }

    @Test func `a payload carries the signs in the units of the protocol`() {
        var measurement = Measurement(at: start, battery: 81)
        measurement[.heartRate] = Magnitude(72)
        measurement[.temperature] = Magnitude(thousandths: 36_800)
        measurement[.consciousness] = Magnitude(Int(ACVPU.voice.rawValue))
        measurement[.supplementalOxygen] = Magnitude(1)
        measurement.reading.questionable = SignSet(.heartRate)
        let payload = NativePayload.single(measurement, boot: "7f3a", sequence: 9, sent: start)
        let text = String(decoding: payload, as: UTF8.self)
        let at = start.rfc3339
        #expect(
            text == #"{"seq":9,"at":"\#(at)","hr":72,"temp":36.8,"avpu":"V","o2":true,"#
                + #""battery":81,"quality":{"hr":"questionable"},"boot":"7f3a","sent":"\#(at)"}"#
        )
    }
}

@Suite struct ObedienceTests {
    private let start = Instant(seconds: 1_763_600_000)

    private func device() -> SimulatedDevice {
        var device = SimulatedDevice(
            patient: PatientModel(scenario: .stable, seed: 1, start: start, hasten: 1),
            boot: "b1",
            period: .seconds(60),
            start: start
        )
        _ = device.connected(at: start)
        _ = device.advance(to: start)
        return device
    }

    private func answers(_ effects: [DeviceEffect]) -> [JSONValue] {
        effects.compactMap { effect in
            guard case .publish(.responses, let payload) = effect else { return nil }
            return JSONValue(payload)
        }
    }

    @Test func `another interval holds from now on`() {
        var device = device()
        let order = ReceivedCommand(id: "cm-1", order: .setInterval(seconds: 5))
        let answers = answers(device.obey(order, at: start + .seconds(1)))
        #expect(answers.map { $0["state"]?.text } == ["done"])
        #expect(answers.map { $0["id"]?.text } == ["cm-1"])
        #expect(device.nextDue == start + .seconds(6))
        _ = device.advance(to: start + .seconds(6))
        #expect(device.nextDue == start + .seconds(11))
    }

    @Test func `a measurement that was asked for is made once, however often it is asked`() {
        var device = device()
        let order = ReceivedCommand(id: "cm-1", order: .measure)
        let first = device.obey(order, at: start + .seconds(1))
        #expect(answers(first).map { $0["state"]?.text } == ["accepted", "done"])
        #expect(device.figures.measured == 2)
        let second = device.obey(order, at: start + .seconds(2))
        #expect(answers(second).map { $0["state"]?.text } == ["done"])
        #expect(device.figures.measured == 2)
    }

    @Test func `a message is shown, and an unknown kind is refused`() {
        var device = device()
        _ = device.obey(
            ReceivedCommand(id: "cm-1", order: .showMessage("Ngồi xuống")),
            at: start
        )
        #expect(device.message == "Ngồi xuống")
        let refused = device.obey(ReceivedCommand(id: "cm-2", order: nil), at: start)
        #expect(answers(refused).map { $0["state"]?.text } == ["failed"])
    }

    @Test func `what the gateway publishes is read`() {
        let text = #"{"id":"cm-1","kind":"measure","signs":["hr"],"expiresAt":"x","more":{"a":1}}"#
        let bytes = Array(text.utf8)
        let command = ReceivedCommand(bytes.span)
        #expect(command == ReceivedCommand(id: "cm-1", order: .measure))
    }
}
