import Vocabulary

/// When each doctor could begin one consult at the earliest, as far as the board knows.
///
/// It is asked of thousands, so all that is the same for them is worked out first.
struct Outlook: Sendable {
    /// Longer consults are looked at for so many ticks: a shorter one begins no later.
    private static let longest = 63

    /// No start before this.
    let from: Instant
    private let board: DayBoard
    private let claimed: TickSet
    private let grid: DayGrid
    /// The same for who is off and to be asked with notice.
    private let fromWithNotice: Instant
    private let isPressing: Bool
    private let asksAttendance: Bool
    private let asksFree: Bool
    /// The doctors one of whose bookings is taken as if it were not.
    private let exempt: [Int]
    private let length: Int
    private let lengthMilliseconds: Int64
    private let first: Int
    private let firstWithNotice: Int
    private let last: Int
    /// The last tick in which who is present need not have a window; before the first for none.
    private let lastPresent: Int
    private let endsBeyond: Bool

    /// Nil when the board says nothing of a start from there on.
    init?(_ search: Search, from: Instant, in roster: Roster) {
        guard let grid = roster.board.grid, search.lengthMilliseconds > 0, from < grid.end,
            grid.tick(of: from) >= 0
        else { return nil }
        board = roster.board
        claimed = roster.claimed
        self.grid = grid
        self.from = from
        isPressing = search.request.urgency <= .urgent
        asksAttendance = search.asks(RuleBook.attendance)
        asksFree = search.asks(RuleBook.doctorFree)
        exempt = search.exempt
        lengthMilliseconds = search.lengthMilliseconds
        length = min(DayGrid.least(touchedBy: lengthMilliseconds), Outlook.longest)
        let reachEnd = search.reachEnd
        fromWithNotice = isPressing ? from : max(from, reachEnd)
        first = grid.tick(of: from)
        firstWithNotice = grid.tick(of: fromWithNotice)
        lastPresent =
            from < reachEnd ? grid.tick(of: Instant(milliseconds: reachEnd.milliseconds - 1)) : -1
        endsBeyond = search.lastStart >= grid.end
        last = min(grid.tick(of: search.lastStart), DayGrid.ticks - 1)
    }

    /// The doctor begins no earlier than this, and not at all with nil.
    func soonest(_ number: Int) -> Instant? {
        soonest(number, attendance: asksAttendance, free: asksFree(number))
    }

    /// Rules for which a doctor who has no start has none: whatever else is waived, one of them
    /// is in the way.
    func refusing(_ number: Int) -> RuleSet {
        if soonest(number, attendance: asksAttendance, free: false) == nil {
            return RuleSet(places: [RuleBook.attendance])
        }
        if soonest(number, attendance: false, free: asksFree(number)) == nil {
            return RuleSet(places: [RuleBook.doctorFree])
        }
        return RuleSet(places: [RuleBook.attendance, RuleBook.doctorFree])
    }

    /// How many of the rules certainly refuse the doctor at the very first start.
    func refusals(_ number: Int) -> Int {
        (asksAttendance && isAway(number) ? 1 : 0)
            + (asksFree(number) && isClaimed(number) ? 1 : 0)
    }

    /// Whether the doctor certainly does not attend at the very first start.
    func isAway(_ number: Int) -> Bool { attends(number) == false }

    /// The doctor's next window after the first start opens no earlier than this.
    func nextOpening(_ number: Int) -> Instant {
        var index = first / 64
        while index * 64 < DayGrid.ticks {
            let open =
                board.away.openings(number, index, length: 1)
                & TickSet.mask(index, first, DayGrid.ticks - 1)
            if open != 0 {
                return max(from, grid.start(of: index * 64 + open.trailingZeroBitCount))
            }
            index += 1
        }
        return grid.end
    }

    /// Which of the rules refuses the doctor first at the very first start; nil when only the rules
    /// can tell.
    func firstRefusal(_ number: Int, _ rules: [Int]) -> Int? {
        for rule in rules {
            switch rule {
            case RuleBook.attendance:
                guard let attends = attends(number) else { return nil }
                if !attends { return rule }
            case RuleBook.doctorFree: return isClaimed(number) ? rule : nil
            default: return nil
            }
        }
        return nil
    }

    /// Whether the doctor attends at the very first start; nil when only the rule knows.
    private func attends(_ number: Int) -> Bool? {
        let isOff = board.lines[number].presence == .off
        if first <= lastPresent, from < fromWithNotice || !isOff { return !isOff }
        return isSet(opens(number, first / 64), first) ? nil : false
    }

    /// Whether the doctor is certainly booked at the very first start.
    private func isClaimed(_ number: Int) -> Bool {
        guard !exempt.contains(number) else { return false }
        return !isSet(claimed.openings(number, first / 64, length: claim(number)), first)
    }

    private func asksFree(_ number: Int) -> Bool { asksFree && !exempt.contains(number) }

    private func soonest(_ number: Int, attendance: Bool, free: Bool) -> Instant? {
        let isOff = board.lines[number].presence == .off
        let needsNotice = isOff && attendance
        let first = needsNotice ? firstWithNotice : self.first
        let claim = claim(number)
        var index = first / 64
        while index * 64 <= last {
            var open = TickSet.mask(index, first, last)
            if free { open &= claimed.openings(number, index, length: claim) }
            if attendance {
                var there = opens(number, index)
                if !isOff, index * 64 <= lastPresent {
                    there |= TickSet.mask(index, first, lastPresent)
                }
                open &= there
            }
            if open != 0 {
                let start = grid.start(of: index * 64 + open.trailingZeroBitCount)
                return max(needsNotice ? fromWithNotice : from, start)
            }
            index += 1
        }
        return endsBeyond ? grid.end : nil
    }

    private func opens(_ number: Int, _ index: Int) -> UInt64 {
        isPressing
            ? board.away.openings(number, index, length: length)
            : board.closed.openings(number, index, length: length)
    }

    private func claim(_ number: Int) -> Int {
        let milliseconds = lengthMilliseconds + board.lines[number].bufferMilliseconds
        return min(DayGrid.least(touchedBy: milliseconds), Outlook.longest)
    }

    private func isSet(_ word: UInt64, _ tick: Int) -> Bool {
        word & (1 << UInt64(tick % 64)) != 0
    }
}

/// What a search can know of the doctors' first starts.
enum BoardView: Sendable {
    /// Nobody has a start, whoever it is.
    case noStart
    /// Everybody may begin there.
    case unknown(from: Instant)
    /// The board knows.
    case known(Outlook)

    /// The doctor begins no earlier than this, and not at all with nil.
    func soonest(_ number: Int) -> Instant? {
        switch self {
        case .noStart: nil
        case .unknown(let start): start
        case .known(let outlook): outlook.soonest(number)
        }
    }

    /// Which of the rules refuses a doctor without a start first; nil when the board cannot tell.
    func firstRefusal(_ number: Int, _ rules: [Int]) -> Int? {
        switch self {
        case .noStart: RuleBook.window
        case .unknown: nil
        case .known(let outlook): outlook.firstRefusal(number, rules)
        }
    }
}
