import Clinical
import Vocabulary

/// How finely vitals are given.
enum VitalsResolution: String {
    case raw
    case minute = "1m"
    case hour = "1h"

    /// The length of a bucket in milliseconds, nil for single readings.
    var bucket: Int64? {
        switch self {
        case .raw: nil
        case .minute: 60_000
        case .hour: 3_600_000
        }
    }
}

/// A patient's readings by sign: `[time, value]`, or `[time, min, mean, max, count]` a bucket.
///
/// Times are milliseconds since 1970, which charts take as they are. Invalid values are left out.
struct VitalsSeries: Encodable {
    /// Readings looked at for one answer; a longer range is cut at its end.
    static let readingLimit = 100_000

    let patient: PatientID
    let resolution: String
    let from: Instant
    let to: Instant
    let series: [String: [[Double]]]

    init(
        patient: PatientID,
        readings: [Reading],
        signs: Set<Sign>,
        resolution: VitalsResolution,
        from: Instant,
        to: Instant
    ) {
        self.patient = patient
        self.resolution = resolution.rawValue
        self.from = from
        self.to = to
        var series: [String: [[Double]]] = [:]
        for sign in signs {
            let samples = readings.compactMap { reading in
                reading.scorable(sign).map { (reading.at.milliseconds, $0.value) }
            }
            guard !samples.isEmpty else { continue }
            series[sign.name] = VitalsSeries.rows(samples, bucket: resolution.bucket)
        }
        self.series = series
    }

    private static func rows(_ samples: [(Int64, Double)], bucket: Int64?) -> [[Double]] {
        guard let bucket else { return samples.map { [Double($0.0), $0.1] } }
        var rows: [[Double]] = []
        var start = Int64.min
        var values: [Double] = []
        func end() {
            guard let least = values.min(), let greatest = values.max() else { return }
            let mean = values.reduce(0, +) / Double(values.count)
            rows.append([Double(start), least, mean, greatest, Double(values.count)])
        }
        for (at, value) in samples {
            let own = at - ((at % bucket) + bucket) % bucket
            if own != start {
                end()
                start = own
                values = []
            }
            values.append(value)
        }
        end()
        return rows
    }
}
