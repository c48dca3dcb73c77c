import Foundation
import Scheduler
import Testing
import Vocabulary
import WebServer

/// Operations with their answers, and whether one order of them explains every answer.
///
/// The order is that of the server's own times: a success says what the booking became and when. A
/// refusal must have a reason at some moment between its call and its answer.
actor RaceLog {
    enum Kind: String, CaseIterable {
        case hold, book, release, move, accept, decline, cancel
        case noShow = "no-show"
        case checkIn = "check-in"

        /// The states that the operation needs.
        var needs: Set<BookingState> {
            switch self {
            case .hold: []
            case .book, .release: [.held]
            case .move: [.confirmed, .offered]
            case .accept: [.offered, .confirmed, .checkedIn, .inSession]
            case .decline: [.offered]
            case .cancel: [.held, .offered, .confirmed, .checkedIn]
            case .checkIn: [.confirmed, .checkedIn, .inSession]
            // Nobody can be missed before the start, and these begin tomorrow.
            case .noShow: []
            }
        }
    }

    struct Operation {
        var kind: Kind
        var start: Instant
        var booking = ""
        var doctor = ""
        var patient = ""
        var begin = Instant.distantPast
        var end = Instant.distantPast
        var status = 0
        var code = ""
    }

    /// A booking from one moment on.
    private struct Segment {
        var from: Instant
        var until = Instant.distantFuture
        let state: BookingState
        let start: Instant
        let end: Instant
    }

    private(set) var bookings: [(id: String, doctor: String)] = []
    private(set) var counts: [String: Int] = [:]
    /// The most consults at once at one site, as `faults` found.
    private(set) var stationsUsed = 0
    /// Refusals for which nothing stood in the way but that all stations were taken.
    private(set) var stationRefusals = 0
    private var operations: [Operation] = []
    private var answers: [String: [Segment]] = [:]
    private var requestOf: [String: String] = [:]
    private var unexpected: [String] = []

    func note(_ operation: Operation, _ answer: HTTPResponse) throws {
        var operation = operation
        operation.end = now()
        operation.status = Int(answer.status)
        let object = try JSONObject(answer.body)
        operation.code = object["code"] ?? ""
        counts[String(operation.status), default: 0] += 1
        switch operation.status {
        case 201 where operation.kind == .hold:
            let id = try #require(object["id"])
            operation.booking = id
            bookings.append((id, operation.doctor))
            requestOf[id] = object["request"]
        case 200, 201:
            let at = try #require(object["changedAt"].flatMap(Instant.init(rfc3339:)))
            if at < operation.begin - .milliseconds(50) || at > operation.end + .milliseconds(50) {
                // The same answer again; it says when the change was made.
                guard
                    operation.kind == .accept || operation.kind == .checkIn
                        || operation.kind == .move
                else {
                    unexpected.append("\(operation) changed it at \(at)")
                    return
                }
            }
            answers[operation.booking, default: []].append(
                Segment(
                    from: at,
                    state: try #require(object["state"].flatMap(BookingState.init(rawValue:))),
                    start: try #require(object["start"].flatMap(Instant.init(rfc3339:))),
                    end: try #require(object["end"].flatMap(Instant.init(rfc3339:)))
                )
            )
        case 409: break
        // Over and forgotten: its request is final.
        case 404 where operation.kind != .hold: break
        default: unexpected.append("\(operation): \(answer.text)")
        }
        operations.append(operation)
    }

    /// What no order explains, one line each.
    func faults(
        bookings: [Booking],
        requests: [ConsultRequest],
        stations: [SiteID: Int]
    ) -> [String] {
        let histories = Dictionary(
            uniqueKeysWithValues: bookings.map { ($0.id.rawValue, ($0, history(of: $0))) }
        )
        let ofDoctor = Dictionary(grouping: histories.values) { $0.0.doctor }
        let ofPatient = Dictionary(grouping: histories.values) { $0.0.patient }
        var faults = unexpected
        for (_, history) in histories.values { faults += steps(history) }
        for group in Array(ofDoctor.values) + Array(ofPatient.values) { faults += overlaps(group) }
        for (site, group) in Dictionary(grouping: histories.values, by: { $0.0.site }) {
            let segments = group.flatMap { $0.1 }.filter(\.state.isLive)
            let most = RaceLog.most(of: segments)
            stationsUsed = max(stationsUsed, most)
            if most > stations[site] ?? 0 { faults.append("\(most) consults at once at \(site)") }
        }
        faults += lost(bookings, requests)
        let all = Array(histories.values)
        for operation in operations where operation.status == 409 || operation.status == 404 {
            if let fault = unexplained(
                operation,
                histories[operation.booking]?.1,
                all,
                requests,
                stations
            ) {
                faults.append(fault)
            }
        }
        return faults
    }

    private func history(of booking: Booking) -> [Segment] {
        var segments = answers[booking.id.rawValue] ?? []
        let first = segments.min { $0.from < $1.from }
        let began: BookingState = requestOf[booking.id.rawValue] != nil ? .held : .offered
        segments.append(
            Segment(
                from: booking.madeAt,
                state: began,
                start: first?.start ?? booking.start,
                end: first?.end ?? booking.end
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
        // A booking's first slot is what the hold asked for, whatever it was moved to.
        if let hold = operations.first(where: {
            $0.kind == .hold && $0.booking == booking.id.rawValue
        }) {
            segments[segments.count - 2] = Segment(
                from: booking.madeAt,
                state: began,
                start: hold.start,
                end: hold.start + .minutes(20)
            )
        }
        segments.sort { ($0.from, $0.state.isLive ? 0 : 1) < ($1.from, $1.state.isLive ? 0 : 1) }
        for index in segments.indices.dropLast() {
            segments[index].until = segments[index + 1].from
        }
        return segments
    }

    private func steps(_ history: [Segment]) -> [String] {
        zip(history, history.dropFirst()).compactMap { before, after in
            guard before.state != after.state, before.from != after.from,
                !before.state.successors.contains(after.state)
            else { return nil }
            // What ended by itself in between was not asked for and is not in the log.
            let between = before.state.successors.contains { $0.successors.contains(after.state) }
            return between ? nil : "went from \(before.state) to \(after.state)"
        }
    }

    private func overlaps(_ group: [(Booking, [Segment])]) -> [String] {
        var faults: [String] = []
        for (index, one) in group.enumerated() {
            for other in group.dropFirst(index + 1) {
                for left in one.1 where left.state.isLive {
                    let clash = other.1.contains { right in
                        right.state.isLive && left.from < right.until && right.from < left.until
                            && left.start < right.end && right.start < left.end
                    }
                    if clash { faults.append("\(one.0.id) and \(other.0.id) overlap") }
                }
            }
        }
        return faults
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

    private func lost(_ bookings: [Booking], _ requests: [ConsultRequest]) -> [String] {
        let known = Dictionary(uniqueKeysWithValues: requests.map { ($0.id.rawValue, $0) })
        let live = Dictionary(grouping: bookings.filter(\.state.isLive), by: \.request)
        var faults = requestOf.values.filter { known[$0] == nil }.map { "request \($0) is lost" }
        for request in requests {
            let count = live[request.id]?.count ?? 0
            switch request.state {
            case .offered, .matched: if count != 1 { faults.append("\(request.id): \(count) live") }
            case .open, .unmatched, .fulfilled, .cancelled:
                if count != 0 { faults.append("\(request.id) has a live booking and is over") }
            }
        }
        return faults
    }

    /// Nil when something was so, at some moment of the call, that it had to be refused.
    private func unexplained(
        _ operation: Operation,
        _ history: [Segment]?,
        _ all: [(Booking, [Segment])],
        _ requests: [ConsultRequest],
        _ stations: [SiteID: Int]
    ) -> String? {
        // The server's clock and ours are read at different moments.
        let from = operation.begin - .milliseconds(50)
        let until = operation.end + .milliseconds(50)
        func during(_ segment: Segment) -> Bool { segment.from <= until && from <= segment.until }
        let end = operation.start + .minutes(20)
        switch operation.code {
        case "slot_taken":
            func isInTheWay(_ segment: Segment) -> Bool {
                during(segment) && segment.state.isLive && segment.start < end
                    && operation.start < segment.end
            }
            let rivals = all.filter { booking, segments in
                booking.id.rawValue != operation.booking && segments.contains(where: isInTheWay)
            }
            let subject = all.first { $0.0.id.rawValue == operation.booking }?.0
            let doctor = subject?.doctor.rawValue ?? operation.doctor
            let patient = subject?.patient.rawValue ?? operation.patient
            let isBlocked = rivals.contains {
                $0.0.doctor.rawValue == doctor || $0.0.patient.rawValue == patient
            }
            // Everybody asks at one site; a booking counts once, however often it changed meanwhile.
            let site = subject?.site ?? all.first?.0.site
            let isFull = rivals.count >= site.flatMap { stations[$0] } ?? 0
            if isFull, !isBlocked { stationRefusals += 1 }
            // A decline keeps its doctor from the request for good.
            let wasDeclined = requests.contains {
                $0.id == subject?.request && $0.declinedBy.contains { $0.rawValue == doctor }
            }
            if isBlocked || isFull || wasDeclined { return nil }
        case "duplicate":
            let isOpen = requests.contains { request in
                request.patient.rawValue == operation.patient && request.openedAt <= until
                    && (!request.state.isFinal || request.changedAt >= from)
            }
            if isOpen { return nil }
        default:
            guard let history else { return "\(operation): the booking is not stored" }
            if history.contains(where: { during($0) && !operation.kind.needs.contains($0.state) }) {
                return nil
            }
            // A hold that has run out is not booked, though nobody has looked at it yet.
            if operation.code == "too_late" { return nil }
        }
        return "nothing explains the refusal of \(operation)"
    }
}
