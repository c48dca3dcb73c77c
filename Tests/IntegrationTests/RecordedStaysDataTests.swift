import Clinical
import Foundation
import Simulation
import Store
import Testing
import Vocabulary

/// Every recorded stay through the gateway's machine, dirty values and lateness as they were.
@Suite(.serialized) struct RecordedStaysDataTests {
    @Test func `of all charted stays, dirt pages nobody and backfill changes no alarm`()
        async throws
    {
        let stays = try RecordedData.charted()
        #expect(stays.count == 132)
        // Charted by the hour: one sample has to suffice.
        let total = try await replay(stays, periodSeconds: 3_600)
        #expect(total.readings > 20_000 && total.backfilled > 2_000 && total.pages > 100)
        // The dirt that the recording is known for is there and was seen.
        for (sign, value) in [
            (Sign.systolicPressure, 11_647), (.meanPressure, -8), (.oxygenSaturation, 0),
            (.heartRate, 0), (.respiratoryRate, 0),
        ] {
            let seen = total.dirt.filter { $0.sign == sign && $0.magnitude == Magnitude(value) }
            #expect(!seen.isEmpty, "\(sign) \(value)")
        }
    }

    @Test func `of the monitor's numerics, transducers that are off page nobody`() async throws {
        let total = try await replay([RecordedData.numerics()], periodSeconds: 60)
        // Every minute and every cuff reading beside it is stored or quarantined whole.
        #expect(total.readings + total.refused == 1_936 + 152)
        #expect(total.refused < 5 && total.backfilled == 0)
        #expect(total.dirt.contains { $0.sign == .oxygenSaturation && $0.magnitude.rounded == 0 })
        #expect(total.dirt.contains { $0.sign == .systolicPressure && $0.magnitude.rounded == 0 })
    }

    private struct Total: Sendable {
        var readings = 0
        var refused = 0
        var backfilled = 0
        var pages = 0
        var dirt: [ReplayedStay.Dirt] = []
    }

    /// Plays each stay twice, as recorded and without its dirt: both must page alike.
    private func replay(_ stays: [RecordedStay], periodSeconds: Int) async throws -> Total {
        await withTaskGroup { group in
            for stay in stays {
                group.addTask(name: stay.name) {
                    let played = ReplayedStay(stay, periodSeconds: periodSeconds, cleaned: false)
                    let clean = ReplayedStay(stay, periodSeconds: periodSeconds, cleaned: true)
                    check(played, clean, stay.name)
                    return played
                }
            }
            var total = Total()
            for await played in group {
                total.readings += played.readings
                total.refused += played.refused
                total.backfilled += played.backfilled
                total.pages += played.pages.count
                total.dirt += played.dirt
            }
            return total
        }
    }

    private func check(_ played: ReplayedStay, _ clean: ReplayedStay, _ name: String) {
        #expect(played.pages == clean.pages, "stay \(name): dirt made or hid an alarm")
        #expect(played.backfillChanges == 0, "stay \(name)")
        for dirt in played.dirt {
            let what = "stay \(name): \(dirt.sign) \(dirt.magnitude)"
            #expect(dirt.isInvalid, "\(what) was scored")
            if dirt.isStored, dirt.magnitude.thousandths == 0, dirt.sign != .temperature {
                #expect(dirt.flags.contains(.probeOff), "\(what) has no flag")
            } else {
                #expect(dirt.codes == [.implausible], "\(what) was quarantined as \(dirt.codes)")
            }
        }
    }
}
