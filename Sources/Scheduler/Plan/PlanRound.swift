/// What one round of a search has touched, and the lists it works on.
struct PlanRound: Sendable {
    /// Requests that the round has touched, with where they were before.
    private(set) var touched: [(request: Int32, place: PlanPlace)] = []
    private(set) var wasTouched: [Bool]
    /// The ticks at which something was taken out.
    private(set) var span = Int.max..<Int.max
    /// Requests that the round has put in at the expense of others, who may not push them out.
    private(set) var isHeld: [Bool]
    private var held: [Int32] = []
    /// Doctors from whom something was taken.
    var doctors: [Int32] = []
    /// Requests that wait to be put in.
    var pending: [Int32] = []
    /// What serving anybody counts beyond the prices, in units of cost.
    var leastWorth = 0
    private var keys: [Int] = []

    init(_ problem: PlanProblem) {
        wasTouched = Array(repeating: false, count: problem.requests.count)
        isHeld = wasTouched
    }

    /// Remembers where a request was before the round first touched it.
    mutating func note(_ request: Int, at place: PlanPlace, length: Int) {
        guard !wasTouched[request] else { return }
        touched.append((Int32(request), place))
        wasTouched[request] = true
        guard place.isServed else { return }
        if !doctors.contains(place.doctorNumber) { doctors.append(place.doctorNumber) }
        let end = place.start + length
        span =
            span.lowerBound == .max
            ? place.start..<end
            : min(span.lowerBound, place.start)..<max(span.upperBound, end)
    }

    mutating func hold(_ request: Int) {
        held.append(Int32(request))
        isHeld[request] = true
    }

    /// Lets everybody be pushed out again.
    mutating func release() {
        for request in held { isHeld[Int(request)] = false }
        held.removeAll(keepingCapacity: true)
    }

    /// Begins anew.
    mutating func forget() {
        for (request, _) in touched { wasTouched[Int(request)] = false }
        touched.removeAll(keepingCapacity: true)
        doctors.removeAll(keepingCapacity: true)
        span = Int.max..<Int.max
    }

    /// Takes off the list whoever has been put in.
    mutating func drop(servedIn places: [PlanPlace]) {
        var count = 0
        for request in pending where !places[Int(request)].isServed {
            pending[count] = request
            count += 1
        }
        pending.removeLast(pending.count - count)
    }

    /// Puts those who wait into the order of a key.
    ///
    /// Insertion sort: a round has few of them.
    mutating func order(by key: (Int) -> Int) {
        keys.removeAll(keepingCapacity: true)
        for request in pending { keys.append(key(Int(request))) }
        for index in keys.indices.dropFirst() {
            let (key, request) = (keys[index], pending[index])
            var place = index
            while place > 0, keys[place - 1] > key {
                keys[place] = keys[place - 1]
                pending[place] = pending[place - 1]
                place -= 1
            }
            keys[place] = key
            pending[place] = request
        }
    }
}
