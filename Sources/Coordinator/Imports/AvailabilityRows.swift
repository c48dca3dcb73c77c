import Scheduler
import Store
import Vocabulary

/// Reads doctors' availability from a table, and finds the bookings that it would strand.
struct AvailabilityRows {
    let existing: [Doctor]
    let holidays: HolidayCalendar

    /// The doctors of the table with their new hours.
    func read(_ text: String) throws(TableErrors) -> [Doctor] {
        try AvailabilityTable.read(text, known: existing)
    }

    /// One line for each booking that the new hours do not cover any more; it stands all the same.
    func stranded(
        by doctors: [Doctor],
        in store: any Store,
        at now: Instant
    ) async throws -> [String] {
        let before = Dictionary(existing.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var lines: [String] = []
        for doctor in doctors {
            guard let hours = before[doctor.id]?.availability.knowing(holidays) else { continue }
            let bookings = try await store.bookings(
                BookingFilter(doctor: doctor.id, from: now, live: true, limit: 1_000_000)
            )
            let next = doctor.availability.knowing(holidays)
            for booking in hours.strands(bookings, under: next, at: now) {
                lines.append(
                    "booking \(booking.id) of \(doctor.id) at \(booking.start.rfc3339) stands "
                        + "outside the new hours; move or cancel it"
                )
            }
        }
        return lines
    }
}
