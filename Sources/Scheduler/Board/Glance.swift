public import Vocabulary

/// A doctor as the board shows one to the goals, before the record is fetched.
public struct Glance: Sendable {
    /// How soon the consult is needed.
    public let urgency: Urgency
    /// From when on the wait counts.
    public let since: Instant
    /// The consult's length.
    public let minutes: Int
    /// The earliest start that is thought possible.
    public internal(set) var start: Instant
    /// By how much the site's province waits longer than the country, 0…1.
    public let provinceExcess: Double
    /// Whether the doctor can be asked now.
    public internal(set) var presence = Presence.off
    /// Whether the hospital is of the site's chain.
    public internal(set) var isInChain = false
    /// Whether the hospital lies in the site's province.
    public internal(set) var isInProvince = false
    /// Whether it is a central hospital.
    public internal(set) var isCentral = false
    /// How many wishes, for a doctor and for a hospital, are not met.
    public internal(set) var unmetWishes = 0
    /// Whether somebody else saw the patient last.
    public internal(set) var isNewToPatient = false
    /// The doctor's minutes of work on the local day of the start, and those that can be booked;
    /// nil when the board does not know them.
    public internal(set) var day: (load: Int, bookable: Int)?

    /// How many kinds of doctors there are that differ in more than the start and the load.
    static let kinds = 192

    /// The number of the kind.
    var kind: Int {
        let presence =
            switch presence {
            case .onCall: 0
            case .available: 1
            case .off: 2
            }
        return (isInChain ? 1 : 0) | (isInProvince ? 2 : 0) | (isCentral ? 4 : 0)
            | (isNewToPatient ? 8 : 0) | presence << 4 | unmetWishes << 6
    }
}

/// What each doctor costs one request at least, as far as the board knows.
struct CostFloor: Sendable {
    /// Less than nothing, for sums are rounded.
    private static let rounding = -1e-6

    private let board: DayBoard
    private let weights: GoalWeights
    private let exempt: [Int]
    private let chain: [Int32]
    private let province: Int32?
    private let wishedHospital: Int32?
    private let wishesHospital: Bool
    private let wishedDoctor: Int?
    private let wishesDoctor: Bool
    private let lastDoctor: Int?
    private let isKnownPatient: Bool
    private var glance: Glance
    /// What the goals that grow cost whoever is alike in all but the start: from the start asked
    /// last, and from the beginning of each next day.
    private var known: [(start: Instant, cost: Double)]
    private var later: [Double?]

    init(_ search: Search, in roster: Roster, weights: GoalWeights) {
        let request = search.request
        let last = roster.lastDoctor(of: request.patient)
        board = roster.board
        self.weights = weights
        exempt = search.exempt
        chain = search.site.chain.compactMap { roster.board.number(of: $0) }
        province = roster.board.number(of: search.site.province)
        wishesHospital = request.preferredHospital != nil
        wishedHospital = request.preferredHospital.flatMap { roster.board.number(of: $0) }
        wishesDoctor = request.preferredDoctor != nil
        wishedDoctor = request.preferredDoctor.flatMap { roster.entry($0)?.number }
        isKnownPatient = last != nil
        lastDoctor = last.flatMap { roster.entry($0)?.number }
        glance = Glance(
            urgency: request.urgency,
            since: max(request.earliest, search.now),
            minutes: request.durationMinutes,
            start: search.firstStart,
            provinceExcess: roster.waits.excess(of: search.site.province)
        )
        known = Array(repeating: (.distantPast, 0), count: Glance.kinds)
        later = Array(repeating: nil, count: Glance.kinds * DayGrid.days)
    }

    /// What the doctor costs at least from that start on.
    mutating func cost(_ number: Int, from start: Instant) -> Double {
        look(number, from: start)
        let atStart = growing(from: start)
        let others = cost(of: GoalBook.others)
        guard others > 0, let day = board.grid?.day(of: start) else { return atStart }
        // A later day may be emptier, but it is later.
        return min(atStart + others, growing(after: day))
    }

    private mutating func growing(from start: Instant) -> Double {
        let kind = glance.kind
        if known[kind].start == start { return known[kind].cost }
        let found = cost(of: GoalBook.growing)
        known[kind] = (start, found)
        return found
    }

    private mutating func growing(after day: (number: Int, end: Instant)) -> Double {
        let kind = glance.kind
        glance.start = day.end
        let place = day.number * Glance.kinds + kind
        if let known = later[place] { return known }
        let found = cost(of: GoalBook.growing)
        later[place] = found
        return found
    }

    private func cost(of goals: [any SoftGoal]) -> Double {
        var cost = CostFloor.rounding
        for goal in goals { cost += goal.least(glance, weights: weights) }
        return cost
    }

    private mutating func look(_ number: Int, from start: Instant) {
        let line = board.lines[number]
        glance.start = start
        glance.presence = line.presence
        glance.isInChain = chain.contains(line.hospital)
        glance.isInProvince = line.province == province
        glance.isCentral = line.isCentral
        glance.unmetWishes =
            (wishesDoctor && number != wishedDoctor ? 1 : 0)
            + (wishesHospital && line.hospital != wishedHospital ? 1 : 0)
        glance.isNewToPatient = isKnownPatient && number != lastDoctor
        glance.day = nil
        guard !exempt.contains(number), let day = board.grid?.day(of: start) else { return }
        glance.day = (Int(line.load[day.number]), Int(line.bookable[day.number]))
    }
}

extension DayGrid {
    /// Which day of the grid holds the instant, and the first instant after it; nil outside.
    fileprivate func day(of instant: Instant) -> (number: Int, end: Instant)? {
        let tick = tick(of: instant)
        guard 0 <= tick, tick < DayGrid.ticks else { return nil }
        let number = tick / DayGrid.ticksOfDay
        return (number, start(of: (number + 1) * DayGrid.ticksOfDay))
    }
}
