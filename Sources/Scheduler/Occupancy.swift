import Vocabulary

/// Who and what is taken when, by live bookings, each known by a small number.
struct Occupancy: Sendable {
    /// A class, so that a plan on trial can copy the table without copying the records.
    private final class Claim: Sendable {
        let booking: Booking
        /// The doctors' numbers; none when only the place is kept.
        let doctors: [Int]

        init(_ booking: Booking, doctors: [Int]) {
            self.booking = booking
            self.doctors = doctors
        }
    }

    /// Live bookings by number; a number is used again once its booking is over.
    private var claims: [Claim?] = []
    private var vacant: [Int32] = []
    private var numberOf: [BookingID: Int32] = [:]

    private var doctors: [SlotRow] = []
    private var sites: [SiteID: SlotRow] = [:]
    private var patients: [PatientID: SlotRow] = [:]
    private var interpreters: [InterpreterID: SlotRow] = [:]

    private static let nothing = SlotRow()

    /// Ticks of the board that a doctor's claims fill with all their instants.
    private(set) var claimed = TickSet(rows: 0, horizon: DayGrid.ticks)
    private var grid: DayGrid?

    /// Keeps the claims in the ticks of this grid from now on.
    mutating func begin(_ grid: DayGrid) {
        self.grid = grid
        claimed = TickSet(rows: doctors.count, horizon: DayGrid.ticks)
        for doctor in doctors.indices { fillTicks(of: doctor) }
    }

    /// Makes room for the doctor with the next number.
    mutating func append() {
        doctors.append(SlotRow())
        claimed.appendRow()
    }

    /// The number of a live booking; `SlotRow.nobody` for any other.
    func number(of booking: BookingID?) -> Int32 {
        booking.flatMap { numberOf[$0] } ?? SlotRow.nobody
    }

    /// The live booking with this number.
    func booking(_ number: Int32) -> Booking? { claims[Int(number)]?.booking }

    /// Takes what the booking of the doctors with these numbers takes, in the order of
    /// `Booking.doctors`, instead of what its id took before; without numbers only the station and
    /// the patient's time.
    mutating func take(_ booking: Booking, doctors numbers: [Int]) {
        free(booking.id)
        let number = vacant.popLast() ?? Int32(claims.count)
        if Int(number) == claims.count { claims.append(nil) }
        claims[Int(number)] = Claim(booking, doctors: numbers)
        numberOf[booking.id] = number
        let isRunning = booking.state == .inSession
        let meeting = SlotRow.Slot(
            booking: number,
            isRunning: isRunning,
            start: booking.start,
            until: booking.end
        )
        if !isInTimeOfOld(booking) {
            sites[booking.site, default: SlotRow()].insert(meeting)
            patients[booking.patient, default: SlotRow()].insert(meeting)
        }
        guard let first = numbers.first else { return }
        var work = meeting
        work.until = booking.doctorFreeAt
        takeDoctor(first, work)
        takeClaims(of: booking, meeting, numbers.dropFirst())
    }

    /// Whether a proposed move would come in the very time of the booking that stands till then: one of
    /// the two is held there, in one station.
    private func isInTimeOfOld(_ booking: Booking) -> Bool {
        guard booking.isProposed, let number = booking.replaces.flatMap({ numberOf[$0] }),
            let old = self.booking(number)
        else { return false }
        return old.site == booking.site && old.patient == booking.patient
            && old.start == booking.start && old.end == booking.end
    }

    private mutating func takeClaims(
        of booking: Booking,
        _ meeting: SlotRow.Slot,
        _ numbers: ArraySlice<Int>
    ) {
        var numbers = numbers
        for claim in booking.standing {
            var slot = meeting
            slot.until = booking.end(of: claim)
            switch claim.on {
            case .doctor: if let number = numbers.popFirst() { takeDoctor(number, slot) }
            case .site(let id): sites[id, default: SlotRow()].insert(slot)
            case .interpreter(let id): interpreters[id, default: SlotRow()].insert(slot)
            case .patient(let id): patients[id, default: SlotRow()].insert(slot)
            }
        }
    }

    private mutating func takeDoctor(_ number: Int, _ slot: SlotRow.Slot) {
        while doctors.count <= number { append() }
        doctors[number].insert(slot)
        fillTicks(of: number)
    }

    /// Gives back what the booking took and says as what it was known, if it took the doctor's
    /// time; nil when it did not.
    mutating func freeWork(_ id: BookingID) -> Booking? {
        guard let number = numberOf[id], claims[Int(number)]?.doctors.isEmpty == false else {
            return nil
        }
        return free(id)
    }

    /// Gives back what the booking took, and says as what it was known; nil when it took nothing.
    @discardableResult
    mutating func free(_ id: BookingID) -> Booking? {
        guard let number = numberOf.removeValue(forKey: id), let claim = claims[Int(number)] else {
            return nil
        }
        let booking = claim.booking
        claims[Int(number)] = nil
        vacant.append(number)
        for doctor in claim.doctors {
            doctors[doctor].remove(number)
            fillTicks(of: doctor)
        }
        sites.give(back: number, of: booking.site)
        patients.give(back: number, of: booking.patient)
        for claim in booking.standing {
            switch claim.on {
            case .doctor: break
            case .site(let id): sites.give(back: number, of: id)
            case .interpreter(let id): interpreters.give(back: number, of: id)
            case .patient(let id): patients.give(back: number, of: id)
            }
        }
        return booking
    }

    func row(doctor: Int) -> SlotRow { doctors[doctor] }

    func row(_ site: SiteID) -> SlotRow { sites[site] ?? Occupancy.nothing }
    func row(_ patient: PatientID) -> SlotRow { patients[patient] ?? Occupancy.nothing }
    func row(_ interpreter: InterpreterID) -> SlotRow {
        interpreters[interpreter] ?? Occupancy.nothing
    }

    /// A consult that outlasts its plan claims more than its ticks say, never less.
    private mutating func fillTicks(of doctor: Int) {
        guard let grid else { return }
        claimed.remove(doctor, 0..<DayGrid.ticks)
        for slot in doctors[doctor].slots {
            claimed.insert(doctor, grid.whole(slot.start, slot.until))
        }
    }
}

extension Dictionary where Value == SlotRow {
    /// Takes the booking's slots out of a row; an empty row goes.
    fileprivate mutating func give(back booking: Int32, of key: Key) {
        self[key]?.remove(booking)
        if self[key]?.isEmpty == true { self[key] = nil }
    }
}
