import Clinical
import EventLoop
import Gateway
import MQTT
import Store
import TestKit
import Testing
import Vocabulary

/// A disk that fails for a while: nothing is acknowledged meanwhile, and nothing lost or doubled.
@Suite(.timeLimit(.minutes(5)))
struct FailingDiskTests {
    private static let synchronisation = StoreError.input(code: 1034, message: "disk I/O error")

    @Test(arguments: [
        FaultyStore.Fault.refused(.diskFull), .refused(synchronisation),
        // What could not be synchronised may be on the disk all the same.
        .answerLost(synchronisation),
    ])
    func `while the disk fails no receipt is given and the gateway is not ready`(
        fault: FaultyStore.Fault
    ) async throws {
        let store = MemoryStore()
        try await Ground.fill(store)
        let faulty = FaultyStore(store)
        try await Rig.run(faulty) { rig in
            faulty.breakDown(fault)
            try await rig.publish(sequences: 1...10)
            while await rig.gateway.statistics.commitFailures < 4 { try await pause() }
            #expect(await !rig.gateway.isReady)
            #expect(rig.answers.count("d-1/receipt") == 0)
            // What comes meanwhile waits at the broker.
            try await rig.publish(sequences: 11...20)
            #expect(rig.answers.count("d-1/receipt") == 0)
            faulty.mend()
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":20,"gaps":[]"#)
            while await !rig.gateway.isReady { try await pause() }
            #expect(try await store.readingCount() == 20)
            #expect(await rig.gateway.statistics.broker.sessionsLost == 0)
        }
    }

    @Test func `a real database without room takes up its work when there is some`() async throws {
        try await withTemporaryFolder { folder in
            var settings = SQLiteSettings()
            settings.pageLimit = 160
            // Else a slow run never fills it: a compaction empties the journal meanwhile.
            settings.compactionSeconds = 86_400
            let store = try SQLiteStore(directory: folder, settings: settings)
            try await Ground.fill(store)
            try await Rig.run(store, burst: 100_000) { rig in
                let end = SteadyClock().now().milliseconds
                var sent = 0
                while await rig.gateway.statistics.commitFailures == 0, sent < 50_000 {
                    let readings = (sent + 1...sent + 500).map {
                        #"{"seq":\#($0),"at":\#(end - 600_000 + Int64($0) * 10),"hr":72}"#
                    }
                    sent += 500
                    let list = readings.joined(separator: ",")
                    try await rig.publish(#"{"boot":"a","readings":[\#(list)]}"#)
                }
                while await rig.gateway.statistics.commitFailures == 0 { try await pause() }
                while await rig.gateway.isReady { try await pause() }
                let stored = try await store.readingCount()
                #expect(stored < sent)
                await store.setPageLimit(100_000)
                await rig.answers.wait(
                    "d-1/receipt",
                    containing: #""seqHigh":\#(sent),"gaps":[]"#
                )
                #expect(try await store.readingCount() == sent)
                #expect(try await store.verify().isSound)
            }
            await store.close()
        }
    }

    @Test func `a real file that cannot be synchronised acknowledges nothing that could be lost`()
        async throws
    {
        let seed = TestSeed.take("broken disk")
        var random = SeededRandom(seed: seed)
        try await withTemporaryFolder { folder in
            let disk = PowerLossDisk()
            var settings = SQLiteSettings()
            settings.vfs = disk.name
            let store = try SQLiteStore(directory: folder, settings: settings)
            try await Ground.fill(store)
            try await Rig.run(store) { rig in
                try await rig.publish(sequences: 1...10)
                await rig.answers.wait("d-1/receipt", containing: #""seqHigh":10,"gaps":[]"#)
                let receipts = rig.answers.count("d-1/receipt")
                disk.breakDown()
                try await rig.publish(sequences: 11...20)
                while await rig.gateway.statistics.commitFailures < 4 { try await pause() }
                #expect(disk.failedSynchronisations > 0)
                #expect(await !rig.gateway.isReady)
                #expect(rig.answers.count("d-1/receipt") == receipts)
                disk.mend()
                await rig.answers.wait("d-1/receipt", containing: #""seqHigh":20,"gaps":[]"#)
                while await !rig.gateway.isReady { try await pause() }
                disk.cutPower()
            }
            await store.close()
            disk.restore(&random)
            let after = try SQLiteStore(directory: folder)
            #expect(try await after.readingCount() == 20)
            #expect(try await after.verify().isSound)
            await after.close()
        }
    }
}
