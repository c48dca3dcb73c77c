import Scheduler
import Vocabulary

/// Judges what was noted of a race against what the store holds after it.
struct RaceJudge {
    private typealias Segment = RaceLog.Segment
    private typealias Operation = RaceLog.Operation

    /// A stored booking with what it was from one moment to the next.
    private struct History {
        let booking: Booking
        var segments: [Segment]

        /// Everybody who has or had part in it.
        var doctors: Set<DoctorID> { Set(booking.concerned.doctors) }
    }

    private let requests: [ConsultRequest]
    private let stations: [SiteID: Int]
    private let operations: [Operation]
    private let answers: [String: [Segment]]
    private let requestOf: [String: String]
    private let replacedBy: [String: String]
    private let histories: [String: History]

    /// What no order explains, one line each.
    private(set) var faults: [String]
    /// The most consults at once at one site.
    private(set) var stationsUsed = 0
    /// Refusals for which nothing stood in the way but that all stations were taken.
    private(set) var stationRefusals = 0

    init(
        _ log: isolated RaceLog,
        bookings: [Booking],
        requests: [ConsultRequest],
        stations: [SiteID: Int]
    ) {
        self.requests = requests
        self.stations = stations
        operations = log.operations
        answers = log.answers
        requestOf = log.requestOf
        replacedBy = log.replacedBy
        faults = log.unexpected
        let plain = bookings.map {
            RaceJudge.history(of: $0, log.answers, log.operations)
        }
        let known = Dictionary(uniqueKeysWithValues: plain.map { ($0.booking.id.rawValue, $0) })
        histories = known.mapValues { history in
            let old = log.replacedBy[history.booking.id.rawValue].flatMap { known[$0] }
            return old.map { RaceJudge.marked(history, till: $0.booking) } ?? history
        }
        for history in histories.values { faults += steps(history) }
        faults += overlaps()
        judgeStations()
        faults += lost(bookings)
        for operation in operations where operation.status == 409 || operation.status == 404 {
            if let fault = unexplained(operation) { faults.append(fault) }
        }
    }

    // MARK: What was when

    private static func history(
        of booking: Booking,
        _ answers: [String: [Segment]],
        _ operations: [Operation]
    ) -> History {
        let id = booking.id.rawValue
        var segments = answers[id] ?? []
        // A booking's first slot is what the hold asked for, whatever it was moved to.
        let hold = operations.first { $0.kind == .hold && $0.booking == id }
        let first = segments.min { $0.from < $1.from }
        let start = hold?.start ?? first?.start ?? booking.start
        segments.append(
            Segment(
                from: booking.madeAt,
                state: hold == nil ? .offered : .held,
                start: start,
                end: hold.map { $0.start + .minutes(20) } ?? first?.end ?? booking.end
            )
        )
        segments.append(
            Segment(
                from: booking.changedAt,
                state: booking.state,
                start: booking.start,
                end: booking.end
            )
        )
        segments.sort { ($0.from, $0.state.isLive ? 0 : 1) < ($1.from, $1.state.isLive ? 0 : 1) }
        for index in segments.indices.dropLast() {
            segments[index].until = segments[index + 1].from
        }
        return History(booking: booking, segments: segments)
    }

    /// The history of an offer to another doctor, which is proposed while the old booking stands.
    private static func marked(_ history: History, till old: Booking) -> History {
        let end = old.state.isLive ? Instant.distantFuture : old.changedAt
        var marked = history
        marked.segments = history.segments.flatMap { segment -> [Segment] in
            guard segment.state == .offered, segment.from < end else { return [segment] }
            var (before, after) = (segment, segment)
            before.isProposed = true
            before.until = min(segment.until, end)
            after.from = end
            return end < segment.until ? [before, after] : [before]
        }
        return marked
    }

    private func steps(_ history: History) -> [String] {
        let segments = history.segments
        return zip(segments, segments.dropFirst()).compactMap { before, after in
            guard before.state != after.state, before.from != after.from,
                !before.state.successors.contains(after.state)
            else { return nil }
            // What ended by itself in between was not asked for and is not in the log.
            let between = before.state.successors.contains { $0.successors.contains(after.state) }
            return between
                ? nil : "\(history.booking.id) went from \(before.state) to \(after.state)"
        }
    }

