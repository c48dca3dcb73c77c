import Clinical
import Foundation
import Simulation
import Testing
import Vocabulary

/// The recordings of the data folder, which `TELEHEALTH_DATA` names.
@Suite struct RecordingDataTests {
    func file(_ path: String) throws -> URL {
        let folder = try #require(
            ProcessInfo.processInfo.environment["TELEHEALTH_DATA"],
            "TELEHEALTH_DATA names the folder of the recorded data"
        )
        return URL(filePath: folder).appending(path: path)
    }

    @Test func `the chart holds its 132 stays with zeros, typing errors and late entries`() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", try file("vitals-mimic3-demo/vitals.csv.gz").path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try #require(try pipe.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        let stays = try Recordings.chart(String(decoding: data, as: UTF8.self))
        #expect(stays.count == 132)
        let entries = stays.flatMap(\.entries)
        let values = entries.flatMap(\.values)
        #expect(values.count == 116_945)
        #expect(values.contains(RecordedValue(name: "NBPs", value: 11_647)))
        #expect(values.contains { $0.name == "SpO2" && $0.value == 0 })
        #expect(entries.contains { $0.enteredMinute - $0.measuredMinute > 1_000 })
        // In the order of entering, although some were measured later.
        for stay in stays {
            let minutes = stay.entries.map(\.enteredMinute)
            #expect(minutes == minutes.sorted())
        }
        let isOutOfOrder = stays.contains { stay in
            zip(stay.entries, stay.entries.dropFirst()).contains {
                $0.measuredMinute > $1.measuredMinute
            }
        }
        #expect(isOutOfOrder)
    }

    @Test func `the numerics hold 1936 minutes, transducers off among them`() throws {
        let url = try file("vitals-mimic2-numerics/s00001_2896-10-10-00-31n.csv")
        let stay = try Recordings.numerics(String(contentsOf: url, encoding: .utf8), name: "s00001")
        #expect(stay.entries.count == 1_936)
        #expect(stay.entries.first?.values.contains(RecordedValue(name: "SpO2", value: 0)) == true)
        let measurements = stay.entries.map {
            Measurement($0.values, at: Instant(seconds: Int64($0.measuredMinute * 60)))
        }
        #expect(measurements.allSatisfy { $0[.heartRate] != nil })
    }
}
