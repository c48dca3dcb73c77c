import Clinical
import Crypto
import Scheduler
import Store
import Vocabulary

/// Who takes part in a demonstration: patients, devices, clinics and doctors on real sites.
struct DemoPopulation: Sendable {
    /// One device and what its simulator needs.
    struct Wearer: Sendable {
        let device: Device
        let patient: Patient
        let province: ProvinceID
        let password: String
    }

    let sites: [Site]
    let doctors: [Doctor]
    let interpreters: [Interpreter]
    let wearers: [Wearer]
    let accounts: [UserAccount]
    /// The site and the doctor that the printed log-ins belong to.
    let shownSite: Site
    let shownDoctor: Doctor

    /// The names of the accounts that the demo prints.
    static let nurse = UserID(trusted: "nurse")
    static let doctor = UserID(trusted: "doctor")
    static let administrator = UserID(trusted: "admin")

    /// Spreads the devices evenly over the sites that ask, a patient each.
    init(
        sites all: [Site],
        doctors roster: [Doctor],
        siteCount: Int,
        deviceCount: Int,
        periodSeconds: Int,
        passwordHash: String,
        year: Int
    ) throws {
        let chosen = DemoPopulation.choose(siteCount, of: all)
        let chosenIDs = Set(chosen.map(\.id))
        let doctors = roster.filter { chosenIDs.contains($0.hospital) }
        let clinics = chosen.filter { $0.tier >= .regional }
        guard let shownSite = clinics.first ?? chosen.first, let shownDoctor = doctors.first else {
            throw CommandFailure("the site and doctor tables hold nobody to demonstrate with")
        }
        // Patients are where nobody else is to ask: stations and regional hospitals first.
        let wards = clinics.isEmpty ? chosen : clinics
        var random = SeededRandom(seed: 20_261_120)
        var wearers: [Wearer] = []
        for index in 0..<deviceCount {
            let site = wards[index % wards.count]
            let round = index / wards.count + 1
            let number = Int32(index + 1)
            let patient = Patient(
                id: PatientID(trusted: "\(site.id)-p\(round)"),
                number: number,
                site: site.id,
                birthYear: year - Int.random(in: 18...92, using: &random),
                sex: Bool.random(using: &random) ? .female : .male,
                languages: index % 100 == 19 ? [.hmong] : [.vietnamese]
            )
            let device = Device(
                id: DeviceID(trusted: "\(site.id)-m\(round)"),
                number: number,
                site: site.id,
                periodSeconds: periodSeconds
            )
            wearers.append(
                Wearer(
                    device: device,
                    patient: patient,
                    province: site.province,
                    password: Base64.encodeURL(randomBytes(9))
                )
            )
        }
        var accounts = chosen.map { site in
            UserAccount(
                id: DemoPopulation.clinicAccount(site),
                roles: [.clinic],
                site: site.id,
                passwordHash: passwordHash
            )
        }
        accounts += doctors.map { doctor in
            UserAccount(
                id: DemoPopulation.doctorAccount(doctor),
                roles: [.doctor],
                doctor: doctor.id,
                passwordHash: passwordHash
            )
        }
        accounts += DemoPopulation.interpreters.map { interpreter in
            UserAccount(
                id: UserID(trusted: "i-\(interpreter.id)"),
                roles: [.interpreter],
                interpreter: interpreter.id,
                passwordHash: passwordHash
            )
        }
        accounts += [
            UserAccount(
                id: DemoPopulation.nurse,
                roles: [.clinic],
                site: shownSite.id,
                passwordHash: passwordHash
            ),
            UserAccount(
                id: DemoPopulation.doctor,
                roles: [.doctor],
                doctor: shownDoctor.id,
                passwordHash: passwordHash
            ),
            UserAccount(
                id: DemoPopulation.administrator,
                roles: [.administrator],
                passwordHash: passwordHash
            ),
        ]
        self.sites = chosen
        self.doctors = doctors
        interpreters = DemoPopulation.interpreters
        self.wearers = wearers
        self.accounts = accounts
        self.shownSite = shownSite
        self.shownDoctor = shownDoctor
    }

    /// Four at any hour for each language that few doctors speak.
    private static let interpreters: [Interpreter] = {
        let languages: [Language] = [.hmong, .tay, .thai, .khmer, .ede]
        let week = (1...7).map { WeeklyWindow(weekday: $0, fromMinute: 0, untilMinute: 1_440) }
        return languages.flatMap { language in
            (1...4).map { number in
                Interpreter(
                    id: InterpreterID(trusted: "pd-\(language.rawValue)-\(number)"),
                    name: "Phiên dịch \(language.name) \(number)",
                    languages: [language, .vietnamese],
                    availability: Availability(weekly: week, worksHolidays: true)
                )
            }
        }
    }()

    static func clinicAccount(_ site: Site) -> UserID {
        UserID(trusted: "c-\(site.id)")
    }

    static func doctorAccount(_ doctor: Doctor) -> UserID {
        UserID(trusted: "d-\(doctor.id)")
    }

    /// Everything as one list of changes for an empty store.
    var changes: [Change] {
        let long = Instant(seconds: 0)
        return sites.map { .site($0) } + doctors.map { .doctor($0) }
            + interpreters.map { .interpreter($0) }
            + wearers.flatMap { wearer in
                [
                    Change.patient(wearer.patient), .device(wearer.device),
                    .binding(
                        DeviceBinding(
                            device: wearer.device.id,
                            patient: wearer.patient.id,
                            from: long
                        )
                    ),
                ]
            }
            + accounts.map { .user($0) }
    }

    /// The asked number of sites: the hospitals that consult, then those nearest in their chains.
    private static func choose(_ count: Int, of all: [Site]) -> [Site] {
        guard count < all.count else { return all }
        let hospitals = all.filter { $0.tier <= .provincial }.prefix(max(2, count / 5))
        let known = Set(hospitals.map(\.id))
        let others = all.filter { $0.tier > .provincial }
        let twinned = others.filter { !known.isDisjoint(with: $0.chain) }
        let rest = others.filter { known.isDisjoint(with: $0.chain) }
        let chosen = Array(hospitals) + (twinned + rest).prefix(max(count - hospitals.count, 1))
        // A chain may name only sites that take part.
        let ids = Set(chosen.map(\.id))
        return chosen.map { site in
            var site = site
            site.chain.removeAll { !ids.contains($0) }
            return site
        }
    }
}