    // MARK: Double bookings

    private func overlaps() -> [String] {
        var ofDoctor: [DoctorID: [History]] = [:]
        for history in histories.values {
            for doctor in history.booking.doctors { ofDoctor[doctor, default: []].append(history) }
        }
        let ofPatient = Dictionary(grouping: histories.values) { $0.booking.patient }
        return ofDoctor.values.flatMap {
            clashes($0) { isOwn, segment in
                segment.state.isLive && (isOwn || !segment.isProposed)
            }
        }
            + ofPatient.values.flatMap { clashes($0) { _, segment in segment.takesAll } }
    }

    /// Two of one doctor or patient at once; `takes` says whether a segment counts, asked with whether
    /// the doctor is the responsible one.
    private func clashes(
        _ group: [History],
        _ takes: (Bool, Segment) -> Bool
    ) -> [String] {
        var faults: [String] = []
        for (index, one) in group.enumerated() {
            for other in group.dropFirst(index + 1) {
                let isOwn = one.booking.doctor == other.booking.doctor
                for left in one.segments where takes(isOwn, left) {
                    let clash = other.segments.contains { right in
                        takes(isOwn, right) && left.from < right.until && right.from < left.until
                            && left.start < right.end && right.start < left.end
                    }
                    if clash { faults.append("\(one.booking.id) and \(other.booking.id) overlap") }
                }
            }
        }
        return faults
    }

    private mutating func judgeStations() {
        var ofSite: [SiteID: [Segment]] = [:]
        for history in histories.values {
            for site in history.booking.sites {
                ofSite[site, default: []] += history.segments.filter(\.takesAll)
            }
        }
        for (site, segments) in ofSite {
            let most = RaceJudge.most(of: segments)
            stationsUsed = max(stationsUsed, most)
            if most > stations[site] ?? 0 { faults.append("\(most) consults at once at \(site)") }
        }
    }

    /// The most segments that hold at one moment for one time: each is a rectangle of when it was so
    /// and when it is to be, and where most lie over each other one begins and one starts.
    private static func most(of segments: [Segment]) -> Int {
        segments.map { left in
            let near = segments.filter {
                $0.from < left.until && left.from < $0.until && $0.start < left.end
                    && left.start < $0.end
            }
            let moments = Set(near.map { max($0.from, left.from) })
            let starts = Set(near.map { max($0.start, left.start) })
            return moments.flatMap { moment in
                starts.map { start in
                    near.count {
                        $0.from <= moment && moment < $0.until && $0.start <= start
                            && start < $0.end
                    }
                }
            }.max() ?? 0
        }.max() ?? 0
    }

    // MARK: Lost requests

    private func lost(_ bookings: [Booking]) -> [String] {
        let known = Dictionary(uniqueKeysWithValues: requests.map { ($0.id.rawValue, $0) })
        let live = Dictionary(grouping: bookings.filter(\.state.isLive), by: \.request)
        var faults = requestOf.values.filter { known[$0] == nil }.map { "request \($0) is lost" }
        for request in requests {
            let own = live[request.id] ?? []
            let count = own.count { !$0.isProposed }
            let proposed = own.count - count
            switch request.state {
            case .offered, .matched:
                if count != 1 || proposed > 1 {
                    faults.append("\(request.id): \(count) live, \(proposed) proposed")
                }
            case .open, .unmatched, .fulfilled, .cancelled:
                if !own.isEmpty { faults.append("\(request.id) has a live booking and is over") }
            }
        }
        return faults
    }

    // MARK: Refusals

