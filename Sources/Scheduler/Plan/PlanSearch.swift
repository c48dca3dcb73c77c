import Vocabulary

/// Plans a batch: serves the most urgent first, then tears up parts of the plan and mends them.
///
/// Ruin and recreate with simulated annealing (Christiaens, Vanden Berghe: "Slack Induction by
/// String Removals", 2020), carried over from vehicles and customers to doctors and consults: runs
/// of neighbouring consults of related doctors are taken out. Then one of these doctors after the
/// other takes the best day it could have among all who were taken out or left out before, found
/// by a longest path (`PlanDayPath`); what serving somebody is worth beside other doctors, the
/// prices of a bound say, as in a column generation. Whoever is still left is put in greedily.
/// There is no clock inside: whoever calls says how hot the search is and how many rounds it takes.
public struct PlanSearch: Sendable {
    /// How easily a worse plan is taken, at one time of a search.
    public struct Heat: Sendable {
        /// In units of cost: a round that costs this much more is kept with probability 1/e.
        public var temperature: Double
        /// The share of the cost of requests left out that counts in that decision, 0…1.
        ///
        /// With all of it no search of little heat would ever leave one request out for another.
        public var lostShare: Double

        /// A temperature and a share.
        public init(temperature: Double, lostShare: Double = 1) {
            self.temperature = temperature
            self.lostShare = lostShare
        }

        /// The heat at a time of a search, `share` 0…1: the temperature falls by the same factor
        /// in the same time, and requests left out count in full for the last quarter.
        public static func cooling(from hot: Double, to cold: Double, share: Double) -> Heat {
            Heat(
                temperature: hot * Heat.power(cold / hot, share),
                lostShare: Heat.leastLostShare
                    * Heat.power(1 / Heat.leastLostShare, min(1, share * 4 / 3))
            )
        }

        private static let leastLostShare = 0.1

        private static func power(_ base: Double, _ exponent: Double) -> Double {
            // Sixteen binary digits of the exponent: near enough, and the same on every machine.
            var (result, root, rest) = (1.0, base, min(1, max(0, exponent)))
            if rest >= 1 { return base }
            for _ in 0..<16 {
                root = root.squareRoot()
                rest *= 2
                if rest >= 1 {
                    result *= root
                    rest -= 1
                }
            }
            return result
        }
    }

    /// The cost of the best plan so far.
    public private(set) var bestCost: Int
    /// The cost of the plan in hand.
    public var currentCost: Int { current.cost }
    /// How many rounds were taken.
    public private(set) var rounds = 0

    let problem: PlanProblem
    var current: PlanSchedule
    var random: SeededRandom
    var scope: PlanScope
    /// What the round in hand did.
    var round: PlanRound
    /// A doctor's day in the making.
    var path: PlanDayPath
    /// A neighbourhood that is solved exactly.
    var cluster = PlanCluster()
    /// What serving each request is worth, by the prices of a bound; empty before there are any.
    var worth: [Int32] = []
    private var best: [PlanPlace]
    /// Requests whose place may differ from the best plan's.
    private var changed: [Int32] = []
    private var isChanged: [Bool]
    /// Requests of the parts that another plan, met since the last gathering, has at another cost.
    private var isUnsettled: [Bool]

    /// A search that starts from the greedy plan by urgency.
    ///
    /// With `urgentOnly` it plans requests of urgency 1 and 2 alone, until it is widened: few of
    /// them compete, and once they stand well the others seldom call for another place of theirs.
    public init(_ problem: PlanProblem, seed: UInt64, urgentOnly: Bool = false) {
        let limit = urgentOnly ? 2 : Int.max
        self.problem = problem
        random = SeededRandom(seed: seed)
        current = PlanSchedule(problem)
        current.serveByUrgency(upTo: limit)
        scope = PlanScope(current, urgencies: limit)
        round = PlanRound(problem)
        path = PlanDayPath(horizon: problem.horizon)
        best = current.places
        bestCost = current.cost
        isChanged = Array(repeating: false, count: problem.requests.count)
        isUnsettled = isChanged
    }

