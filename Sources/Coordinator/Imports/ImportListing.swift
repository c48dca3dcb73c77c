import Clinical
import Scheduler
public import Store
import Vocabulary

extension ImportTable {
    /// One line for each stored record: its main fields, or the record as JSON.
    public func lines(of store: any Store, asJSON: Bool) async throws -> [String] {
        switch self {
        case .sites:
            try lines(try await store.sites(), asJSON) {
                "\($0.id) \($0.tier.name) \($0.name), \($0.ward), \($0.provinceName)"
            }
        case .doctors:
            try lines(try await store.doctors(), asJSON) {
                "\($0.id) \($0.name), \($0.specialties.map(\.rawValue).joined(separator: ";"))"
                    + ", \($0.hospital)"
            }
        case .interpreters:
            try lines(try await store.interpreters(), asJSON) {
                "\($0.id) \($0.name), \($0.languages.map(\.rawValue).joined(separator: ";"))"
            }
        case .patients:
            try lines(try await store.patients(), asJSON) { "\($0.id) \($0.site)" }
        case .devices:
            try lines(try await store.devices(), asJSON) { "\($0.id) \($0.site) \($0.profile)" }
        case .availability:
            if asJSON {
                try lines(
                    try await store.doctors().map { DoctorHours($0.id, $0.availability) },
                    true
                ) { $0.doctor.rawValue }
            } else {
                // The table itself, so that what is listed can be changed and imported.
                [AvailabilityTable.columns.joined(separator: ",")]
                    + (try await store.doctors()).flatMap(AvailabilityTable.lines)
            }
        }
    }

    private func lines<Record: Encodable>(
        _ records: [Record],
        _ asJSON: Bool,
        _ line: (Record) -> String
    ) throws -> [String] {
        try records.map { record in
            asJSON ? String(decoding: try jsonBytes(record), as: UTF8.self) : line(record)
        }
    }
}

/// A doctor's hours, for programs that read them from the command line.
private struct DoctorHours: Encodable {
    let doctor: DoctorID
    let availability: Availability

    init(_ doctor: DoctorID, _ availability: Availability) {
        self.doctor = doctor
        self.availability = availability
    }
}
