public import Vocabulary

/// A medical specialty, by its key (`cardiology`); the roster and the policy name them.
public struct Specialty: Hashable, Sendable, RawRepresentable, Codable {
    /// The key, lower camel case.
    public let rawValue: String

    /// The specialty with this key.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Emergency and intensive care.
    public static let emergency = Specialty(rawValue: "emergency")
    /// Cardiology.
    public static let cardiology = Specialty(rawValue: "cardiology")
    /// Paediatrics.
    public static let paediatrics = Specialty(rawValue: "paediatrics")
    /// Internal medicine.
    public static let internalMedicine = Specialty(rawValue: "internalMedicine")
    /// Obstetrics and gynaecology.
    public static let obstetrics = Specialty(rawValue: "obstetrics")
    /// Neurology.
    public static let neurology = Specialty(rawValue: "neurology")
    /// Respiratory medicine.
    public static let respiratory = Specialty(rawValue: "respiratory")
    /// Diagnostic imaging.
    public static let imaging = Specialty(rawValue: "imaging")
    /// Endocrinology.
    public static let endocrinology = Specialty(rawValue: "endocrinology")
    /// Dermatology.
    public static let dermatology = Specialty(rawValue: "dermatology")
    /// Oncology.
    public static let oncology = Specialty(rawValue: "oncology")
    /// Psychiatry.
    public static let psychiatry = Specialty(rawValue: "psychiatry")
    /// Infectious diseases.
    public static let infectiousDisease = Specialty(rawValue: "infectiousDisease")

    /// Every specialty the project ships with.
    public static let all: [Specialty] = [
        .emergency, .cardiology, .paediatrics, .internalMedicine, .obstetrics, .neurology,
        .respiratory, .imaging, .endocrinology, .dermatology, .oncology, .psychiatry,
        .infectiousDisease,
    ]
}

/// Whether a doctor can be asked now, as the doctor says.
public enum Presence: String, Codable, Sendable, CaseIterable {
    /// On call: emergencies ring here first.
    case onCall
    /// Available for consults.
    case available
    /// Not to be asked.
    case off
}

/// A weekly window in which a doctor consults, in local time (UTC+7), half-open.
public struct WeeklyWindow: Codable, Sendable, Equatable {
    /// ISO weekday, 1 Monday … 7 Sunday.
    public var weekday: Int
    /// Minutes after local midnight at which it opens, 0…1439.
    public var fromMinute: Int
    /// Minutes after local midnight at which it closes; beyond 1440 crosses midnight.
    public var untilMinute: Int

    /// A weekly window.
    public init(weekday: Int, fromMinute: Int, untilMinute: Int) {
        self.weekday = weekday
        self.fromMinute = fromMinute
        self.untilMinute = untilMinute
    }
}

/// One window by date: an exception to the weekly rules, or time on call.
public struct DatedWindow: Codable, Sendable, Equatable {
    /// Its first instant.
    public var from: Instant
    /// The first instant after it.
    public var until: Instant

    /// A window between two instants.
    public init(from: Instant, until: Instant) {
        self.from = from
        self.until = until
    }

    /// Whether the instant lies in it.
    public func contains(_ instant: Instant) -> Bool {
        from <= instant && instant < until
    }
}

/// When a doctor can be booked.
public struct Availability: Codable, Sendable, Equatable {
    /// The windows of every week.
    public var weekly: [WeeklyWindow]
    /// Dates on which the weekly windows do not hold: leave, holidays.
    public var absences: [DatedWindow]
    /// Windows beyond the weekly ones.
    public var additions: [DatedWindow]
    /// When the doctor is on call.
    public var onCall: [DatedWindow]

    /// A doctor's availability.
    public init(
        weekly: [WeeklyWindow] = [],
        absences: [DatedWindow] = [],
        additions: [DatedWindow] = [],
        onCall: [DatedWindow] = []
    ) {
        self.weekly = weekly
        self.absences = absences
        self.additions = additions
        self.onCall = onCall
    }
}

/// A specialist who consults.
public struct Doctor: Codable, Sendable, Identifiable, Equatable {
    /// The doctor's id.
    public let id: DoctorID
    /// The name as shown.
    public var name: String
    /// The hospital the doctor works at; its tier counts for the tier rule.
    public var hospital: SiteID
    /// Specialties, main one first.
    public var specialties: [Specialty]
    /// Languages, best first.
    public var languages: [Language]
    /// Provinces the licence covers; empty for the whole country.
    public var licensedProvinces: [ProvinceID]
    /// When the doctor can be booked.
    public var availability: Availability
    /// Minutes kept free after a consult.
    public var bufferMinutes: Int
    /// Whether the doctor can be asked now.
    public var presence: Presence

    /// A doctor record.
    public init(
        id: DoctorID,
        name: String,
        hospital: SiteID,
        specialties: [Specialty],
        languages: [Language],
        licensedProvinces: [ProvinceID] = [],
        availability: Availability = Availability(),
        bufferMinutes: Int = 5,
        presence: Presence = .off
    ) {
        self.id = id
        self.name = name
        self.hospital = hospital
        self.specialties = specialties
        self.languages = languages
        self.licensedProvinces = licensedProvinces
        self.availability = availability
        self.bufferMinutes = bufferMinutes
        self.presence = presence
    }
}
