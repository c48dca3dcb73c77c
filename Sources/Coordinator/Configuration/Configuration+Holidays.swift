import Foundation
public import Scheduler
import Wire

extension Configuration {
    /// The public holidays of `holidays.file`; none when no file is named.
    public func holidays() throws(ConfigurationError) -> HolidayCalendar {
        guard let file = holidaysFile else { return HolidayCalendar() }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationError("cannot read holidays.file \(file); check path and rights")
        }
        do {
            return try HolidayTable.read(text)
        } catch {
            let more = error.errors.count - 1
            let first = error.errors.first.map(\.description) ?? "it is no table"
            throw ConfigurationError(
                "holidays.file \(file): \(first)" + (more > 0 ? "; and \(more) more" : "")
            )
        }
    }

    /// Reads every table that the configuration names; throws the first that cannot be used.
    public func checkTables() throws {
        _ = try DeviceProfiles(self)
        _ = try holidays()
    }
}
