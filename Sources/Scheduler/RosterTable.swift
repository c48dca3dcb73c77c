import Vocabulary
import Wire

/// The table of doctors as CSV.
///
/// Presence, exceptions and what repeats of duty are the doctor's own business of the day and no
/// columns here (`AvailabilityTable` has them); who is read is `off`.
public enum RosterTable {
    /// The columns, in the order in which they are written.
    public static let columns = [
        "id", "name", "hospital", "specialties", "languages", "licensedProvinces", "weekly",
        "onCall", "bufferMinutes",
    ]
    /// Columns that a table may leave out: the limits of a doctor's work; empty for no limit.
    public static let optionalColumns = ["longestRunMinutes", "dailyLoadMinutes"]
    /// The limits that can be given, in minutes.
    private static let limits = 5...1_440
    private static let idText = "1-40 characters of [a-z0-9-]"

    /// Reads the doctors; throws every error of every row.
    ///
    /// Hospitals and provinces must be those of `sites`; specialties those the project ships with
    /// or `specialties`.
    public static func read(
        _ text: String,
        sites: [Site],
        specialties: [Specialty] = Specialty.all
    ) throws(TableErrors) -> [Doctor] {
        let table: CSVTable
        do {
            table = try CSVTable(text, columns: columns, optional: optionalColumns)
        } catch {
            throw TableErrors([error])
        }
        let register = Register(
            hospitals: Set(sites.map(\.id)),
            provinces: Set(sites.map(\.province)),
            specialties: Set(specialties)
        )
        var errors: [CSVError] = []
        var doctors: [Doctor] = []
        var lineByID: [DoctorID: Int] = [:]
        for row in table.rows {
            var reader = RowReader(row)
            let doctor = doctor(&reader, register)
            if let id = row["id"].flatMap(DoctorID.init(rawValue:)) {
                if let line = lineByID[id] { reader.fail("id", "'\(id)' is on line \(line) too") }
                lineByID[id] = lineByID[id] ?? row.line
            }
            errors += reader.errors
            if let doctor { doctors.append(doctor) }
        }
        guard errors.isEmpty else { throw TableErrors(errors) }
        return doctors
    }

    /// Writes the doctors, a line each, so that `read` gives them back but for what has no column.
    public static func write(_ doctors: [Doctor]) -> String {
        let areLimited = doctors.contains {
            $0.longestRunMinutes != nil || $0.dailyLoadMinutes != nil
        }
        let columns = columns + (areLimited ? optionalColumns : [])
        let lines = doctors.map { doctor in
            let limits = [doctor.longestRunMinutes, doctor.dailyLoadMinutes].map {
                $0.map(String.init) ?? ""
            }
            let fields = [
                doctor.id.rawValue, csvField(doctor.name), doctor.hospital.rawValue,
                doctor.specialties.map(\.rawValue).joined(separator: ";"),
                doctor.languages.map(\.rawValue).joined(separator: ";"),
                doctor.licensedProvinces.map(\.rawValue).joined(separator: ";"),
                doctor.availability.weekly.map(WindowText.write).joined(separator: ";"),
                doctor.availability.onCall.map(WindowText.write).joined(separator: ";"),
                String(doctor.bufferMinutes),
            ]
            return (fields + (areLimited ? limits : [])).joined(separator: ",")
        }
        return ([columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    private struct Register {
        let hospitals: Set<SiteID>
        let provinces: Set<ProvinceID>
        let specialties: Set<Specialty>
    }

    private static func doctor(_ reader: inout RowReader, _ register: Register) -> Doctor? {
        let id = reader.value("id", expected: idText) { DoctorID(rawValue: $0) }
        let name = reader.text("name")
        let hospital = reader.value("hospital", expected: "the id of a site") { text in
            SiteID(rawValue: text).flatMap { register.hospitals.contains($0) ? $0 : nil }
        }
        let specialties = reader.list("specialties", expected: "a specialty's key") { text in
            let specialty = Specialty(rawValue: text)
            return register.specialties.contains(specialty) ? specialty : nil
        }
        let languages = reader.list("languages", expected: "an ISO 639 code", language)
        for column in ["specialties", "languages"] { _ = reader.text(column) }
        let provinces = reader.list("licensedProvinces", expected: "a province of a site") { text in
            ProvinceID(rawValue: text).flatMap { register.provinces.contains($0) ? $0 : nil }
        }
        let hours = hours(&reader)
        let buffer = reader.value("bufferMinutes", expected: "whole minutes from 0 to 240") {
            Int($0).flatMap { (0...240).contains($0) ? $0 : nil }
        }
        let longestRun = limit("longestRunMinutes", &reader)
        let dailyLoad = limit("dailyLoadMinutes", &reader)
        guard let id, let name, let hospital, let buffer else { return nil }
        var doctor = Doctor(
            id: id,
            name: name,
            hospital: hospital,
            specialties: specialties,
            languages: languages,
            licensedProvinces: provinces,
            availability: hours,
            bufferMinutes: buffer
        )
        doctor.longestRunMinutes = longestRun
        doctor.dailyLoadMinutes = dailyLoad
        return doctor
    }

    /// A limit of work; nil for none, and for a wrong one, which is an error.
    private static func limit(_ column: String, _ reader: inout RowReader) -> Int? {
        reader.optional(column, expected: "whole minutes from 5 to 1440, or nothing") {
            Int($0).flatMap { limits.contains($0) ? $0 : nil }
        }
    }

    /// The hours that a table of people has columns for.
    static func hours(_ reader: inout RowReader) -> Availability {
        let weekly = reader.list(
            "weekly",
            expected: "a weekday and a window, as '1 07:30-11:30'",
            WindowText.weekly
        )
        let onCall = reader.list(
            "onCall",
            expected: "two RFC 3339 times, the first earlier, with '/' between",
            WindowText.dated
        )
        return Availability(weekly: weekly, onCall: onCall)
    }

    static func language(_ text: String) -> Language? {
        let isCode =
            (2...3).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        return isCode ? Language(rawValue: text) : nil
    }
}
