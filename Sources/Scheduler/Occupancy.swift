import Vocabulary

/// Who and what is taken when, by live bookings.
struct Occupancy: Sendable {
    /// One live booking's claim on a doctor, a station or a patient, half-open.
    struct Slot: Sendable, Equatable {
        let booking: BookingID
        let start: Instant
        let until: Instant
        /// Whether the consult is going on, so that it may last beyond `until`.
        let isRunning: Bool

        /// The first instant after the claim as far as is known at `now`: a consult that has
        /// outlasted its plan is expected to go on for a while.
        func end(seenAt now: Instant) -> Instant {
            isRunning ? max(until, now + Occupancy.overrun) : until
        }

        func overlaps(_ from: Instant, _ to: Instant, seenAt now: Instant) -> Bool {
            start < to && from < end(seenAt: now)
        }
    }

    /// How much longer a consult that has outlasted its plan is taken to last.
    static let overrun: Duration = .minutes(5)

    private var doctors: [DoctorID: [Slot]] = [:]
    private var sites: [SiteID: [Slot]] = [:]
    private var patients: [PatientID: [Slot]] = [:]

    /// Takes what the booking takes, instead of what it took before.
    mutating func take(_ booking: Booking) {
        takePlace(booking)
        let work = Slot(
            booking: booking.id,
            start: booking.start,
            until: booking.doctorFreeAt,
            isRunning: booking.state == .inSession
        )
        doctors[booking.doctor, default: []].append(work)
    }

    /// Takes the station and the patient's time, but not the doctor's.
    mutating func takePlace(_ booking: Booking) {
        free(booking)
        let meeting = Slot(
            booking: booking.id,
            start: booking.start,
            until: booking.end,
            isRunning: booking.state == .inSession
        )
        sites[booking.site, default: []].append(meeting)
        patients[booking.patient, default: []].append(meeting)
    }

    /// Gives back what the booking took.
    mutating func free(_ booking: Booking) {
        Occupancy.remove(booking.id, of: booking.doctor, in: &doctors)
        Occupancy.remove(booking.id, of: booking.site, in: &sites)
        Occupancy.remove(booking.id, of: booking.patient, in: &patients)
    }

    func slots(of doctor: DoctorID) -> [Slot] { doctors[doctor] ?? [] }
    func slots(of site: SiteID) -> [Slot] { sites[site] ?? [] }
    func slots(of patient: PatientID) -> [Slot] { patients[patient] ?? [] }

    /// The most slots that lie over one another at any instant of the range.
    static func peak(
        of slots: [Slot],
        from start: Instant,
        until end: Instant,
        seenAt now: Instant
    ) -> Int {
        let touching = slots.filter { $0.overlaps(start, end, seenAt: now) }
        // The count only grows where a slot begins, or at the start of the range.
        var peak = 0
        for instant in [start] + touching.map({ max($0.start, start) }) {
            let count = touching.count {
                $0.start <= instant && instant < $0.end(seenAt: now)
            }
            peak = max(peak, count)
        }
        return peak
    }

    private static func remove<Subject>(
        _ booking: BookingID,
        of owner: Identifier<Subject>,
        in table: inout [Identifier<Subject>: [Slot]]
    ) {
        guard var slots = table[owner] else { return }
        slots.removeAll { $0.booking == booking }
        table[owner] = slots.isEmpty ? nil : slots
    }
}
