import Vocabulary

/// Putting in again: greedily, in one of several orders, with a little noise.
extension PlanSearch {
    private static let chainLimit = 4
    private static let noises = [1, 3, 10, 40]
    /// Up to so many requests left out of one specialty are all tried, of more only a sample.
    private static let unservedLimit = 16

    mutating func recreate() {
        gather()
        order()
        let noise = PlanSearch.noises[random.below(PlanSearch.noises.count)]
        // How many may still be pushed out by those for whom there is no place.
        var chain = random.below(8) == 0 ? PlanSearch.chainLimit : 0
        var index = 0
        while index < round.pending.count {
            let request = Int(round.pending[index])
            index += 1
            let offer = current.offer(request, among: scope.pools, noise: noise, &random)
            if let offer {
                current.place(request, offer.place)
            } else if chain > 0 {
                chain -= 1
                round.pushedOut.removeAll(keepingCapacity: true)
                forceIn(request)
                round.pending.append(contentsOf: round.pushedOut)
                if !round.isHeld[request] { chain = 0 }
            }
        }
        round.release()
        round.pushedOut.removeAll(keepingCapacity: true)
    }

    /// Whoever was taken out, and of those left out before whoever could use the room.
    private mutating func gather() {
        round.pending.removeAll(keepingCapacity: true)
        var specialties: UInt64 = 0
        for (request, _) in round.touched {
            specialties |= 1 << UInt64(problem.jobs[Int(request)].specialty)
            if !round.isHeld[Int(request)] { round.pending.append(request) }
        }
        while specialties != 0 {
            let specialty = specialties.trailingZeroBitCount
            specialties &= specialties - 1
            let count = current.unserved[specialty].count
            if count <= PlanSearch.unservedLimit {
                for index in 0..<count where random.below(2) == 0 { consider(specialty, index) }
            } else {
                for _ in 0..<(PlanSearch.unservedLimit / 2) {
                    consider(specialty, random.below(count))
                }
            }
        }
    }

    private mutating func consider(_ specialty: Int, _ index: Int) {
        let request = Int(current.unserved[specialty][index])
        let job = problem.jobs[request]
        guard !round.wasTouched[request], job.urgency <= scope.urgencies,
            job.first < round.span.upperBound,
            job.last + job.duration > round.span.lowerBound
        else { return }
        round.note(request, at: .unserved, length: job.duration)
        round.pending.append(Int32(request))
    }

    private mutating func order() {
        let kind = random.below(8)
        var random = self.random
        round.order { [problem, scope] request in
            let job = problem.jobs[request]
            let noise = random.below(1_024)
            switch kind {
            case 0: return noise
            case 1, 2: return job.urgency << 24 | job.first << 10 | noise
            case 3: return job.urgency << 24 | job.last << 10 | noise
            case 4: return job.first << 10 | noise
            case 5: return scope.pools.range(job.pool).count << 10 | noise
            case 6: return job.urgency << 10 | noise
            default: return job.last << 10 | noise
            }
        }
        self.random = random
    }
}
