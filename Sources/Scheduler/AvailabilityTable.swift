import Vocabulary
import Wire

/// The table of doctors' availability as CSV: a window a row.
///
/// The rows of a doctor are all of the doctor's windows: what is not in the table is gone after it
/// is read, and a doctor who is not in it keeps everything. Busy times of the doctor's own calendar
/// and the choice to work on holidays are no windows of this table and stay.
public enum AvailabilityTable {
    /// The columns, in the order in which they are written.
    public static let columns = ["doctor", "kind", "window", "everyDays", "ends"]

    /// What a row can be.
    enum Kind: String, CaseIterable {
        case weekly
        case absence
        case addition
        case onCall
        case weeklyOnCall
        case rota
    }

    /// Reads the availability of each doctor in the table, by id; throws every error of every row.
    ///
    /// `known` are the doctors that stand in the register; nobody else can be named.
    public static func read(_ text: String, known: [Doctor]) throws(TableErrors) -> [Doctor] {
        let table: CSVTable
        do {
            table = try CSVTable(text, columns: columns)
        } catch {
            throw TableErrors([error])
        }
        let register = Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var doctors: [DoctorID: Doctor] = [:]
        var lastRow: [DoctorID: CSVRow] = [:]
        var errors: [CSVError] = []
        for row in table.rows {
            var reader = RowReader(row)
            let doctor = reader.value("doctor", expected: "the id of a doctor") { text in
                DoctorID(rawValue: text).flatMap { register[$0] }
            }
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            let kind = reader.value("kind", expected: "one of \(kinds)") { Kind(rawValue: $0) }
            if let kind {
                // The window of an unknown doctor is read too, for what is wrong with it.
                var changed = doctor.map { doctors[$0.id] ?? $0.withoutWindows }
                var hours = changed?.availability ?? Availability()
                add(&reader, kind, to: &hours)
                changed?.availability = hours
                if let changed {
                    doctors[changed.id] = changed
                    lastRow[changed.id] = row
                }
            }
            errors += reader.errors
        }
        if errors.isEmpty { errors = tooMany(doctors, lastRow) }
        guard errors.isEmpty else { throw TableErrors(errors) }
        return doctors.values.sorted { $0.id < $1.id }
    }

    /// Writes the windows of the doctors, a line each, so that `read` gives them back.
    public static func write(_ doctors: [Doctor]) -> String {
        let lines = doctors.flatMap(lines)
        return ([columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    /// One doctor's rows.
    public static func lines(of doctor: Doctor) -> [String] {
        let availability = doctor.availability
        func line(_ kind: Kind, _ window: String, _ rest: String = ",") -> String {
            "\(doctor.id),\(kind.rawValue),\(window),\(rest)"
        }
        return availability.weekly.map { line(.weekly, WindowText.write($0)) }
            + availability.absences.map { line(.absence, WindowText.write($0)) }
            + availability.additions.map { line(.addition, WindowText.write($0)) }
            + availability.onCall.map { line(.onCall, WindowText.write($0)) }
            + availability.weeklyOnCall.map { line(.weeklyOnCall, WindowText.write($0)) }
            + availability.rotas.map { rota in
                line(
                    .rota,
                    WindowText.write(rota.first),
                    "\(rota.everyDays),\(rota.ends?.rfc3339 ?? "")"
                )
            }
    }

    private static func add(
        _ reader: inout RowReader,
        _ kind: Kind,
        to availability: inout Availability
    ) {
        if kind != .rota {
            for column in ["everyDays", "ends"] where reader.row[column] != nil {
                reader.fail(column, "only a rota has it")
            }
        }
        switch kind {
        case .weekly: weekly(&reader).map { availability.weekly.append($0) }
        case .weeklyOnCall: weekly(&reader).map { availability.weeklyOnCall.append($0) }
        case .absence: dated(&reader).map { availability.absences.append($0) }
        case .addition: dated(&reader).map { availability.additions.append($0) }
        case .onCall: dated(&reader).map { availability.onCall.append($0) }
        case .rota: rota(&reader).map { availability.rotas.append($0) }
        }
    }

    private static func weekly(_ reader: inout RowReader) -> WeeklyWindow? {
        reader.value(
            "window",
            expected: "a weekday and a window, as '1 07:30-11:30'",
            WindowText.weekly
        )
    }

    private static func dated(_ reader: inout RowReader) -> DatedWindow? {
        let window = reader.value(
            "window",
            expected: "a date, or two dates or RFC 3339 times with '/' between, the first earlier",
            WindowText.dated
        )
        guard let window else { return nil }
        guard window.until - window.from <= Availability.longest else {
            reader.fail("window", "at most 400 days")
            return nil
        }
        return window
    }

    private static func rota(_ reader: inout RowReader) -> OnCallRota? {
        let first = dated(&reader)
        let days = reader.value("everyDays", expected: "whole days from 1 to 366") {
            Int($0).flatMap { (1...366).contains($0) ? $0 : nil }
        }
        var ends: Instant?
        if reader.row["ends"] != nil {
            ends = reader.value("ends", expected: "the last date, or an RFC 3339 time") { text in
                LocalTime.day(text).map { LocalTime.midnight(ofDay: $0 + 1) }
                    ?? Instant(rfc3339: text)
            }
        }
        guard let first, let days else { return nil }
        guard first.until - first.from <= .hours(24 * days) else {
            reader.fail("everyDays", "a turn must end before the next begins")
            return nil
        }
        guard ends.map({ $0 > first.from }) ?? true else {
            reader.fail("ends", "must come after the first turn's beginning")
            return nil
        }
        return OnCallRota(first: first, everyDays: days, ends: ends)
    }

    /// Each window is right by itself; what may still be wrong is how many they are.
    private static func tooMany(
        _ doctors: [DoctorID: Doctor],
        _ lastRow: [DoctorID: CSVRow]
    ) -> [CSVError] {
        var errors: [CSVError] = []
        for (id, doctor) in doctors {
            do {
                try doctor.availability.check()
            } catch {
                if let row = lastRow[id] { errors.append(row.error("doctor", "\(error)")) }
            }
        }
        return errors
    }
}

extension Doctor {
    /// The doctor with what an availability table does not hold, and no window that it does.
    fileprivate var withoutWindows: Doctor {
        var doctor = self
        doctor.availability = Availability(
            busy: availability.busy,
            worksHolidays: availability.worksHolidays
        ).knowing(availability.holidays)
        return doctor
    }

    /// The doctor as another table has it, with the exceptions, duty and address that stand here
    /// and that the table does not know.
    public func keepingOwnBusiness(of before: Doctor) -> Doctor {
        var doctor = self
        doctor.availability.keepOwnBusiness(of: before.availability)
        doctor.calendarAddress = before.calendarAddress
        return doctor
    }
}

extension Interpreter {
    /// The record of the table with what the table has no column for, as it was before.
    public func keepingOwnBusiness(of before: Interpreter) -> Interpreter {
        var interpreter = self
        interpreter.availability.keepOwnBusiness(of: before.availability)
        interpreter.calendarAddress = before.calendarAddress
        return interpreter
    }
}

extension Availability {
    fileprivate mutating func keepOwnBusiness(of before: Availability) {
        absences = before.absences
        additions = before.additions
        weeklyOnCall = before.weeklyOnCall
        rotas = before.rotas
        busy = before.busy
        worksHolidays = before.worksHolidays
    }
}
