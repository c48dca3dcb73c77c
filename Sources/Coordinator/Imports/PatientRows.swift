import Clinical
import Scheduler
import Store
import Vocabulary
import Wire

/// Reads patients from a table; a known id changes that patient.
struct PatientRows {
    let sites: Set<SiteID>
    let existing: [Patient]

    func read(_ text: String, columns: [String], at now: Instant) throws -> [Change] {
        let table = try CSVTable(text, columns: columns)
        let known = Dictionary(existing.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var next = (existing.map(\.number).max() ?? 0) + 1
        var seen: Set<PatientID> = []
        var changes: [Change] = []
        var errors: [CSVError] = []
        for row in table.rows {
            do {
                let patient = try patient(row, at: now) { id in
                    guard seen.insert(id).inserted else { return nil }
                    if let before = known[id] { return before.number }
                    defer { next += 1 }
                    return next
                }
                changes.append(.patient(patient))
            } catch {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw TableErrors(errors) }
        return changes
    }

    private func patient(
        _ row: CSVRow,
        at now: Instant,
        number: (PatientID) -> PatientNumber?
    ) throws(CSVError) -> Patient {
        let id: PatientID = try row.identifier("id")
        let site: SiteID = try row.identifier("site")
        guard sites.contains(site) else { throw row.error("site", "there is no such site") }
        guard let year = row["birthYear"].flatMap(Int.init),
            (1900...CivilTime(now).year).contains(year)
        else { throw row.error("birthYear", "expected a year from 1900 to this year") }
        guard let sex = Sex(rawValue: row["sex"] ?? "unknown") else {
            throw row.error("sex", "expected female, male, other or unknown")
        }
        guard let scale = SpO2Scale(rawValue: Int(row["spo2Scale"] ?? "1") ?? 0) else {
            throw row.error("spo2Scale", "expected 1 or 2")
        }
        guard scale == .one || row["scalePrescriber"] != nil else {
            throw row.error("scalePrescriber", "scale 2 needs the name of who prescribed it")
        }
        let languages = (row["languages"] ?? "vi").split(separator: ";")
            .map { Language(rawValue: String($0)) }
        guard let number = number(id) else { throw row.error("id", "stands twice in the file") }
        return Patient(
            id: id,
            number: number,
            site: site,
            birthYear: year,
            sex: sex,
            spo2Scale: scale,
            scalePrescriber: row["scalePrescriber"],
            languages: languages
        )
    }
}

extension CSVRow {
    /// The field as an identifier.
    func identifier<Subject>(_ column: String) throws(CSVError) -> Identifier<Subject> {
        guard let id = self[column].flatMap(Identifier<Subject>.init(rawValue:)) else {
            throw error(column, "expected 1-40 characters of [a-z0-9-]")
        }
        return id
    }
}
