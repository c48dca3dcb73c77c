import MQTT
import TestKit
import Testing
import Vocabulary

struct RetryDelayTests {
    private let range = Duration.milliseconds(200) ... .seconds(30)

    @Test func `the limit doubles from the first wait to the longest, and starts again`() {
        var random = SeededRandom(seed: TestSeed.take("retry"))
        var delay = RetryDelay(range)
        for attempt in 0..<40 {
            let limit = min(Duration.milliseconds(200) * Int(1 << min(attempt, 10)), .seconds(30))
            let wait = delay.next(using: &random)
            #expect(wait >= limit * 0.1 && wait <= limit)
        }
        delay.reset()
        #expect(delay.next(using: &random) <= .milliseconds(200))
    }

    @Test func `clients that lost the same broker together do not come back together`() {
        var random = SeededRandom(seed: TestSeed.take("herd"))
        for outage in 0...10 {
            var tenths = [Int](repeating: 0, count: 10)
            let limit = min(Duration.milliseconds(200) * Int(1 << outage), .seconds(30))
            for _ in 1...1_500 {
                var delay = RetryDelay(range)
                for _ in 0..<outage { _ = delay.next(using: &random) }
                tenths[min(9, Int(delay.next(using: &random) / limit * 10))] += 1
            }
            // Even dealing-out would give 167 to each of the nine tenths that can occur.
            #expect((tenths.max() ?? 0) < 250, "after \(outage) attempts: \(tenths)")
        }
    }
}
