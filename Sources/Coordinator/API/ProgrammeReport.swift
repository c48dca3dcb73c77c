import Scheduler
import Signalling
import Store
import Vocabulary

/// The programme's figures over a time, by province, site or specialty: no patient data.
struct ProgrammeReport: Sendable {
    /// What a line stands for.
    enum Grouping: String, CaseIterable, Sendable {
        case province
        case site
        case specialty
    }

    /// The figures of one province, site or specialty.
    struct Line: Sendable {
        var requests = 0
        var asked: [Urgency: Int] = [:]
        var states: [RequestState: Int] = [:]
        var declined = 0
        var noShows = 0
        var dispositions: [Disposition: Int] = [:]
        /// Seconds from asking until both ends were in the room, in any order.
        var waits: [Int32] = []
        /// The same of emergencies alone.
        var emergencyWaits: [Int32] = []
        /// Seconds from the sample that made an alarm until both ends were in the room.
        var alarmsToRoom: [Int32] = []
        var consultMinutes = 0.0
        var consults = 0
    }

    /// The lines by their keys.
    private(set) var lines: [String: Line] = [:]
    /// All of them together.
    private(set) var total = Line()

    /// Counts a request for the line of `key`.
    mutating func add(_ fact: ConsultFact, key: String) {
        lines[key, default: Line()].add(fact)
        total.add(fact)
    }

    /// Counts no-shows for the line of `key`.
    mutating func add(_ missed: MissedConsults, key: String) {
        lines[key, default: Line()].noShows += missed.count
        total.noShows += missed.count
    }
}

extension ProgrammeReport.Line {
    mutating func add(_ fact: ConsultFact) {
        requests += 1
        asked[fact.urgency, default: 0] += 1
        states[fact.state, default: 0] += 1
        declined += fact.declined
        if let disposition = fact.disposition { dispositions[disposition, default: 0] += 1 }
        guard let metAt = fact.metAt else { return }
        let wait = ProgrammeReport.Line.seconds(metAt - fact.place.openedAt)
        waits.append(wait)
        if fact.urgency == .emergency { emergencyWaits.append(wait) }
        if let sampleAt = fact.sampleAt {
            alarmsToRoom.append(ProgrammeReport.Line.seconds(metAt - sampleAt))
        }
        if let endedAt = fact.endedAt, endedAt >= metAt {
            consults += 1
            consultMinutes += Double((endedAt - metAt).wholeMilliseconds) / 60_000
        }
    }

    private static func seconds(_ wait: Duration) -> Int32 {
        Int32(clamping: wait.wholeMilliseconds / 1_000)
    }

    /// Requests that nobody has taken so far, before their deadline or after it.
    var waiting: Int {
        [.open, .offered, .unmatched].reduce(0) { $0 + (states[$1] ?? 0) }
    }

    /// The nearest-rank quantile in seconds; nil of nothing.
    static func quantile(_ share: Double, of waits: [Int32]) -> Int? {
        guard !waits.isEmpty else { return nil }
        let rank = Int((share * Double(waits.count)).rounded(.up)) - 1
        return Int(waits.sorted()[min(max(rank, 0), waits.count - 1)])
    }

    /// Mean minutes from both being there to the outcome; nil of nothing.
    var meanMinutes: Double? {
        consults > 0 ? (consultMinutes / Double(consults) * 10).rounded() / 10 : nil
    }
}
