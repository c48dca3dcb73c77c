import Clinical
import Store
import Vocabulary

/// How finely vitals are given.
enum VitalsResolution: String {
    case raw
    case minute = "1m"
    case hour = "1h"

    /// What the store takes together; nil for single readings.
    var aggregation: Aggregate.Resolution? {
        switch self {
        case .raw: nil
        case .minute: .minute
        case .hour: .hour
        }
    }
}

/// A patient's readings by sign: `[time, value]`, or `[time, min, mean, max, count]` a minute or
/// hour, which is always a whole one.
///
/// Times are milliseconds since 1970, which charts take as they are. Invalid values are left out.
struct VitalsSeries: Encodable {
    /// Readings, minutes or hours in one answer; a longer range is cut at its end.
    static let limit = 100_000

    let patient: PatientID
    let resolution: String
    let from: Instant
    let to: Instant
    private(set) var series: [String: [[Double]]] = [:]

    init(_ patient: PatientID, _ resolution: VitalsResolution, from: Instant, to: Instant) {
        self.patient = patient
        self.resolution = resolution.rawValue
        self.from = from
        self.to = to
    }

    /// Adds these signs of single readings.
    mutating func add(_ readings: [Reading], _ signs: Set<Sign>) {
        for sign in signs {
            let rows = readings.compactMap { reading in
                reading.scorable(sign).map { [Double(reading.at.milliseconds), $0.value] }
            }
            if !rows.isEmpty { series[sign.name] = rows }
        }
    }

    /// Adds these signs of minutes or hours.
    mutating func add(_ aggregates: [Aggregate], _ signs: Set<Sign>) {
        for sign in signs {
            let rows = aggregates.compactMap { aggregate in
                aggregate[sign].map { summary in
                    [
                        Double(aggregate.start.milliseconds),
                        Magnitude(thousandths: summary.least).value,
                        Double(summary.sum) / Double(1_000 * summary.count),
                        Magnitude(thousandths: summary.greatest).value,
                        Double(summary.count),
                    ]
                }
            }
            if !rows.isEmpty { series[sign.name] = rows }
        }
    }
}
