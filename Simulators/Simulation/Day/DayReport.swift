import Foundation
import Scheduler
public import Vocabulary

/// What a simulated day was like.
public struct DayReport: Sendable, Equatable, Codable {
    /// What became of the requests of one urgency.
    public struct Line: Sendable, Equatable, Codable {
        /// The urgency.
        public var urgency: Urgency
        /// Requests of the day.
        public var asked = 0
        /// Those that led to a consult with an outcome.
        public var served = 0
        /// Those that were taken back.
        public var cancelled = 0
        /// Those whose deadline passed with nobody.
        public var unmatched = 0
        /// Those that were still under way when the run ended.
        public var open = 0
        /// Those served that began by their deadline.
        public var inTime = 0
        /// From asking to the beginning of the consult, in seconds.
        public var wait = Summary(count: 0, p50: nil, p99: nil, max: nil)
        /// The 95th percentile of the same, in seconds.
        public var waitP95: Int?
    }

    /// How well the forecast of the wait met what came, for one urgency.
    public struct Calibration: Sendable, Equatable, Codable {
        /// The urgency.
        public var urgency: Urgency
        /// Requests that had a forecast of their specialty at most 30 min old, and were served.
        public var count: Int
        /// The mean wait that was expected, in minutes.
        public var expectedMinutes: Double
        /// The mean wait that came, in minutes.
        public var actualMinutes: Double
        /// The mean of how far each was off, in minutes.
        public var meanErrorMinutes: Double
    }

    /// The seed.
    public var seed: UInt64
    /// Sites and doctors.
    public var sites: Int
    /// Doctors.
    public var doctors: Int
    /// By urgency.
    public var lines: [Line]
    /// Minutes in consult, of the minutes for which doctors could be booked: 0…1.
    public var utilisation: Double
    /// Offers that were made.
    public var offers: Int
    /// Offers that a doctor declined.
    public var declined: Int
    /// Offers that ran out.
    public var expired: Int
    /// Confirmed bookings to which somebody did not come.
    public var noShows: Int
    /// Requests that got another booking after a confirmed one was given back.
    public var moves: Int
    /// Bookings that lay over another, or had no station.
    public var overlaps: Int
    /// Requests that nobody knows of any more although they are not over.
    public var lost: Int
    /// How good the forecasts of the wait were; empty when none was asked.
    public var calibration: [Calibration]
    /// Requests that were expected in the hours of the last day, and how many came.
    public var expectedArrivals: Double
    /// How many came in those hours.
    public var actualArrivals: Int

    /// The report as JSON.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// The report for people.
    public var text: String {
        func minutes(_ seconds: Int?) -> String {
            seconds.map { String(format: "%.1f", Double($0) / 60) } ?? "-"
        }
        func padded(_ text: String) -> String {
            String(repeating: " ", count: max(10 - text.count, 0)) + text
        }
        let titles = [
            "urgency", "asked", "served", "in time", "cancelled", "unmatched", "open", "p50 min",
            "p95 min",
        ]
        var rows = [titles]
        rows += lines.map { line in
            [
                line.urgency.rawValue, "\(line.asked)", "\(line.served)", "\(line.inTime)",
                "\(line.cancelled)", "\(line.unmatched)", "\(line.open)", minutes(line.wait.p50),
                minutes(line.waitP95),
            ]
        }
        var text = ["\(sites) sites, \(doctors) doctors, seed \(seed)"]
        text += rows.map { $0.map(padded).joined() }
        text.append(
            "utilisation \(Int((utilisation * 100).rounded())) %, offers \(offers), "
                + "declined \(declined), run out \(expired), no-shows \(noShows), moved \(moves)"
        )
        text.append("overlaps \(overlaps), lost \(lost)")
        for part in calibration {
            text.append(
                "forecast \(part.urgency.rawValue): expected "
                    + String(
                        format: "%.1f min, came %.1f min, off by %.1f min in the mean, ",
                        part.expectedMinutes,
                        part.actualMinutes,
                        part.meanErrorMinutes
                    ) + "\(part.count) requests"
            )
        }
        return text.joined(separator: "\n")
    }
}
