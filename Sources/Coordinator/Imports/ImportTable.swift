import Clinical
import Foundation
import Scheduler
public import Store
public import Vocabulary
import Wire

/// The tables that can be imported: each row is checked before anything is changed.
public enum ImportTable: String, Sendable, CaseIterable {
    /// Telehealth sites.
    case sites
    /// Doctors.
    case doctors
    /// Patients.
    case patients
    /// Devices and whom they measure.
    case devices

    /// The columns of the header line.
    public var columns: [String] {
        switch self {
        case .sites: SiteTable.columns
        case .doctors: RosterTable.columns
        case .patients:
            ["id", "site", "birthYear", "sex", "spo2Scale", "scalePrescriber", "languages"]
        case .devices: ["device", "site", "profile", "patient", "boundFrom"]
        }
    }

    /// Reads a file, checks it against what is stored, and writes all of it or nothing.
    ///
    /// `profiles` are the device profiles that exist. Returns how many rows were written; throws `ImportError` with every wrong row.
    public func load(
        file: String,
        into store: any Store,
        profiles: [String],
        at now: Instant
    ) async throws -> Int {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ImportError(file: file, problems: ["cannot be read; check path and rights"])
        }
        let changes = try await changes(text, file: file, store, profiles, at: now)
        let rows = changes.count { change in
            if case .binding = change { false } else { true }
        }
        let entry = AuditEntry(
            at: now,
            principal: "administrator",
            action: "import",
            object: rawValue,
            detail: "\(rows) rows"
        )
        try await store.apply(changes + [.audit(entry)])
        return rows
    }

    private func changes(
        _ text: String,
        file: String,
        _ store: any Store,
        _ profiles: [String],
        at now: Instant
    ) async throws -> [Change] {
        do {
            switch self {
            case .sites:
                let known = Set(try await store.sites().map(\.id))
                return try SiteTable.read(text, known: known).map { .site($0) }
            case .doctors:
                let sites = try await store.sites()
                return try RosterTable.read(text, sites: sites).map { .doctor($0) }
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
            throw ImportError(file: file, problems: error.errors.map(\.description))
        } catch let error as CSVError {
            throw ImportError(file: file, problems: [error.description])
        }
    }
}

/// Every row of a table that is wrong; nothing was changed.
public struct ImportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public let file: String
    /// One line a problem: row, column, what is expected.
    public let problems: [String]

    /// The problems, one a line, and what was done.
    public var description: String {
        (problems.map { "\(file): \($0)" } + ["nothing was imported"]).joined(separator: "\n")
    }
}
