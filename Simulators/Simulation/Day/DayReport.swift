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
    /// What was foretold to those who asked on the last day and were served; empty without days
    /// before it to learn from.
    public var foretold: [ForetoldWait]
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
        text += rows.map { $0.map(DayReport.padded).joined() }
        text.append(
            "utilisation \(Int((utilisation * 100).rounded())) %, offers \(offers), "
                + "declined \(declined), run out \(expired), no-shows \(noShows), moved \(moves)"
        )
        text.append("overlaps \(overlaps), lost \(lost)")
        if !foretold.isEmpty { text += DayReport.calibrationText(calibration) }
        return text.joined(separator: "\n")
    }

    // MARK: Forecasts

    /// How good the forecasts of the wait were, by urgency; empty when none was asked.
    public var calibration: [WaitCalibration] { DayReport.calibration([self]) }

    /// How good they were in several runs together.
    public static func calibration(_ reports: [DayReport]) -> [WaitCalibration] {
        let waits = reports.flatMap(\.foretold)
        return Urgency.allCases.compactMap { WaitCalibration($0, of: waits) }
    }

    /// The calibration for people: what was said to those who asked, and what they saw.
    public static func calibrationText(_ parts: [WaitCalibration]) -> [String] {
        func number(_ value: Double, _ format: String = "%.1f") -> String {
            String(format: format, value)
        }
        let titles = [
            "forecast", "asked", "said", "seen", "seen/said", "said p50", "seen p50", "off", "near",
        ]
        let rows = parts.map { part in
            [
                part.urgency.rawValue, "\(part.count)", number(part.saidMinutes),
                number(part.seenMinutes), number(part.ratio, "%.2f"), number(part.saidMedian),
                number(part.seenMedian), number(part.meanErrorMinutes),
                number(part.near * 100, "%.0f %%"),
            ]
        }
        return ([titles] + rows).map { $0.map(padded).joined() }
    }

    private static func padded(_ text: String) -> String {
        String(repeating: " ", count: max(10 - text.count, 0)) + text
    }
}
