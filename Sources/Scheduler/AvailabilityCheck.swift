import Vocabulary

/// The part of an availability that is wrong, and what belongs there.
public struct AvailabilityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Which member of which window: `weekly[2].untilMinute`.
    public let part: String
    /// What is expected of it.
    public let expectation: String

    /// The part and what is expected.
    public var description: String { "\(part): \(expectation)" }
}

/// What an availability must be like to be taken.
extension Availability {
    /// Most weekly windows, and most weekly windows on call.
    public static let weeklyLimit = 100
    /// Most windows by date of each kind.
    public static let datedLimit = 1_000
    /// Most rotas.
    public static let rotaLimit = 50
    /// Longest a window by date may be.
    public static let longest: Duration = .hours(24 * 400)

    /// Throws the first part that is wrong.
    public func check() throws(AvailabilityError) {
        try count(weekly, "weekly", Availability.weeklyLimit)
        try count(weeklyOnCall, "weeklyOnCall", Availability.weeklyLimit)
        try count(rotas, "rotas", Availability.rotaLimit)
        for (name, windows) in [("weekly", weekly), ("weeklyOnCall", weeklyOnCall)] {
            for (place, window) in windows.enumerated() {
                try check(window, "\(name)[\(place)]")
            }
        }
        let dated = [
            ("absences", absences), ("additions", additions), ("onCall", onCall), ("busy", busy),
        ]
        for (name, windows) in dated {
            try count(windows, name, Availability.datedLimit)
            for (place, window) in windows.enumerated() {
                try check(window, "\(name)[\(place)]")
            }
        }
        for (place, rota) in rotas.enumerated() { try check(rota, "rotas[\(place)]") }
    }

    private func count(
        _ windows: [some Any],
        _ name: String,
        _ limit: Int
    ) throws(AvailabilityError) {
        guard windows.count <= limit else {
            throw AvailabilityError(part: name, expectation: "at most \(limit) windows")
        }
    }

    private func check(_ window: WeeklyWindow, _ part: String) throws(AvailabilityError) {
        guard (1...7).contains(window.weekday) else {
            throw AvailabilityError(
                part: "\(part).weekday",
                expectation: "1 Monday to 7 Sunday"
            )
        }
        guard (0...1_439).contains(window.fromMinute) else {
            throw AvailabilityError(
                part: "\(part).fromMinute",
                expectation: "minutes after local midnight, 0 to 1439"
            )
        }
        guard window.untilMinute > window.fromMinute,
            window.untilMinute <= window.fromMinute + 1_440
        else {
            throw AvailabilityError(
                part: "\(part).untilMinute",
                expectation: "after fromMinute by at most 1440; beyond 1440 is the next day"
            )
        }
    }

    private func check(_ window: DatedWindow, _ part: String) throws(AvailabilityError) {
        guard window.from < window.until else {
            throw AvailabilityError(part: "\(part).until", expectation: "must come after from")
        }
        guard window.until - window.from <= Availability.longest else {
            throw AvailabilityError(
                part: "\(part).until",
                expectation: "at most 400 days after from"
            )
        }
    }

    private func check(_ rota: OnCallRota, _ part: String) throws(AvailabilityError) {
        try check(rota.first, "\(part).first")
        guard (1...366).contains(rota.everyDays) else {
            throw AvailabilityError(part: "\(part).everyDays", expectation: "1 to 366 days")
        }
        guard rota.first.until - rota.first.from <= .hours(24 * rota.everyDays) else {
            throw AvailabilityError(
                part: "\(part).everyDays",
                expectation: "a turn must end before the next begins"
            )
        }
        guard rota.ends.map({ $0 > rota.first.from }) ?? true else {
            throw AvailabilityError(
                part: "\(part).ends",
                expectation: "must come after the first turn's beginning"
            )
        }
    }
}
