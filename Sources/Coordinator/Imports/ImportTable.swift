import Clinical
import Foundation
public import Scheduler
public import Store
public import Vocabulary
public import Wire

/// The tables that can be imported: each row is checked before anything is changed.
public enum ImportTable: String, Sendable, CaseIterable {
    /// Telehealth sites.
    case sites
    /// Doctors.
    case doctors
    /// Interpreters.
    case interpreters
    /// Patients.
    case patients
    /// Devices and whom they measure.
    case devices
    /// Doctors' hours, exceptions and duty.
    case availability

    /// The columns of the header line.
    public var columns: [String] {
        switch self {
        case .sites: SiteTable.columns
        case .doctors: RosterTable.columns
        case .interpreters: InterpreterTable.columns
        case .patients:
            ["id", "site", "birthYear", "sex", "spo2Scale", "scalePrescriber", "languages"]
        case .devices: ["device", "site", "profile", "patient", "boundFrom"]
        case .availability: AvailabilityTable.columns
        }
    }

    /// Reads a file, checks it against what is stored, and writes all of it or nothing.
    ///
    /// `profiles` are the device profiles that exist. Throws `ImportError` with every wrong row.
    public func load(
        file: String,
        into store: any Store,
        profiles: [String],
        holidays: HolidayCalendar? = nil,
        at now: Instant
    ) async throws -> Imported {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ImportError(file: file, problems: ["cannot be read; check path and rights"])
        }
        let checked = try await check(
            text,
            named: file,
            against: store,
            profiles: profiles,
            holidays: holidays,
            at: now
        )
        let entry = AuditEntry(
            at: now,
            principal: "administrator",
            action: "import",
            object: rawValue,
            detail: "\(checked.rows) rows"
        )
        try await store.apply(checked.changes + [.audit(entry)])
        return Imported(rows: checked.rows, remarks: checked.remarks)
    }

    /// Checks a table against what is stored; nothing is written.
    ///
    /// Throws `ImportError` with every wrong row; `file` is what its lines call the table.
    func check(
        _ text: String,
        named file: String,
        against store: any Store,
        profiles: [String],
        holidays: HolidayCalendar?,
        at now: Instant
    ) async throws -> CheckedTable {
        let rows = AvailabilityRows(
            existing: try await store.doctors(),
            holidays: holidays ?? HolidayCalendar()
        )
        let changes = try await changes(text, file: file, store, profiles, rows, at: now)
        var remarks: [String] = []
        if self == .availability {
            let doctors = changes.compactMap {
                if case .doctor(let doctor) = $0 { doctor } else { nil }
            }
            remarks = try await rows.stranded(by: doctors, in: store, at: now)
        }
        let count = changes.count { change in
            if case .binding = change { false } else { true }
        }
        return CheckedTable(changes: changes, rows: count, remarks: remarks)
    }

    private func changes(
        _ text: String,
        file: String,
        _ store: any Store,
        _ profiles: [String],
        _ availability: AvailabilityRows,
        at now: Instant
    ) async throws -> [Change] {
        do {
            switch self {
            case .sites:
                let standing = Dictionary(
                    try await store.sites().map { ($0.id, $0) },
                    uniquingKeysWith: { $1 }
                )
                let hasOpening = SiteTable.hasOpening(text)
                return try SiteTable.read(text, known: Set(standing.keys)).map { site in
                    .site(
                        standing[site.id].map { site.keepingHours(of: $0, hasOpening: hasOpening) }
                            ?? site
                    )
                }
            case .doctors:
                let sites = try await store.sites()
                let standing = Dictionary(
                    availability.existing.map { ($0.id, $0) },
                    uniquingKeysWith: { $1 }
                )
                return try RosterTable.read(text, sites: sites).map { doctor in
                    .doctor(standing[doctor.id].map(doctor.keepingOwnBusiness) ?? doctor)
                }
            case .interpreters:
                let standing = Dictionary(
                    try await store.interpreters().map { ($0.id, $0) },
                    uniquingKeysWith: { $1 }
                )
                return try InterpreterTable.read(text).map { interpreter in
                    .interpreter(
                        standing[interpreter.id].map(interpreter.keepingOwnBusiness)
                            ?? interpreter
                    )
                }
            case .availability:
                return try availability.read(text).map { .doctor($0) }
            case .patients:
                let rows = PatientRows(
                    sites: Set(try await store.sites().map(\.id)),
                    existing: try await store.patients()
                )
                return try rows.read(text, columns: columns, at: now)
            case .devices:
                let rows = DeviceRows(
                    sites: Set(try await store.sites().map(\.id)),
                    patients: try await store.patients(),
                    existing: try await store.devices(),
                    bindings: try await store.bindings(),
                    profiles: profiles
                )
                return try rows.read(text, columns: columns, at: now)
            }
        } catch let error as TableErrors {
            throw ImportError(file: file, rows: error.errors)
        } catch let error as CSVError {
            throw ImportError(file: file, rows: [error])
        }
    }
}

/// What a table would change.
struct CheckedTable: Sendable {
    let changes: [Change]
    /// How many records it holds.
    let rows: Int
    /// What somebody will have to do, one line each.
    let remarks: [String]
}

/// What an import wrote.
public struct Imported: Sendable, Equatable {
    /// How many records were written.
    public let rows: Int
    /// What somebody has to do now, one line each.
    public let remarks: [String]
}

/// Every row of a table that is wrong; nothing was changed.
public struct ImportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public let file: String
    /// One line a problem: row, column, what is expected.
    public let problems: [String]
    /// The same by row; empty when the table could not be read at all.
    public let rows: [CSVError]

    init(file: String, problems: [String]) {
        self.file = file
        self.problems = problems
        self.rows = []
    }

    init(file: String, rows: [CSVError]) {
        self.file = file
        self.problems = rows.map(\.description)
        self.rows = rows
    }

    /// The problems, one a line, and what was done.
    public var description: String {
        (problems.map { "\(file): \($0)" } + ["nothing was imported"]).joined(separator: "\n")
    }
}
