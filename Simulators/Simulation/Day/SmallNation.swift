public import Scheduler
import Vocabulary

/// A made-up nation for runs without tables of sites and doctors.
public enum SmallNation {
    /// Sites in eight provinces: one in ten a provincial hospital, the others communes below it.
    public static func sites(_ count: Int) -> [Site] {
        (0..<count).map { number in
            let isHospital = number % 10 == 0
            let hospital = id("site", number - number % 10)
            return Site(
                id: SiteID(trusted: id("site", number)),
                name: "Site \(number)",
                province: province(ofSite: number),
                provinceName: "Province \(number / 10 % provinces)",
                ward: "Ward \(number)",
                latitude: 21,
                longitude: 105,
                tier: isHospital ? .provincial : .commune,
                stations: isHospital ? 3 : 1,
                chain: isHospital ? [] : [SiteID(trusted: hospital)]
            )
        }
    }

    /// Doctors in the hospitals of `sites`, specialties as the demand has them.
    ///
    /// They consult every day, 07:00 to 11:30 and 13:00 to 16:30; one in ten, and all of emergency
    /// medicine, are on call around the clock.
    public static func doctors(_ count: Int, in sites: [Site], seed: UInt64) -> [Doctor] {
        var random = SeededRandom(seed: seed)
        let hospitals = sites.filter { $0.tier < .regional }
        var weekly: [WeeklyWindow] = []
        for day in 1...7 {
            weekly.append(WeeklyWindow(weekday: day, fromMinute: 420, untilMinute: 690))
            weekly.append(WeeklyWindow(weekday: day, fromMinute: 780, untilMinute: 990))
        }
        let everyDay = (1...7).map { WeeklyWindow(weekday: $0, fromMinute: 0, untilMinute: 1_440) }
        return (0..<count).compactMap { number in
            guard let hospital = hospitals.randomElement(using: &random),
                let specialty = specialty(number, using: &random)
            else { return nil }
            return Doctor(
                id: DoctorID(trusted: id("doctor", number)),
                name: "Doctor \(number)",
                hospital: hospital.id,
                specialties: [specialty],
                languages: [.vietnamese],
                availability: Availability(
                    weekly: weekly,
                    weeklyOnCall: number % 10 == 0 || specialty == .emergency ? everyDay : []
                ),
                presence: .off
            )
        }
    }

    private static let provinces = 8

    /// Each specialty at least once, the others as the demand has them.
    private static func specialty(
        _ number: Int,
        using random: inout SeededRandom
    ) -> Specialty? {
        let known = DemandFigures.specialties
        guard number >= known.count else { return known[number].0 }
        return DemandFigures.draw(known, using: &random)
    }

    private static func province(ofSite number: Int) -> ProvinceID {
        ProvinceID(trusted: "p-\(number / 10 % provinces)")
    }

    private static func id(_ kind: String, _ number: Int) -> String { "\(kind)-\(number)" }
}
