public import Vocabulary

/// Why the store could not do what it was asked.
public enum StoreError: Error, Sendable, Equatable {
    /// A live booking would overlap another of the doctor or the patient, or exceed the site's stations.
    case doubleBooking(BookingID)
    /// The record refers to something that does not exist, or breaks another rule of the schema.
    case constraint(String)
    /// The disk is full.
    case diskFull
    /// Another process works on the data directory.
    case inUse
    /// Reading or writing failed; `code` is the engine's.
    case input(code: Int32, message: String)
    /// The file is not a database of this project, or is damaged.
    case corrupt(String)
    /// The database was written by a newer version.
    case newerSchema(found: Int, supported: Int)
    /// The store was opened for reading only.
    case readOnly
    /// Closed already.
    case closed
}

extension StoreError: CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        switch self {
        case .doubleBooking:
            "the doctor, the patient or the station is taken at that time; choose another slot"
        case .constraint(let rule): "the database refused the change: \(rule)"
        case .diskFull: "the disk is full; free space in the data directory"
        case .inUse: "another telehealth process uses the data directory; stop it first"
        case .input(let code, let message):
            "the database could not read or write (\(code): \(message)); check the disk"
        case .corrupt(let what):
            "the database is damaged (\(what)); restore the last backup with 'telehealth restore'"
        case .newerSchema(let found, let supported):
            "the database has schema \(found), this version knows \(supported); upgrade telehealth"
        case .readOnly: "the store was opened for reading only"
        case .closed: "the store is closed"
        }
    }
}
