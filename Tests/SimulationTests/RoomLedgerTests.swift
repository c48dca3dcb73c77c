import Simulation
import Testing
import Vocabulary

@Suite struct RoomLedgerTests {
    let start = Instant(seconds: 1_763_600_000)
    let alarm = AlarmID(trusted: "a1")
    let request = RequestID(trusted: "r1")
    let patient = PatientID(trusted: "p1")

    @Test func `people's answers and the later end's click are taken off`() throws {
        var ledger = RoomLedger()
        ledger.saw(alarm: alarm, of: patient, sampleAt: start, request: nil)
        ledger.saw(request: request, alarm: alarm)
        let (first, second) = (start + .milliseconds(100), start + .milliseconds(900))
        ledger.answered(request, seen: first, answered: first + .milliseconds(700))  // declined
        ledger.answered(request, seen: second, answered: second + .milliseconds(500))  // accepted
        let early = ledger.met(
            request,
            side: .doctor,
            at: start + .milliseconds(1_900),
            click: .milliseconds(400)
        )
        #expect(early == nil)
        #expect(ledger.started == 0)
        let opened = ledger.met(
            request,
            side: .clinic,
            at: start + .milliseconds(2_000),
            click: .milliseconds(300)
        )
        let room = try #require(opened)
        #expect(room.patient == patient)
        #expect(room.sampleAt == start)
        #expect(room.people == .milliseconds(1_500))
        ledger.settle(room, publishedAt: start + .milliseconds(20))
        #expect(ledger.alarmToRoom.summary == Summary(count: 1, p50: 480, p99: 480, max: 480))
        #expect(ledger.started == 1)
    }

    @Test func `doctors who are asked at once are waited for once`() {
        var ledger = RoomLedger()
        let (second, fourth) = (start + .seconds(2), start + .seconds(4))
        ledger.answered(request, seen: start, answered: start + .seconds(3))
        ledger.answered(request, seen: start + .seconds(1), answered: second)
        ledger.answered(request, seen: second, answered: fourth)
        _ = ledger.met(request, side: .doctor, at: start + .seconds(9), click: .zero)
        let room = ledger.met(request, side: .clinic, at: start + .seconds(9), click: .zero)
        #expect(room?.people == .seconds(4))
    }

    @Test func `an end that comes twice counts once`() {
        var ledger = RoomLedger()
        ledger.saw(request: request, alarm: nil)
        let opened = [RoomSide.doctor, .doctor, .clinic, .clinic].map { side in
            ledger.met(request, side: side, at: start, click: .zero) != nil
        }
        #expect(opened == [false, false, true, false])
        #expect(ledger.started == 1)
    }

    @Test func `a request of people has no alarm to measure from`() {
        var ledger = RoomLedger()
        ledger.saw(request: request, alarm: nil)
        _ = ledger.met(request, side: .doctor, at: start, click: .zero)
        let room = ledger.met(request, side: .clinic, at: start, click: .zero)
        #expect(room?.alarm == nil)
        #expect(room?.sampleAt == nil)
    }

    @Test func `an alarm that names its request links them too, and is seen once`() {
        var ledger = RoomLedger()
        let news = [nil, request].map { request in
            ledger.saw(alarm: alarm, of: patient, sampleAt: start, request: request)
        }
        #expect(news == [true, false])
        #expect(ledger.alarmsSeen == 1)
        _ = ledger.met(request, side: .doctor, at: start, click: .zero)
        let room = ledger.met(request, side: .clinic, at: start, click: .zero)
        #expect(room?.alarm == alarm)
    }

    @Test func `an outcome counts once`() {
        var ledger = RoomLedger()
        ledger.concluded(request)
        ledger.concluded(request)
        #expect(ledger.completed == 1)
    }

    @Test func `percentiles take the smallest value that enough do not exceed`() {
        var samples = Samples()
        #expect(samples.summary == Summary(count: 0, p50: nil, p99: nil, max: nil))
        for value in (1...100).shuffled() { samples.add(value) }
        #expect(samples.summary == Summary(count: 100, p50: 50, p99: 99, max: 100))
        samples.add(-5)
        #expect(samples.summary.max == 100)
    }
}
