import Clinical
import Foundation
import Simulation
import TestKit
import Testing
import Vocabulary

/// The same over every recorded stay.
@Suite(.serialized) struct DisorderDataTests {
    @Test func `every recorded stay gives the same readings, scores and conditions in any order`()
        async throws
    {
        let seed = TestSeed.take("disorder of the recorded stays")
        let stays = try RecordedData.charted() + [RecordedData.numerics()]
        #expect(stays.count == 133)
        let total = try await withThrowingTaskGroup { group in
            for (number, stay) in stays.enumerated() {
                group.addTask(name: stay.name) {
                    var random = SeededRandom(seed: seed &+ UInt64(number))
                    // The numerics are by the minute, the chart is by the hour.
                    let period = stay.name == "s00001" ? 60 : 3_600
                    let measurements = ReplayedStay.measurements(stay)
                    let disorder = try await Disorder(
                        measurements,
                        periodSeconds: period,
                        &random
                    )
                    #expect(disorder.faults == [], "stay \(stay.name), TELEHEALTH_SEED=\(seed)")
                    return (
                        readings: disorder.late.stored.count,
                        backfilled: disorder.deliveries.backfilled.count,
                        copies: disorder.deliveries.copies
                    )
                }
            }
            var total = (readings: 0, backfilled: 0, copies: 0)
            for try await stay in group {
                total.readings += stay.readings
                total.backfilled += stay.backfilled
                total.copies += stay.copies
            }
            return total
        }
        #expect(total.readings > 20_000 && total.backfilled > 500 && total.copies > 2_000)
    }
}

/// The recordings of the data folder.
enum RecordedData {
    /// The charted stays, dirt and all.
    static func charted() throws -> [RecordedStay] {
        let path = try folder() + "/vitals-mimic3-demo/vitals.csv.gz"
        return try Recordings.chart(try run("/usr/bin/env", ["gzip", "-dc", path]).output)
    }

    /// The monitor's numerics.
    static func numerics() throws -> RecordedStay {
        let path = try folder() + "/vitals-mimic2-numerics/s00001_2896-10-10-00-31n.csv"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try Recordings.numerics(text, name: "s00001")
    }

    private static func folder() throws -> String {
        try #require(
            ProcessInfo.processInfo.environment["TELEHEALTH_DATA"],
            "set TELEHEALTH_DATA to the folder of the recorded data"
        )
    }
}