    /// Nil when something was so, at some moment of the call, that it had to be refused.
    private mutating func unexplained(_ operation: Operation) -> String? {
        let history = histories[operation.booking]
        switch operation.code {
        case "slot_taken": if isTaken(operation, history) { return nil }
        case "duplicate":
            let isOpen = requests.contains { request in
                request.patient.rawValue == operation.patient
                    && request.openedAt <= operation.latest
                    && (!request.state.isFinal || request.changedAt >= operation.earliest)
            }
            if isOpen { return nil }
        default:
            guard let history else { return "\(operation): the booking is not stored" }
            let allowed = operation.kind.needs
            let isMove = operation.kind == .move || operation.kind == .give
            let isRefused = history.segments.contains {
                operation.meets($0) && (!allowed.contains($0.state) || isMove && $0.isProposed)
            }
            if isRefused { return nil }
            // A hold that has run out is not booked, though nobody has looked at it yet.
            if operation.code == "too_late" { return nil }
            // Everybody of a group has agreed to its time.
            let isGroup = operation.further != nil
            if operation.code == "other_doctor", isGroup { return nil }
        }
        return "nothing explains the refusal of \(operation)"
    }

    private mutating func isTaken(_ operation: Operation, _ subject: History?) -> Bool {
        let doctors = wanted(operation, subject)
        let patient = subject?.booking.patient.rawValue ?? operation.patient
        let rivals = histories.values.filter { history in
            let id = history.booking.id.rawValue
            // What is proposed gives way to another move of the same booking.
            return id != operation.booking && replacedBy[id] != operation.booking
        }
        let isBlocked = rivals.contains { rival in
            let isSame = !rival.doctors.isDisjoint(with: doctors)
            return rival.segments.contains {
                operation.isMet(by: $0) && $0.state.isLive
                    && (isSame || $0.takesAll && rival.booking.patient.rawValue == patient)
            }
        }
        let isFull = sites(operation, subject).contains { site in
            let there = rivals.count { rival in
                rival.booking.concerned.sites.contains(site)
                    && rival.segments.contains {
                        operation.isMet(by: $0) && $0.state.isLive && takesStation($0, of: rival)
                    }
            }
            return there >= stations[site] ?? 0
        }
        if isFull, !isBlocked { stationRefusals += 1 }
        // A decline keeps its doctor from the request for good.
        let wasPassedOver = requests.contains {
            $0.id == subject?.booking.request
                && !doctors.isDisjoint(with: $0.declinedBy + $0.unansweredBy)
        }
        return isBlocked || isFull || wasPassedOver
    }

    /// What is proposed keeps a station as well, but not a second one beside the booking in whose
    /// time it would come.
    private func takesStation(_ segment: Segment, of history: History) -> Bool {
        guard segment.isProposed, let id = replacedBy[history.booking.id.rawValue],
            let old = histories[id]
        else { return true }
        return old.segments.contains {
            $0.from < segment.until && segment.from < $0.until && $0.start != segment.start
        }
    }

    /// The doctors without whom it cannot be done.
    private func wanted(_ operation: Operation, _ subject: History?) -> Set<DoctorID> {
        var doctors = subject?.doctors ?? []
        if operation.kind == .give, let lead = subject?.booking.doctor { doctors.remove(lead) }
        let asked = [operation.doctor, operation.further?.doctor ?? ""]
        if operation.kind == .hold || operation.kind == .give {
            doctors.formUnion(asked.compactMap { DoctorID(rawValue: $0) })
        }
        return doctors
    }

    /// The sites without which it cannot be done; everybody asks at one.
    private func sites(_ operation: Operation, _ subject: History?) -> Set<SiteID> {
        let all = subject ?? histories.values.first
        let further = operation.further.map { [$0.site] } ?? []
        guard let all else { return Set(further) }
        return Set([all.booking.site] + further + (subject?.booking.concerned.sites ?? []))
    }
}

extension RaceLog.Operation {
    // The server's clock and ours are read at different moments.
    fileprivate var earliest: Instant { begin - .milliseconds(50) }
    fileprivate var latest: Instant { end + .milliseconds(50) }

    /// Whether it was so during the call.
    fileprivate func meets(_ segment: RaceLog.Segment) -> Bool {
        segment.from <= latest && earliest <= segment.until
    }

    /// Whether it was so during the call, and for the time that is asked for.
    fileprivate func isMet(by segment: RaceLog.Segment) -> Bool {
        meets(segment) && segment.start < start + .minutes(20) && start < segment.end
    }
}
