import Signalling
import Testing
import Vocabulary

@Suite struct MediaLadderTests {
    private let start = Instant(seconds: 1_000)
    private var ladder = MediaLadder()

    private func after(_ seconds: Int) -> Instant { start + .seconds(seconds) }

    /// Reports every five seconds from one second to another; the seconds at which it changed.
    private func report(
        _ ladder: inout MediaLadder,
        loss: Int,
        rtt: Int = 100,
        _ seconds: ClosedRange<Int>
    ) -> [Int] {
        stride(from: seconds.lowerBound, through: seconds.upperBound, by: 5).filter { second in
            ladder.report(lossPercent: loss, rttMs: rtt, at: after(second))
        }
    }

    @Test(arguments: [
        (8, 800, MediaLevel.video), (9, 0, .audio), (0, 801, .audio), (25, 1_500, .audio),
        (26, 0, .stills), (0, 1_501, .stills), (60, 5_000, .stills), (61, 0, .text),
        (0, 5_001, .text),
    ])
    func `a path carries what its loss and delay allow`(loss: Int, rtt: Int, level: MediaLevel) {
        var ladder = MediaLadder()
        _ = report(&ladder, loss: loss, rtt: rtt, 0...60)
        #expect(ladder.level == level)
        #expect(ladder.reason == (level == .video ? .recovered : .quality))
    }

    @Test func `one poor report changes nothing, two in a row lead one step down`() {
        var ladder = MediaLadder()
        check(report(&ladder, loss: 30, 0...0), is: [])
        check(report(&ladder, loss: 0, 5...5), is: [])
        check(report(&ladder, loss: 30, 10...10), is: [])
        check(report(&ladder, loss: 30, 15...15), is: [15])
        #expect(ladder.level == .audio)
    }

    @Test func `half a minute with plenty in reserve leads one step up, not sooner`() {
        var ladder = MediaLadder()
        check(report(&ladder, loss: 30, 0...15), is: [5, 15])
        #expect(ladder.level == .stills)
        // 5 % is good enough for sound, and more than half of what video bears.
        check(report(&ladder, loss: 5, 20...200), is: [50])
        #expect(ladder.level == .audio)
        check(report(&ladder, loss: 4, 205...230), is: [])
        check(report(&ladder, loss: 4, 235...235), is: [235])
        #expect(ladder.level == .video)
        #expect(ladder.reason == .recovered)
    }

    @Test func `who goes up too early waits twice as long, up to four minutes`() {
        var ladder = MediaLadder()
        var time = 0
        var waits: [Int] = []
        for _ in 1...5 {
            let down = report(&ladder, loss: 30, time...time + 5)
            #expect(down == [time + 5])
            let up = report(&ladder, loss: 0, time + 10...time + 400)
            waits.append((up.first ?? 0) - time - 10)
            time = (up.first ?? 0) + 5
        }
        #expect(waits == [30, 60, 120, 240, 240])
        // A level that held for a minute is trusted again.
        check(report(&ladder, loss: 30, time + 60...time + 65), is: [time + 65])
        check(report(&ladder, loss: 0, time + 70...time + 100), is: [time + 100])
    }

    @Test func `three failures of the link within a minute lead down, spread ones do not`() {
        var ladder = MediaLadder()
        for second in [0, 30, 60, 90, 120] { check(ladder.failed(at: after(second)), is: false) }
        check(ladder.failed(at: after(130)), is: true)
        #expect(ladder.level == .audio && ladder.reason == .link)
        for second in [131, 132] { check(ladder.failed(at: after(second)), is: false) }
        check(ladder.failed(at: after(133)), is: true)
        #expect(ladder.level == .stills)
    }

    @Test func `what somebody asks for is the most, at once, and bounded by the path`() {
        var ladder = MediaLadder()
        check(ladder.ask(for: .stills), is: true)
        #expect(ladder.level == .stills && ladder.reason == .asked)
        check(report(&ladder, loss: 30, 0...5), is: [])
        check(ladder.ask(for: .video), is: true)
        #expect(ladder.level == .audio)
        check(ladder.ask(for: .video), is: false)
    }

    @Test func `text is the last step`() {
        var ladder = MediaLadder()
        check(report(&ladder, loss: 100, 0...100).count, is: 3)
        #expect(ladder.level == .text)
        for second in 101...110 { check(ladder.failed(at: after(second)), is: false) }
    }
}
