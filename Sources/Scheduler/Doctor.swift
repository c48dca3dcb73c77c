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

/// Which secret address a calendar feed has: the address follows from the number and a
/// key of the deployment, and nothing secret is stored.
public struct CalendarAddress: Codable, Sendable, Equatable {
    /// Grows with each new address, which ends the one before.
    public var number: Int
    /// Whether the feed is read from there.
    public var isOpen: Bool

    /// An address.
    public init(number: Int, isOpen: Bool) {
        self.number = number
        self.isOpen = isOpen
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
    /// The longest unbroken run of work in minutes, buffers included; nil for no limit.
    ///
    /// What breaks it is `UnbrokenRunRule.pause`.
    public var longestRunMinutes: Int?
    /// The most minutes of consults that begin on one local day; nil for no limit.
    public var dailyLoadMinutes: Int?
    /// Whether the doctor can be asked now.
    public var presence: Presence
    /// The secret address of the doctor's calendar feed; nil when none was made.
    public var calendarAddress: CalendarAddress?

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
