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
        case hold, book, release, move, give, accept, decline, cancel
        case noShow = "no-show"
        case checkIn = "check-in"

        /// The states that the operation needs.
        var needs: Set<BookingState> {
            switch self {
            case .hold: []
            case .book, .release: [.held]
            case .move, .give: [.confirmed, .offered]
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
        /// Whom and what it needs beside the doctor and the asking site.
        var further: Further?
        var begin = Instant.distantPast
        var end = Instant.distantPast
        var status = 0
        var code = ""
    }

    /// The rest of a group: who and which site.
    struct Further {
        let doctor: String
        let site: SiteID
    }

    /// A booking that somebody knows of, and may do something to.
    struct Target {
        let id: String
        let doctor: String
        var further: Further?
    }

    /// A booking from one moment on.
    struct Segment {
        var from: Instant
        var until = Instant.distantFuture
        let state: BookingState
        let start: Instant
        let end: Instant
        /// Whether another booking stands in its stead till its doctor has said yes; then it keeps that
        /// doctor and takes nothing else.
        var isProposed = false

        /// Whether it takes station and patient.
        var takesAll: Bool { state.isLive && !isProposed }
    }

    /// Those that may be live, newest last.
    private(set) var bookings: [Target] = []
    private(set) var counts: [String: Int] = [:]
    private(set) var operations: [Operation] = []
    private(set) var answers: [String: [Segment]] = [:]
    private(set) var requestOf: [String: String] = [:]
    /// Which booking an offer to another doctor was to replace.
    private(set) var replacedBy: [String: String] = [:]
    private(set) var unexpected: [String] = []

    /// How many of a kind were done.
    func done(_ kind: Kind, inGroups: Bool = false) -> Int {
        operations.count {
            $0.kind == kind && $0.status < 300 && (!inGroups || $0.further != nil)
        }
    }

    /// Takes the live bookings of a list: what was declined, the coordinator has offered to others.
    func learn(_ listed: [JSONObject]) throws {
        let known = Set(bookings.map(\.id))
        for booking in listed {
            guard let id = booking["id"], let doctor = booking["doctor"], !known.contains(id),
                answers[id] == nil
            else { continue }
            // Nobody has moved it yet: nobody knew of it.
            answers[id] = [try segment(of: booking)]
            replacedBy[id] = booking["replaces"] ?? replacedBy[id]
            let claims = booking.list("claims")
            let other = claims.first { $0["kind"] == "doctor" }?["id"]
            let site = claims.first { $0["kind"] == "site" }?["id"].flatMap(SiteID.init(rawValue:))
            let further = other.flatMap { doctor in
                site.map { Further(doctor: doctor, site: $0) }
            }
            bookings.append(Target(id: id, doctor: doctor, further: further))
        }
    }

    /// What a booking was when the answer was made.
    private func segment(of booking: JSONObject) throws -> Segment {
        Segment(
            from: try #require(booking["changedAt"].flatMap(Instant.init(rfc3339:))),
            state: try #require(booking["state"].flatMap(BookingState.init(rawValue:))),
            start: try #require(booking["start"].flatMap(Instant.init(rfc3339:))),
            end: try #require(booking["end"].flatMap(Instant.init(rfc3339:)))
        )
    }

    /// Nobody does anything more to it.
    private func forget(_ id: String) { bookings.removeAll { $0.id == id } }

    /// The start of the booking as it was answered last.
    func start(of booking: String) -> Instant? {
        answers[booking]?.last?.start
            ?? operations.first { $0.kind == .hold && $0.booking == booking }?.start
    }

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
            bookings.append(
                Target(id: id, doctor: operation.doctor, further: operation.further)
            )
            requestOf[id] = object["request"]
        case 200, 201:
            let answered = try segment(of: object)
            let at = answered.from
            if at < operation.begin - .milliseconds(50) || at > operation.end + .milliseconds(50) {
                // The same answer again; it says when the change was made.
                guard
                    operation.kind == .accept || operation.kind == .checkIn
                        || operation.kind == .move || operation.kind == .give
                else {
                    unexpected.append("\(operation) changed it at \(at)")
                    return
                }
            }
            let id = try #require(object["id"])
            if id != operation.booking, operation.kind == .give {
                replacedBy[id] = operation.booking
                bookings.append(
                    Target(id: id, doctor: operation.doctor, further: operation.further)
                )
            }
            if !answered.state.isLive { forget(id) }
            answers[id, default: []].append(answered)
        case 409: break
        // Over and forgotten: its request is final.
        case 404 where operation.kind != .hold: forget(operation.booking)
        default: unexpected.append("\(operation): \(answer.text)")
        }
        operations.append(operation)
    }
}
