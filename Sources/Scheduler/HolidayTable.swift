import Vocabulary
import Wire

/// The table of public holidays as CSV: `Config/holidays/vietnam.csv`.
public enum HolidayTable {
    /// The columns, in the order in which they are written.
    public static let columns = ["date", "name"]
    /// Most holidays that a table may have.
    public static let limit = 5_000

    /// Reads the holidays; throws every error of every row.
    ///
    /// The same day may stand more than once.
    public static func read(_ text: String) throws(TableErrors) -> HolidayCalendar {
        let table: CSVTable
        do {
            table = try CSVTable(text, columns: columns)
        } catch {
            throw TableErrors([error])
        }
        var errors: [CSVError] = []
        var holidays: [Holiday] = []
        for row in table.rows {
            var reader = RowReader(row)
            let day = reader.value("date", expected: "a date, as 2027-02-06", LocalTime.day)
            let name = reader.text("name")
            errors += reader.errors
            if let day, let name { holidays.append(Holiday(day: day, name: name)) }
        }
        if let row = table.rows.dropFirst(limit).first {
            errors.append(row.error("date", "a table has at most \(limit) holidays"))
        }
        guard errors.isEmpty else { throw TableErrors(errors) }
        return HolidayCalendar(holidays)
    }
}
