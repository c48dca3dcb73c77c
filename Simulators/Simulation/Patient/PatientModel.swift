import Clinical
import Glibc
public import Vocabulary

/// A simulated patient on a monitor: a daily rhythm, noise that remembers and is shared by the
/// signs, and one scenario that may unfold.
///
/// The same seed and the same times of measuring give the same values.
public struct PatientModel: Sendable {
    /// What happens to the patient.
    public let scenario: Scenario
    private var random: SeededRandom
    private let usual: Signs
    private let hasten: Double
    private let relapses: Bool
    private var course: Course
    private var last: Instant
    /// Strain: what moves pulse, breathing and pressure together.
    private var strain: Noise
    private var own: [Noise]

    /// A patient under observation from `start` on.
    ///
    /// `hasten` divides the times of the scenario: at 60 an hour of illness passes in a minute. The
    /// noise and the daily rhythm keep their own time.
    ///
    /// With `relapses`, whoever recovered falls ill again after a rest.
    public init(
        scenario: Scenario,
        seed: UInt64,
        start: Instant,
        hasten: Double = 1,
        relapses: Bool = false
    ) {
        var random = SeededRandom(seed: seed)
        self.scenario = scenario
        self.hasten = hasten
        self.relapses = relapses
        usual = Signs.usual(using: &random)
        let onset = Double.random(in: 2...12, using: &random) * 60 / hasten
        let length = Double.random(in: scenario.courseMinutes, using: &random) * 60 / hasten
        course = Course(onset: start + .seconds(onset), length: .seconds(length))
        strain = Noise(memorySeconds: 300, using: &random)
        own = Signs.memorySeconds.map { Noise(memorySeconds: $0, using: &random) }
        last = start
        self.random = random
    }

    /// When the scenario begins to show.
    public var onset: Instant { course.onset }

    /// Begins a treatment that works: a deterioration turns back from now on.
    public mutating func treat(at instant: Instant) {
        guard scenario.isDeterioration else { return }
        course.treat(at: instant)
    }

    /// How far the scenario has come, 0…1.
    public func extent(at instant: Instant) -> Double {
        scenario == .stable ? 0 : course.extent(at: instant)
    }

    /// What the monitor reads at `instant`, which is not before the last one.
    public mutating func measure(at instant: Instant) -> Measurement {
        let seconds = Double((instant - last).wholeMilliseconds) / 1_000
        last = max(last, instant)
        relapse(at: instant)
        let signs = signs(after: seconds, at: instant)
        var measurement = Measurement(at: instant, battery: battery(at: instant))
        measurement[.heartRate] = .whole(signs.heartRate, in: 22...220)
        measurement[.oxygenSaturation] = .whole(signs.saturation, in: 50...100)
        measurement[.respiratoryRate] = .whole(signs.breathing, in: 4...60)
        measurement[.systolicPressure] = .whole(signs.systolic, in: 50...240)
        measurement[.diastolicPressure] = .whole(
            min(signs.diastolic, signs.systolic - 15),
            in: 25...140
        )
        measurement[.temperature] = Magnitude(rounding: (signs.temperature * 10).rounded() / 10)
        measurement[.consciousness] = Magnitude(Int(consciousness(at: instant).rawValue))
        measurement[.supplementalOxygen] = Magnitude(0)
        if isProbeOff(at: instant) {
            // A real monitor shows 0 or nothing; recorded stays are full of zeros.
            measurement[.oxygenSaturation] = Magnitude(0)
            measurement[.pulseRate] = Magnitude(0)
            measurement.reading.invalid = [SignSet(.oxygenSaturation), SignSet(.pulseRate)]
        }
        return measurement
    }

    /// Lets a patient who has recovered fall ill again after a rest, so that a long run stays awake.
    private mutating func relapse(at instant: Instant) {
        guard relapses, course.isOver(at: instant) else { return }
        let rest = Double.random(in: 10...60, using: &random) * 60 / hasten
        let length = Double.random(in: scenario.courseMinutes, using: &random) * 60 / hasten
        course = Course(onset: instant + .seconds(rest), length: .seconds(length))
    }

