/// For each doctor and length of a consult: the starts that lie whole in one window.
struct PlanStarts: Sendable {
    private let set: TickSet
    /// The block of rows of each length; −1 for a length nobody asks for.
    private let blocks: [Int]
    private let doctors: Int

    init(_ problem: PlanProblem) {
        doctors = problem.doctors.count
        var blocks = [Int](repeating: -1, count: problem.horizon + 1)
        var count = 0
        for job in problem.jobs where job.duration <= problem.horizon {
            guard blocks[job.duration] < 0 else { continue }
            blocks[job.duration] = count
            count += 1
        }
        self.blocks = blocks
        var set = TickSet(rows: doctors * count, horizon: problem.horizon)
        for length in blocks.indices where blocks[length] >= 0 {
            for (doctor, record) in problem.doctors.enumerated() {
                for window in record.windows where window.count >= length {
                    let row = blocks[length] * problem.doctors.count + doctor
                    set.insert(row, window.lowerBound..<(window.upperBound - length + 1))
                }
            }
        }
        self.set = set
    }

    /// The row of a doctor and a length.
    func row(_ doctor: Int, length: Int) -> Int {
        blocks[length] * doctors + doctor
    }

    /// A word of a row.
    func word(_ row: Int, _ index: Int) -> UInt64 {
        set.word(row, index)
    }

    /// Whether the doctor's windows allow a consult of that length to start at the tick.
    func allows(_ doctor: Int, length: Int, at tick: Int) -> Bool {
        word(row(doctor, length: length), tick / 64) & (1 << UInt64(tick % 64)) != 0
    }

    /// Whether the doctor's windows and the request's have a start in common.
    func isPossible(_ job: PlanJob, _ doctor: Int) -> Bool {
        guard job.first <= job.last else { return false }
        let row = row(doctor, length: job.duration)
        return (job.first / 64...job.last / 64).contains { index in
            word(row, index) & TickSet.mask(index, job.first, job.last) != 0
        }
    }
}
