import Vocabulary

/// A doctor as a search reads it: the record with what follows from it, worked out once.
///
/// Never changed: a new record makes a new entry with the same number. A class, so that a search
/// passes thousands of them along without copying the records.
final class DoctorEntry: Sendable {
    // What is read of every doctor stands first and together: a search waits for memory more than
    // for anything else.

    /// Where the roster keeps what changes about the doctor.
    let number: Int
    let duty: Duty
    let bufferMilliseconds: Int64
    let presence: Presence
    /// The limits of the doctor's work; nil for none.
    let longestRun: Duration?
    let dailyLoad: Int?
    let doctor: Doctor
    /// The doctor's hospital; nil when the roster does not know it.
    let hospital: Site?

    init(number: Int, _ doctor: Doctor, hospital: Site?, duty: Duty) {
        self.number = number
        self.doctor = doctor
        self.hospital = hospital
        self.duty = duty
        bufferMilliseconds = Int64(doctor.bufferMinutes) * 60_000
        presence = doctor.presence
        longestRun = doctor.longestRunMinutes.map { .minutes($0) }
        dailyLoad = doctor.dailyLoadMinutes
    }
}

/// Doctors of one specialty whom the rules of cohorts cannot tell apart.
struct Cohort: Sendable {
    /// What they share.
    struct Key: Hashable, Sendable {
        let languages: Set<Language>
        let provinces: Set<ProvinceID>
        let tier: SiteTier?

        init(_ entry: DoctorEntry) {
            languages = Set(entry.doctor.languages)
            provinces = Set(entry.doctor.licensedProvinces)
            tier = entry.hospital?.tier
        }
    }

    /// Never empty for long: a cohort without members is passed over.
    private(set) var members: [DoctorEntry] = []
    /// Their numbers, so that the board can be asked before a member is fetched.
    private(set) var numbers: [Int32] = []

    fileprivate mutating func insert(_ entry: DoctorEntry) {
        members.append(entry)
        numbers.append(Int32(entry.number))
    }

    fileprivate mutating func remove(_ entry: DoctorEntry) {
        guard let place = members.firstIndex(where: { $0 === entry }) else { return }
        members.swapAt(place, members.count - 1)
        members.removeLast()
        numbers.swapAt(place, numbers.count - 1)
        numbers.removeLast()
    }
}

/// The doctors of each specialty, in cohorts by language, licence and tier of the hospital.
struct DoctorIndex: Sendable {
    fileprivate struct Shelf: Sendable {
        var cohorts: [Cohort] = []
        var placeOf: [Cohort.Key: Int] = [:]
    }

    private var shelves: [Specialty: Shelf] = [:]

    /// The cohorts of a specialty; some may be empty.
    func cohorts(of specialty: Specialty) -> [Cohort] { shelves[specialty]?.cohorts ?? [] }

    /// The specialties that somebody had or has.
    var specialties: [Specialty] { shelves.keys.sorted { $0.rawValue < $1.rawValue } }

    mutating func insert(_ entry: DoctorEntry) {
        let key = Cohort.Key(entry)
        for specialty in Set(entry.doctor.specialties) {
            shelves[specialty, default: Shelf()].insert(entry, key)
        }
    }

    mutating func remove(_ entry: DoctorEntry) {
        let key = Cohort.Key(entry)
        for specialty in Set(entry.doctor.specialties) {
            shelves[specialty]?.remove(entry, key)
        }
    }
}

extension DoctorIndex.Shelf {
    fileprivate mutating func insert(_ entry: DoctorEntry, _ key: Cohort.Key) {
        if let place = placeOf[key] {
            cohorts[place].insert(entry)
        } else {
            placeOf[key] = cohorts.count
            cohorts.append(Cohort())
            cohorts[cohorts.count - 1].insert(entry)
        }
    }

    fileprivate mutating func remove(_ entry: DoctorEntry, _ key: Cohort.Key) {
        if let place = placeOf[key] { cohorts[place].remove(entry) }
    }
}