    /// Whether the probe is off the finger.
    public func isProbeOff(at instant: Instant) -> Bool {
        scenario == .sensorOff && extent(at: instant) > 0.5
    }

    /// The device's charge in per cent; 0 when it is flat.
    public func battery(at instant: Instant) -> Int {
        guard scenario == .flatBattery else { return 90 }
        return max(0, Int(35 * (1 - extent(at: instant) * 1.02)))
    }

    private mutating func signs(after seconds: Double, at instant: Instant) -> Signs {
        let strain = strain.advance(by: seconds, using: &random)
        var noise: [Double] = []
        for index in own.indices { noise.append(own[index].advance(by: seconds, using: &random)) }
        let day = dayPhase(at: instant)
        let extent = extent(at: instant)
        var signs = usual
        signs.heartRate += 4 * day + 2 * strain + 1.5 * noise[0]
        signs.saturation += -0.2 * strain + 0.3 * noise[1]
        signs.breathing += 0.6 * strain + 0.5 * noise[2]
        signs.systolic += 3 * day + 2 * strain + 2 * noise[3]
        signs.diastolic += 2 * day + 1.2 * strain + 1.5 * noise[4]
        signs.temperature += 0.25 * day + 0.05 * noise[5]
        signs.worsen(by: scenario, extent: extent)
        return signs
    }

    private func consciousness(at instant: Instant) -> ACVPU {
        let extent = extent(at: instant)
        switch scenario {
        case .sepsis, .hypoxia: return extent > 0.85 ? .confused : .alert
        case .bradyarrhythmia: return extent > 0.75 ? .voice : .alert
        case .stable, .sensorOff, .flatBattery: return .alert
        }
    }

    /// The daily rhythm, −1…1, highest at 17:00 in Viet Nam (UTC+7), lowest at 05:00.
    private func dayPhase(at instant: Instant) -> Double {
        let hours = Double(instant.milliseconds % 86_400_000) / 3_600_000 + 7
        return cos(2 * .pi * (hours - 17) / 24)
    }
}

/// The signs as real numbers, before a monitor rounds them.
private struct Signs {
    var heartRate: Double
    var saturation: Double
    var breathing: Double
    var systolic: Double
    var diastolic: Double
    var temperature: Double

    /// How long each sign's own noise remembers, in the order of the fields.
    static let memorySeconds: [Double] = [40, 60, 90, 200, 200, 1_800]

    /// What is usual for one adult at rest: far enough inside NEWS2's bands not to score high.
    static func usual(using random: inout SeededRandom) -> Signs {
        Signs(
            heartRate: .random(in: 64...78, using: &random),
            saturation: .random(in: 97.2...98.6, using: &random),
            breathing: .random(in: 14...17, using: &random),
            systolic: .random(in: 121...136, using: &random),
            diastolic: .random(in: 70...82, using: &random),
            temperature: .random(in: 36.5...36.9, using: &random)
        )
    }

    /// Moves the signs by what the scenario does at its full extent, in part.
    mutating func worsen(by scenario: Scenario, extent: Double) {
        switch scenario {
        case .stable, .sensorOff, .flatBattery: break
        case .sepsis:
            heartRate += 58 * extent
            breathing += 15 * extent
            systolic -= 42 * extent
            diastolic -= 25 * extent
            saturation -= 6 * extent
            temperature += 2.6 * extent
        case .hypoxia:
            saturation -= 15 * extent
            breathing += 13 * extent
            heartRate += 36 * extent
            systolic += 8 * extent
        case .bradyarrhythmia:
            heartRate -= 42 * extent
            systolic -= 40 * extent
            diastolic -= 20 * extent
            saturation -= 3 * extent
        }
    }
}

extension Magnitude {
    /// The nearest whole unit inside what a monitor can show.
    fileprivate static func whole(_ value: Double, in range: ClosedRange<Double>) -> Magnitude {
        Magnitude(Int(min(max(value, range.lowerBound), range.upperBound).rounded()))
    }
}