    /// The best plan so far: for each request the doctor and the start, nil when left out.
    public var plan: [PlanPlace?] {
        best.map { $0.isServed ? $0 : nil }
    }

    /// The plan in hand.
    public var currentPlan: [PlanPlace?] {
        current.places.map { $0.isServed ? $0 : nil }
    }

    /// Whether what the plan in hand occupies and costs is what its places say.
    package var isSound: Bool {
        var schedule = PlanSchedule(problem)
        for (request, place) in current.places.enumerated() where place.isServed {
            schedule.place(request, place)
        }
        return schedule.isSame(as: current)
    }

    /// Lets a bound's prices say what each request is worth to the doctors who could serve it.
    public mutating func follow(_ bound: PlanBound) {
        worth = bound.worth.map { Int32(clamping: $0) }
    }

    /// Takes the other search's best plan in place of the one in hand.
    public mutating func adopt(_ other: PlanSearch) {
        setCurrent(other.best)
    }

    /// Serves whoever is left out of its best plan, and searches on among all requests.
    public mutating func widen() {
        setCurrent(best)
        let before = current.places
        current.serveByUrgency(upTo: .max)
        for request in before.indices where before[request] != current.places[request] {
            noteChange(Int32(request))
        }
        noteBest()
        scope = PlanScope(current, urgencies: .max)
    }

    /// The same search with random numbers of its own, and no rounds yet.
    public func copy(seed: UInt64) -> PlanSearch {
        var search = self
        search.random = SeededRandom(seed: seed)
        search.rounds = 0
        return search
    }

    /// A search that leaves everything but one part of the specialties and their doctors as it is.
    ///
    /// Branches with the same `seed` and different parts touch neither the same request nor the
    /// same doctor, so that they can run side by side; stations alone they share.
    public func branch(to part: Int, of parts: Int, seed: UInt64) -> PlanSearch {
        var search = copy(seed: seed &+ UInt64(part) &* 7_919)
        search.scope = PlanScope(current, part: part, of: parts, seed: seed)
        return search
    }

    /// Goes back to its best plan.
    public mutating func goBack() {
        setCurrent(best)
    }

    /// Takes so many rounds at a heat.
    public mutating func improve(rounds count: Int, heat: Heat) {
        // Rounds in which there is nothing to do are counted, too: callers wait for their number.
        rounds += count
        guard !scope.seeds.isEmpty else { return }
        for _ in 0..<count {
            let before = (cost: current.cost, lost: current.lost)
            ruin()
            recreate(at: heat.temperature)
            let lost = Double(current.lost - before.lost)
            let other = Double(current.cost - before.cost) - lost
            let worse = other + heat.lostShare * lost
            if current.cost < bestCost || worse <= 0
                || worse < -heat.temperature * random.logarithm()
            {
                keep()
            } else {
                undo()
            }
        }
    }

    /// Counts the rounds of other searches as its own.
    public mutating func count(_ others: [PlanSearch]) {
        rounds = others.reduce(0) { $0 + $1.rounds }
    }

    /// Takes over what other searches changed since all had this one's plan in hand.
    ///
    /// Where two of them took the same station, the later one's request is served elsewhere or
    /// left out.
    public mutating func merge(_ others: [PlanSearch]) {
        let common = current.places
        for other in others {
            let moved = common.indices.filter { common[$0] != other.current.places[$0] }
            for request in moved where current.places[request].isServed { current.remove(request) }
            var left: [Int] = []
            for request in moved where other.current.places[request].isServed {
                let place = other.current.places[request]
                if current.fits(request, place) {
                    current.place(request, place)
                } else {
                    left.append(request)
                }
            }
            for request in left {
                if let offer = current.offer(request) { current.place(request, offer.place) }
            }
            for request in moved { noteChange(Int32(request)) }
            rounds += other.rounds
        }
        noteBest()
    }

