public import Vocabulary

/// A request that waits, with what a search for it may do.
public struct WaitingRequest: Sendable {
    /// The request.
    public let request: ConsultRequest
    /// What the search may do.
    public let terms: MatchTerms

    /// A request that waits.
    public init(_ request: ConsultRequest, terms: MatchTerms) {
        self.request = request
        self.terms = terms
    }
}

/// What a joint plan made of those who wait, beside what deciding one by one would have made.
public struct JointPlan: Sendable, Equatable {
    /// Who serves each request that can be served, in the order in which they are to be offered.
    public let places: [RequestID: Candidate]
    /// How many more are served than one by one.
    public let gainedServed: Int
    /// How much less it costs, in the goals' unit, when as many are served.
    public let gainedCost: Double
    /// How many have another doctor or time than one by one would have given.
    public let moved: Int
}

extension Matcher {
    /// How many searches the improvement of a joint plan may do.
    static let jointSearchLimit = 128

    /// Plans for several requests nobody has been told about, so that one does not take the doctor
    /// whom only another could have used.
    ///
    /// First each in turn, most urgent first, as single decisions would. Then everybody left over
    /// asks for the place of another, if that one has another place; and whoever did not get the
    /// best place asks the same of those who are no more urgent, if both together cost less. Nobody
    /// loses a place without another, and no one begins later for one who is less urgent.
    public func plan(
        _ waiting: [WaitingRequest],
        in roster: Roster,
        at now: Instant
    ) -> JointPlan {
        var table = JointTable(waiting, self, roster, at: now)
        table.placeInTurn()
        let (before, cost) = (table.places, table.cost)
        table.improve()
        let moved = table.places.count { id, candidate in
            before[id].map { $0.doctor != candidate.doctor || $0.start != candidate.start } ?? true
        }
        let gained = table.places.count - before.count
        return JointPlan(
            places: table.places,
            gainedServed: gained,
            gainedCost: gained == 0 ? cost - table.cost : 0,
            moved: moved
        )
    }
}

/// Places on trial: the roster with what is planned, and who has which place.
private struct JointTable {
    private let matcher: Matcher
    private let waiting: [WaitingRequest]
    private let now: Instant
    private var roster: Roster
    private var searches = 0
    private(set) var places: [RequestID: Candidate] = [:]

    init(_ waiting: [WaitingRequest], _ matcher: Matcher, _ roster: Roster, at now: Instant) {
        self.waiting = waiting.sorted {
            ($0.request.urgency, $0.request.deadline, $0.request.openedAt, $0.request.id)
                < ($1.request.urgency, $1.request.deadline, $1.request.openedAt, $1.request.id)
        }
        self.matcher = matcher
        self.roster = roster
        self.now = now
    }

    var cost: Double { places.values.reduce(0) { $0 + $1.cost } }

    mutating func placeInTurn() {
        for one in waiting {
            if let best = match(one) { put(one, best) }
        }
        searches = 0
    }

    mutating func improve() {
        for one in waiting where places[one.request.id] == nil { makeRoom(for: one) }
        for one in waiting where places[one.request.id] != nil { exchange(one) }
    }

    /// Gives a place to one left over, when somebody who is no more urgent can go elsewhere.
    private mutating func makeRoom(for one: WaitingRequest) {
        for other in rivals(of: one) {
            guard let held = places[other.request.id], searches < Matcher.jointSearchLimit else {
                continue
            }
            take(other)
            if let own = match(one) {
                put(one, own)
                if let elsewhere = match(other), isFair(elsewhere, for: other, held, beside: one) {
                    put(other, elsewhere)
                    return
                }
                take(one)
            }
            put(other, held)
        }
    }

    /// Gives one a better place, when that costs another less than it gains.
    private mutating func exchange(_ one: WaitingRequest) {
        for other in rivals(of: one) where other.request.urgency >= one.request.urgency {
            guard let own = places[one.request.id], let held = places[other.request.id],
                searches < Matcher.jointSearchLimit
            else { continue }
            take(other)
            take(one)
            if let better = match(one), better.cost < own.cost {
                put(one, better)
                if let elsewhere = match(other),
                    better.cost + elsewhere.cost < own.cost + held.cost
                {
                    put(other, elsewhere)
                    continue
                }
                take(one)
            }
            put(one, own)
            put(other, held)
        }
    }

    /// Whether the other may be sent there for one's sake: whoever is more urgent begins no later.
    private func isFair(
        _ elsewhere: Candidate,
        for other: WaitingRequest,
        _ held: Candidate,
        beside one: WaitingRequest
    ) -> Bool {
        other.request.urgency >= one.request.urgency || elsewhere.start <= held.start
    }

    /// Those who have a place, and whose doctor or site one could use.
    private func rivals(of one: WaitingRequest) -> [WaitingRequest] {
        let wanted = [one.request.specialty] + one.terms.fallback
        return waiting.filter { other in
            guard other.request.id != one.request.id, let place = places[other.request.id] else {
                return false
            }
            let specialties = roster.doctor(place.doctor)?.specialties ?? []
            return other.request.site == one.request.site
                || specialties.contains(where: wanted.contains)
        }
    }

    private mutating func match(_ one: WaitingRequest) -> Candidate? {
        searches += 1
        return matcher.match(one.request, in: roster, at: now, terms: one.terms).best
    }

    private mutating func put(_ one: WaitingRequest, _ candidate: Candidate) {
        places[one.request.id] = candidate
        roster.note(booking(one, candidate, .offered))
    }

    private mutating func take(_ one: WaitingRequest) {
        guard let candidate = places.removeValue(forKey: one.request.id) else { return }
        roster.note(booking(one, candidate, .cancelled))
    }

    /// A booking on trial, which nobody outside sees; its id is the request's.
    private func booking(
        _ one: WaitingRequest,
        _ candidate: Candidate,
        _ state: BookingState
    ) -> Booking {
        Booking(
            id: BookingID(trusted: one.request.id.rawValue),
            request: one.request.id,
            doctor: candidate.doctor,
            site: one.request.site,
            patient: one.request.patient,
            start: candidate.start,
            end: candidate.end,
            doctorFreeAt: candidate.doctorFreeAt,
            state: state,
            answerBy: nil,
            reasons: [],
            claims: candidate.claims,
            madeAt: now
        )
    }
}
