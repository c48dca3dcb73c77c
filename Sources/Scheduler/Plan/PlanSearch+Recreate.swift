import Vocabulary

/// Putting in again: for one doctor after another the best day it could have among those who wait,
/// and then, for whoever is left, the best place that anybody has.
extension PlanSearch {
    /// Up to so many requests left out of one specialty are all tried, of more only a sample.
    private static let unservedLimit = 16
    /// How much the worth of a request may be off, in 1,024ths; drawn for each round.
    private static let noises = [0, 50]
    /// What a served request is worth at least: where there is room for everybody prices are
    /// nothing, and yet everybody must be served.
    private static let leastWorth = 5
    /// From this temperature on every second round goes by the prices alone: then it is settled
    /// who is served, and a unit too much for a place keeps the last small gains from being found.
    private static let priceTemperature = 10.0
    /// In units of cost: a doctor who costs so much more may be taken all the same.
    private static let placeNoise = 3
    /// How often, in 16ths, nobody takes a whole day first.
    private static let placeOdds = 1

    mutating func recreate(at temperature: Double) {
        gather()
        let isByPrice = temperature <= PlanSearch.priceTemperature && random.below(2) == 0
        round.leastWorth = isByPrice ? 0 : PlanSearch.leastWorth
        let noise = PlanSearch.noises[random.below(PlanSearch.noises.count)]
        let count = random.below(16) < PlanSearch.placeOdds ? 0 : round.doctors.count
        for index in 0..<count {
            round.doctors.swapAt(index, index + random.below(count - index))
            fillDay(Int(round.doctors[index]), isLast: index == count - 1, noise: noise)
        }
        order()
        for pending in round.pending {
            let request = Int(pending)
            if let offer = current.offer(
                request,
                among: scope.pools,
                noise: PlanSearch.placeNoise,
                &random
            ) {
                current.place(request, offer.place)
            }
        }
        round.release()
    }

    /// The best day among those who wait, beside what the doctor does already.
    ///
    /// Whoever the last doctor does not serve may well be left out, and so counts with all that
    /// this costs; before, a request counts with what its being served is worth by the prices of
    /// the bound, because other doctors could serve it as well.
    private mutating func fillDay(_ doctor: Int, isLast: Bool, noise: Int) {
        path.clear()
        let skill = problem.skills[doctor]
        for pending in round.pending where path.candidates.count < PlanDayPath.limit {
            let request = Int(pending)
            let job = problem.jobs[request]
            guard !current.places[request].isServed, skill.serves(job),
                openDay(of: doctor, to: job)
            else { continue }
            let worth = isLast ? job.penalty : noisyWorth(of: request, noise)
            path.append(
                PlanDayPath.Candidate(
                    request: pending,
                    length: job.duration,
                    wait: job.wait,
                    worth: worth - problem.affinity(of: job, doctor) + job.wait * job.first
                )
            )
        }
        path.solve(buffer: problem.buffer)
        for (request, start) in path.chosen {
            current.place(Int(request), PlanPlace(doctor: doctor, start: start))
        }
    }

    /// Opens the starts that windows, stations and the doctor's other consults leave a request;
    /// false when there are none.
    private mutating func openDay(of doctor: Int, to job: PlanJob) -> Bool {
        guard job.first <= job.last, current.readyOpen(job) else { return false }
        let row = current.starts.row(doctor, length: job.duration)
        var isAny = false
        for index in (job.first / 64)...(job.last / 64) {
            var word = current.open[index] & current.starts.word(row, index)
            guard word != 0 else { continue }
            word &= current.busy.openings(doctor, index, length: job.duration + problem.buffer)
            path.openNext(at: word, index)
            if word != 0 { isAny = true }
        }
        return isAny
    }

    private mutating func noisyWorth(of request: Int, _ noise: Int) -> Int {
        let worth = self.worth.isEmpty ? problem.jobs[request].penalty : Int(self.worth[request])
        guard noise > 0 else { return worth + round.leastWorth }
        let share = random.below(2 * noise) - noise
        return worth + round.leastWorth + worth * share / 1_024
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

    /// Puts whoever is still left into one of several orders.
    private mutating func order() {
        round.drop(servedIn: current.places)
        guard round.pending.count > 1 else { return }
        let kind = random.below(8)
        var random = self.random
        // Not all of `problem` and `scope`, which would be copied each time.
        round.order { [jobs = problem.jobs, pools = scope.pools] request in
            let job = jobs[request]
            let noise = random.below(1_024)
            switch kind {
            case 0: return noise
            case 1, 2: return job.urgency << 24 | job.first << 10 | noise
            case 3: return job.urgency << 24 | job.last << 10 | noise
            case 4: return job.first << 10 | noise
            case 5: return pools.range(job.pool).count << 10 | noise
            case 6: return job.urgency << 10 | noise
            default: return job.last << 10 | noise
            }
        }
        self.random = random
    }
}