    /// Goes back to the best plan, with what the plan in hand does better somewhere.
    public mutating func gatherBest() {
        for request in isUnsettled.indices { isUnsettled[request] = false }
        let plan = current.places
        setCurrent(best)
        takeBetterParts(of: plan)
    }

    /// Takes over from the other's best plan what makes this one's cheaper, part by part.
    public mutating func adoptBetterParts(of other: PlanSearch) {
        setCurrent(best)
        takeBetterParts(of: other.best)
    }

    /// Begins rounds only in the parts that did not cost the same in the plans met since the last
    /// gathering: what searches agree on is most likely as good as it can be.
    public mutating func seekUnsettled() {
        scope.begin(with: isUnsettled)
    }

    private mutating func takeBetterParts(of plan: [PlanPlace]) {
        for part in PlanDifference(current, plan).parts {
            let before = current.cost
            move(part, to: plan)
            if current.cost != before { for request in part { isUnsettled[request] = true } }
            if current.cost <= before { keep() } else { undo() }
        }
    }

    /// Moves requests to where a plan has them, or near there where somebody else is in the way.
    private mutating func move(_ requests: [Int], to plan: [PlanPlace]) {
        for request in requests {
            let place = current.places[request]
            round.note(request, at: place, length: problem.jobs[request].duration)
            if place.isServed { current.remove(request) }
        }
        let left = requests.filter { request in
            guard plan[request].isServed else { return false }
            guard current.fits(request, plan[request]) else { return true }
            current.place(request, plan[request])
            return false
        }
        for request in left {
            if let offer = current.offer(request) { current.place(request, offer.place) }
        }
    }

    // MARK: Keeping or not

    mutating func keep() {
        for (request, place) in round.touched where current.places[Int(request)] != place {
            noteChange(request)
        }
        round.forget()
        noteBest()
    }

    mutating func undo() {
        // Whoever is back where they were stays.
        for (request, place) in round.touched {
            let now = current.places[Int(request)]
            if now.isServed, now != place { current.remove(Int(request)) }
        }
        for (request, place) in round.touched
        where place.isServed && !current.places[Int(request)].isServed {
            current.place(Int(request), place)
        }
        round.forget()
    }

    private mutating func noteChange(_ request: Int32) {
        guard !isChanged[Int(request)] else { return }
        isChanged[Int(request)] = true
        changed.append(request)
    }

    private mutating func noteBest() {
        guard current.cost < bestCost else { return }
        bestCost = current.cost
        for request in changed {
            best[Int(request)] = current.places[Int(request)]
            isChanged[Int(request)] = false
        }
        changed.removeAll(keepingCapacity: true)
    }

    private mutating func setCurrent(_ places: [PlanPlace]) {
        let moved = places.indices.filter { places[$0] != current.places[$0] }
        for request in moved where current.places[request].isServed { current.remove(request) }
        for request in moved where places[request].isServed {
            current.place(request, places[request])
        }
        for request in moved { noteChange(Int32(request)) }
        noteBest()
    }
}

extension PlanSchedule {
    /// Serves whoever is left out, the most urgent and then the earliest first.
    ///
    /// Returns how many doctors, or groups of them passed over whole, it looked at.
    @discardableResult
    mutating func serveByUrgency(upTo limit: Int) -> Int {
        let order = servable.lazy.map(Int.init)
            .filter { [places, problem] in
                !places[$0].isServed && problem.jobs[$0].urgency <= limit
            }
            .sorted { left, right in
                let (a, b) = (problem.jobs[left], problem.jobs[right])
                return (a.urgency, a.first, left) < (b.urgency, b.first, right)
            }
        var vacancies = PlanVacancies(self)
        for request in order {
            guard let offer = vacancies.offer(request, in: &self) else { continue }
            place(request, offer.place)
            vacancies.note(offer.place, length: problem.jobs[request].duration, self)
        }
        return vacancies.looks
    }
}
