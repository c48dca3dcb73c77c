import Clinical
import Simulation
import Vocabulary

/// A device at a bedside with the truth about what it measured.
struct Bedside {
    /// One reading as it was measured.
    struct Measured {
        let boot: String
        let sequence: Int64
        let measurement: Measurement
        /// NEWS2 as the chart has it.
        let score: Int
    }

    let number: DeviceNumber
    let scenario: Scenario
    /// Whether its patient was ill only long before the run, out of anybody's sight.
    let wasIll: Bool
    var device: SimulatedDevice
    var isLinked = false
    private(set) var measured: [Measured] = []
    private var lastSeen: (boot: String, sequence: Int64) = ("", 0)

    init(number: DeviceNumber, scenario: Scenario, seed: UInt64, start: Instant, period: Duration) {
        self.number = number
        self.scenario = scenario
        wasIll = false
        device = SimulatedDevice(
            patient: PatientModel(scenario: scenario, seed: seed, start: start, hasten: 40),
            boot: "boot-\(number)",
            period: period,
            start: start
        )
    }

    /// A device that was without a network for half an hour, in which its patient was very ill.
    init(recovered number: DeviceNumber, seed: UInt64, start: Instant) {
        self.number = number
        scenario = .sepsis
        wasIll = true
        let begin = start - .minutes(40)
        device = SimulatedDevice(
            patient: PatientModel(scenario: .sepsis, seed: seed, start: begin, hasten: 40),
            boot: "boot-\(number)",
            period: .seconds(30),
            start: begin
        )
        _ = advance(to: begin + .minutes(8))
        device.treat(at: begin + .minutes(8))
        _ = advance(to: start)
    }

    mutating func advance(to now: Instant) -> [DeviceEffect] {
        let effects = device.advance(to: now)
        let fresh = device.spool.entries.filter { entry in
            entry.boot != lastSeen.boot
                ? !measured.contains { $0.boot == entry.boot } : entry.sequence > lastSeen.sequence
        }
        for entry in fresh {
            lastSeen = (entry.boot, entry.sequence)
            measured.append(
                Measured(
                    boot: entry.boot,
                    sequence: entry.sequence,
                    measurement: entry.measurement,
                    score: chart(entry.measurement)
                )
            )
        }
        return effects
    }

    /// Since when the patient has been at 7 or more without a break for 40 s; nil when never.
    var deterioration: Instant? {
        guard !wasIll else { return nil }
        var begin: Instant?
        for reading in measured {
            guard reading.score >= 7 else {
                begin = nil
                continue
            }
            begin = begin ?? reading.measurement.at
            if let begin, reading.measurement.at - begin >= .seconds(40) { return begin }
        }
        return nil
    }
}

/// NEWS2 of a measurement, scale 1, read off the chart of the Royal College of Physicians (2017).
private func chart(_ measurement: Measurement) -> Int {
    func value(_ sign: Sign) -> Int { measurement[sign].map { Int($0.thousandths) } ?? -1 }
    func points(_ value: Int, _ bands: [(least: Int, points: Int)]) -> Int {
        guard value >= 0 else { return 0 }
        return bands.last { value >= $0.least }?.points ?? 0
    }
    let invalid = measurement.reading.invalid.contains(.oxygenSaturation)
    return points(
        value(.respiratoryRate),
        [(0, 3), (9_000, 1), (12_000, 0), (21_000, 2), (25_000, 3)]
    )
        + (invalid
            ? 0
            : points(
                value(.oxygenSaturation),
                [(0, 3), (92_000, 2), (94_000, 1), (96_000, 0)]
            ))
        + (value(.supplementalOxygen) > 0 ? 2 : 0)
        + points(
            value(.systolicPressure),
            [(0, 3), (91_000, 2), (101_000, 1), (111_000, 0), (220_000, 3)]
        )
        + points(
            value(.heartRate),
            [(0, 3), (41_000, 1), (51_000, 0), (91_000, 1), (111_000, 2), (131_000, 3)]
        )
        + (value(.consciousness) > 0 ? 3 : 0)
        + points(
            value(.temperature),
            [(0, 3), (35_100, 1), (36_100, 0), (38_100, 1), (39_100, 2)]
        )
}
