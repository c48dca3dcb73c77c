/// What happens to a simulated patient, or to what measures the patient.
public enum Scenario: String, Sendable, CaseIterable, Codable {
    /// Nothing: signs wander around what is usual for the patient.
    case stable
    /// Fever, fast breathing, fast pulse, falling pressure, confusion.
    case sepsis
    /// Falling saturation, with fast breathing and pulse.
    case hypoxia
    /// A pulse that slows down until the pressure falls with it.
    case bradyarrhythmia
    /// The finger probe falls off: saturation and pulse read 0.
    case sensorOff
    /// The battery runs down; the device falls silent and comes back after a recharge.
    case flatBattery

    /// Whether the patient gets worse, so that an alarm must follow.
    public var isDeterioration: Bool {
        switch self {
        case .sepsis, .hypoxia, .bradyarrhythmia: true
        case .stable, .sensorOff, .flatBattery: false
        }
    }

    /// How many minutes the course takes from its onset to its full extent, at real speed.
    ///
    /// Faster than most real courses: these are the ones that must not be missed.
    var courseMinutes: ClosedRange<Double> {
        switch self {
        case .stable: 60...60
        case .sepsis: 20...35
        case .hypoxia: 8...18
        case .bradyarrhythmia: 5...15
        case .sensorOff: 1...2
        case .flatBattery: 12...20
        }
    }
}

/// How often each scenario is drawn, in thousandths; the rest is stable.
public struct ScenarioMix: Sendable, Equatable {
    /// Thousandths by scenario; `stable` never stands here.
    public let shares: [Scenario: Int]

    /// Twelve in a thousand get worse, four have trouble with their device.
    public static let standard = ScenarioMix(checked: [
        .sepsis: 4, .hypoxia: 4, .bradyarrhythmia: 4, .sensorOff: 2, .flatBattery: 2,
    ])

    private init(checked shares: [Scenario: Int]) {
        self.shares = shares
    }

    /// Reads `sepsis=4,hypoxia=2`; nil for another form, an unknown scenario or more than 1,000.
    public init?(_ text: String) {
        var shares: [Scenario: Int] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let scenario = Scenario(rawValue: String(pair[0])),
                scenario != .stable, shares[scenario] == nil,
                let share = Int(pair[1]), (0...1_000).contains(share)
            else { return nil }
            shares[scenario] = share
        }
        guard shares.values.reduce(0, +) <= 1_000 else { return nil }
        self.shares = shares
    }

    /// Scenarios for `count` devices: each as often as its share says, at places drawn from `random`.
    ///
    /// A share rounds to the nearest count, but up to 1 where there are 30 devices to choose from, so
    /// that a small nation shows everything too.
    public func draw(
        _ count: Int,
        using random: inout some RandomNumberGenerator
    ) -> [Scenario] {
        var scenarios: [Scenario] = []
        for scenario in Scenario.allCases {
            guard let share = shares[scenario], share > 0 else { continue }
            let exact = (count * share + 500) / 1_000
            let times = max(exact, count >= 30 ? 1 : 0)
            scenarios += Array(repeating: scenario, count: times)
        }
        scenarios = Array(scenarios.prefix(count))
        scenarios += Array(repeating: .stable, count: count - scenarios.count)
        return scenarios.shuffled(using: &random)
    }
}
