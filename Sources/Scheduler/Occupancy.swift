import Vocabulary

/// Who and what is taken when, by live bookings, each known by a small number.
struct Occupancy: Sendable {
    /// A class, so that a plan on trial can copy the table without copying the records.
    private final class Claim: Sendable {
        let booking: Booking
        /// Nil when the doctor's time is not taken.
        let doctor: Int?

        init(_ booking: Booking, doctor: Int?) {
            self.booking = booking
            self.doctor = doctor
        }
    }

    /// Live bookings by number; a number is used again once its booking is over.
    private var claims: [Claim?] = []
    private var vacant: [Int32] = []
    private var numberOf: [BookingID: Int32] = [:]

    private var doctors: [SlotRow] = []
    private var sites: [SiteID: SlotRow] = [:]
    private var patients: [PatientID: SlotRow] = [:]

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

    /// Takes what the booking of the doctor with this number takes, instead of what its id took
    /// before; without a number only the station and the patient's time.
    mutating func take(_ booking: Booking, doctor: Int?) {
        free(booking.id)
        let number = vacant.popLast() ?? Int32(claims.count)
        if Int(number) == claims.count { claims.append(nil) }
        claims[Int(number)] = Claim(booking, doctor: doctor)
        numberOf[booking.id] = number
        let isRunning = booking.state == .inSession
        let meeting = SlotRow.Slot(
            booking: number,
            isRunning: isRunning,
            start: booking.start,
            until: booking.end
        )
        let work = SlotRow.Slot(
            booking: number,
            isRunning: isRunning,
            start: booking.start,
            until: booking.doctorFreeAt
        )
        if let doctor {
            doctors[doctor].insert(work)
            fillTicks(of: doctor)
        }
        sites[booking.site, default: SlotRow()].insert(meeting)
        patients[booking.patient, default: SlotRow()].insert(meeting)
    }

    /// Gives back what the booking took and says as what it was known, if it took the doctor's
    /// time; nil when it did not.
    mutating func freeWork(_ id: BookingID) -> Booking? {
        guard let number = numberOf[id], claims[Int(number)]?.doctor != nil else { return nil }
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
        if let doctor = claim.doctor {
            doctors[doctor].remove(number)
            fillTicks(of: doctor)
        }
        sites[booking.site]?.remove(number)
        if sites[booking.site]?.isEmpty == true { sites[booking.site] = nil }
        patients[booking.patient]?.remove(number)
        if patients[booking.patient]?.isEmpty == true { patients[booking.patient] = nil }
        return booking
    }

    func row(doctor: Int) -> SlotRow { doctors[doctor] }

    func row(_ site: SiteID) -> SlotRow { sites[site] ?? Occupancy.nothing }
    func row(_ patient: PatientID) -> SlotRow { patients[patient] ?? Occupancy.nothing }

    /// A consult that outlasts its plan claims more than its ticks say, never less.
    private mutating func fillTicks(of doctor: Int) {
        guard let grid else { return }
        claimed.remove(doctor, 0..<DayGrid.ticks)
        for slot in doctors[doctor].slots {
            claimed.insert(doctor, grid.whole(slot.start, slot.until))
        }
    }
}
