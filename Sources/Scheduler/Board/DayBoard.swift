import Vocabulary

/// What a search reads of every doctor before it fetches a record: the next days' windows as bits,
/// and what the goals ask in small numbers, by the doctor's number and in contiguous memory.
///
/// It only ever says too little: a bit stands for a tick no instant of which can be had, and what
/// lies outside the days is not known. So it can pass over a doctor for certain, and whom it lets
/// pass the rules settle. What doctors are booked for, the occupancy keeps in the same ticks.
struct DayBoard: Sendable {
    /// One doctor's numbers.
    struct Line: Sendable {
        /// The doctor's hospital and its province, as numbers of the board; -1 for none.
        var hospital: Int32 = -1
        var province: Int32 = -1
        var bufferMilliseconds: Int64 = 0
        var presence = Presence.off
        var isCentral = false
        /// Minutes that can be booked, and that are booked or done, by day of the grid.
        var bookable = SIMD4<Int32>()
        var load = SIMD4<Int32>()
    }

    /// The days; nil before they are known, when nothing is said of times.
    private(set) var grid: DayGrid?
    private(set) var lines: [Line] = []
    /// Ticks in which the doctor has no window, and in which the doctor is not on call either.
    private(set) var closed = TickSet(rows: 0, horizon: DayGrid.ticks)
    private(set) var away = TickSet(rows: 0, horizon: DayGrid.ticks)

    private var hospitals: [SiteID: Int32] = [:]
    private var provinces: [ProvinceID: Int32] = [:]

    func number(of hospital: SiteID) -> Int32? { hospitals[hospital] }
    func number(of province: ProvinceID) -> Int32? { provinces[province] }

    /// Begins a new grid with all rows empty; every doctor is to be entered again.
    mutating func begin(_ grid: DayGrid) {
        self.grid = grid
        closed = TickSet(rows: lines.count, horizon: DayGrid.ticks)
        away = closed
        for number in lines.indices { lines[number].load = SIMD4() }
    }

    /// Makes room for the doctor with the next number.
    mutating func append() {
        lines.append(Line())
        closed.appendRow()
        away.appendRow()
    }

    /// Takes the doctor's record as it is now.
    mutating func enter(_ entry: DoctorEntry) {
        let number = entry.number
        let province = entry.hospital?.province
        lines[number].hospital = DayBoard.number(of: entry.doctor.hospital, in: &hospitals)
        lines[number].province =
            province.map { DayBoard.number(of: $0, in: &provinces) } ?? -1
        lines[number].bufferMilliseconds = entry.bufferMilliseconds
        lines[number].presence = entry.presence
        lines[number].isCentral = entry.hospital?.tier == .central
        guard let grid else { return }
        closed.insert(number, 0..<DayGrid.ticks)
        away.insert(number, 0..<DayGrid.ticks)
        for window in entry.duty.windows {
            let ticks = grid.touched(window.from, window.until)
            closed.remove(number, ticks)
            away.remove(number, ticks)
        }
        for turn in entry.duty.onCall { away.remove(number, grid.touched(turn.from, turn.until)) }
        for day in 0..<DayGrid.days {
            lines[number].bookable[day] = Int32(
                clamping: entry.duty.bookableMinutes(onDay: grid.day + day)
            )
        }
    }

    /// Takes the doctor's minutes of work by local day.
    mutating func note(load minutes: (Int) -> Int, of number: Int) {
        guard let grid else { return }
        for day in 0..<DayGrid.days {
            lines[number].load[day] = Int32(clamping: minutes(grid.day + day))
        }
    }

    private static func number<ID: Hashable>(of id: ID, in numbers: inout [ID: Int32]) -> Int32 {
        if let number = numbers[id] { return number }
        let number = Int32(numbers.count)
        numbers[id] = number
        return number
    }
}
