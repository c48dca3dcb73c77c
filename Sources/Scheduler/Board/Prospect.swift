/// A doctor who may serve as far as the board knows, by place in the cohorts.
struct Prospect: Sendable {
    let cohort: Int32
    let member: Int32
    /// What the doctor costs at least.
    let floor: Double

    init(cohort: Int, member: Int, floor: Double = 0) {
        self.cohort = Int32(cohort)
        self.member = Int32(member)
        self.floor = floor
    }

    func entry(_ cohorts: [Cohort]) -> DoctorEntry { cohorts[Int(cohort)].members[Int(member)] }
}

extension [Prospect] {
    /// Brings about so many of the cheapest to the front, in order: who is settled first decides
    /// how many of the others need not be.
    mutating func promote(_ count: Int) {
        guard count < self.count else { return sort { $0.floor < $1.floor } }
        var least: [Double] = []
        for prospect in self where least.count < count || prospect.floor < least[count - 1] {
            let place = least.firstIndex { prospect.floor < $0 } ?? least.endIndex
            least.insert(prospect.floor, at: place)
            if least.count > count { least.removeLast() }
        }
        var end = 0
        for place in indices where end < count && self[place].floor <= least[count - 1] {
            swapAt(place, end)
            end += 1
        }
        self[..<end].sort { $0.floor < $1.floor }
    }
}
