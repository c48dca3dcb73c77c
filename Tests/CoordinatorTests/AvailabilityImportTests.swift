import Clinical
import Coordinator
import Foundation
import Scheduler
import Store
import TestKit
import Testing
import Vocabulary

/// Doctors' hours from a table, into a store.
@Suite struct AvailabilityImportTests {
    /// Friday 2026-11-20, 08:00 local.
    private let now = Instant(rfc3339: "2026-11-20T01:00:00Z") ?? .distantPast

    private func load(
        _ rows: String,
        into store: MemoryStore,
        holidays: HolidayCalendar? = nil
    ) async throws -> Imported {
        try await withTemporaryFolder { folder in
            let file = folder + "/hours.csv"
            try ("doctor,kind,window,everyDays,ends\n" + rows)
                .write(toFile: file, atomically: true, encoding: .utf8)
            return try await ImportTable.availability.load(
                file: file,
                into: store,
                profiles: [],
                holidays: holidays,
                at: now
            )
        }
    }

    /// A doctor who consults on Fridays, with a booking at 09:00.
    private func store() async throws -> (MemoryStore, Doctor) {
        let store = MemoryStore()
        var doctor = Sample.doctor()
        doctor.availability.weekly = [
            WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60)
        ]
        // 09:00 local.
        let booking = Sample.booking(minute: 120, length: 30)
        try await store.apply([
            .site(Sample.site()), .patient(Sample.patient()), .doctor(doctor),
            .request(Sample.request()), .booking(booking),
        ])
        return (store, doctor)
    }

    @Test func `new hours are stored, and each booking outside them is named`() async throws {
        let (store, doctor) = try await store()
        let longer = try await load("\(doctor.id),weekly,5 07:00-12:00,,\n", into: store)
        #expect(longer.rows == 1 && longer.remarks.isEmpty)
        let shorter = try await load("\(doctor.id),weekly,5 10:00-12:00,,\n", into: store)
        #expect(shorter.rows == 1 && shorter.remarks.count == 1)
        #expect(shorter.remarks.first?.contains("booking-1") == true)
        #expect(shorter.remarks.first?.contains(Sample.patient().id.rawValue) == false)
        let stored = try await store.doctors()
        #expect(stored.map { $0.availability.weekly.map(\.fromMinute) } == [[600]])
        #expect(try await store.booking(BookingID(trusted: "booking-1"))?.state == .confirmed)
    }

    @Test func `a booking on a holiday was outside the hours before`() async throws {
        let (store, doctor) = try await store()
        let holidays = try HolidayTable.read("date,name\n2026-11-20,x\n")
        let rows = "\(doctor.id),weekly,5 10:00-12:00,,\n"
        #expect(try await load(rows, into: store, holidays: holidays).remarks.isEmpty)
    }

    @Test func `one wrong row changes nothing`() async throws {
        let (store, doctor) = try await store()
        let rows = "\(doctor.id),weekly,5 10:00-12:00,,\n\(doctor.id),weekly,9 10:00-12:00,,\n"
        let error = await #expect(throws: ImportError.self) { try await load(rows, into: store) }
        #expect(error?.problems.count == 1)
        #expect(error?.problems.first?.contains("line 3, column window") == true)
        #expect(try await store.doctors() == [doctor])
    }

    @Test func `reading the table of doctors again keeps exceptions and duty`() async throws {
        let (store, doctor) = try await store()
        var before = doctor
        before.availability.absences = [DatedWindow(from: now, until: now + .hours(24))]
        before.availability.weeklyOnCall = before.availability.weekly
        try await store.apply([.doctor(before)])
        try await withTemporaryFolder { folder in
            let file = folder + "/doctors.csv"
            try RosterTable.write([doctor])
                .write(toFile: file, atomically: true, encoding: .utf8)
            _ = try await ImportTable.doctors.load(file: file, into: store, profiles: [], at: now)
        }
        let after = try #require(try await store.doctors().first)
        #expect(after.availability == before.availability)
    }
}
