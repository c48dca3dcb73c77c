import Signalling
import Testing
import Vocabulary

/// The rule of the expected wait.
@Suite struct ExpectedWaitTests {
    @Test func `a consult counts 15 minutes until five are known, then their median`() {
        var waits = ExpectedWait()
        for minutes in [10, 60, 10, 10] { waits.note(.minutes(minutes)) }
        #expect(waits.typical == .minutes(15))
        waits.note(.minutes(60))
        #expect(waits.typical == .minutes(10))
        for _ in 1...ExpectedWait.memory { waits.note(.minutes(30)) }
        #expect(waits.typical == .minutes(30))
    }

    @Test func `each who is ahead takes a consult, the one under way what is left of it`() {
        let waits = ExpectedWait()
        #expect(waits.wait(ahead: 0, underWay: nil) == .zero)
        #expect(waits.wait(ahead: 2, underWay: nil) == .minutes(30))
        #expect(waits.wait(ahead: 0, underWay: .minutes(5)) == .minutes(10))
        #expect(waits.wait(ahead: 1, underWay: .minutes(14)) == .minutes(16))
        #expect(waits.wait(ahead: 0, underWay: .minutes(40)) == .minutes(1))
    }

    @Test func `nobody is expected before the planned start`() {
        let waits = ExpectedWait()
        #expect(waits.wait(ahead: 0, underWay: nil, plannedIn: .minutes(20)) == .minutes(20))
        #expect(waits.wait(ahead: 2, underWay: nil, plannedIn: .minutes(20)) == .minutes(30))
    }
}
