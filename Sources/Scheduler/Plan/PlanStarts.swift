/// For each doctor and length of a consult: the starts that lie whole in one window.
struct PlanStarts: Sendable {
    private let set: TickSet
    /// The place of each length among a doctor's rows; −1 for a length nobody asks for.
    private let rowOf: [Int]
    private let lengths: Int

    init(_ problem: PlanProblem) {
        var rowOf = [Int](repeating: -1, count: problem.horizon + 1)
        var count = 0
        for job in problem.jobs where job.duration <= problem.horizon {
            guard rowOf[job.duration] < 0 else { continue }
            rowOf[job.duration] = count
            count += 1
        }
        self.rowOf = rowOf
        lengths = count
        var set = TickSet(rows: problem.doctors.count * count, horizon: problem.horizon)
        for (doctor, record) in problem.doctors.enumerated() {
            for length in rowOf.indices where rowOf[length] >= 0 {
                for window in record.windows where window.count >= length {
                    set.insert(
                        doctor * count + rowOf[length],
                        window.lowerBound..<(window.upperBound - length + 1)
                    )
                }
            }
        }
        self.set = set
    }

    /// The row of a doctor and a length.
    func row(_ doctor: Int, length: Int) -> Int {
        doctor * lengths + rowOf[length]
    }

    /// A word of a row.
    func word(_ row: Int, _ index: Int) -> UInt64 {
        set.word(row, index)
    }

    /// Whether the doctor's windows allow a consult of that length to start at the tick.
    func allows(_ doctor: Int, length: Int, at tick: Int) -> Bool {
        word(row(doctor, length: length), tick / 64) & (1 << UInt64(tick % 64)) != 0
    }

    /// The starts that any of several doctors has for a length, as the words of a row.
    func any(of doctors: ArraySlice<Int32>, length: Int) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: set.words)
        for doctor in doctors {
            let row = row(Int(doctor), length: length)
            for index in words.indices { words[index] |= set.word(row, index) }
        }
        return words
    }
}
