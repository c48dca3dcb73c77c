import Scheduler
import Vocabulary

/// What is known of demand for remote consults, with its source, and what is assumed.
///
/// The figures are numbers copied from the pages named; what nobody publishes is marked as assumed
/// and is an option of the run.
enum DemandFigures {
    /// Consults a site asks for in a day: Karnataka, July 2021, 4,000 a day over 2,942 spokes
    /// (deccanherald.com 1009752).
    static let perSiteAndDay = 4_000.0 / 2_942
    /// Share of booked video visits that were cancelled: Michigan Medicine 2018, 250 visits
    /// (beckershospitalreview.com).
    static let cancelled = 0.33
    /// Share of booked video visits to which the patient did not come (the same).
    static let noShow = 0.08
    /// Minutes of the physician in a video visit (the same); the whole cycle took 24.
    static let consultMinutes = 13.8

    /// Share of each specialty.
    ///
    /// General medicine 30.2 % and dermatology 29.8 %: Gujarat STHR,
    /// twelve months (researchsquare rs-5310762). Among super-specialties endocrinology 9,
    /// neurology 9 and cardiology 2 of the 26 of Ladakh 2021–2022 (telehealthandmedicinetoday.com
    /// 471) that these are part of; how the rest divides is assumed.
    static let specialties: [(Specialty, Double)] = [
        (.internalMedicine, 0.302), (.dermatology, 0.298), (.endocrinology, 0.09),
        (.neurology, 0.09), (.cardiology, 0.06), (.paediatrics, 0.06), (.obstetrics, 0.04),
        (.respiratory, 0.03), (.emergency, 0.03),
    ]

    /// Assumed: how urgent requests are.
    static let urgencies: [(Urgency, Double)] = [
        (.emergency, 0.03), (.urgent, 0.12), (.soon, 0.35), (.routine, 0.50),
    ]

    /// Assumed: the weight of each local hour; nights ask a tenth of what mornings do.
    static func weight(ofHour hour: Int) -> Double {
        switch hour {
        case 7..<11: 3
        case 11..<13: 1
        case 13..<17: 2
        case 17..<21: 0.8
        default: 0.3
        }
    }

    /// Draws one of the choices by its weight.
    static func draw<Choice>(
        _ choices: [(Choice, Double)],
        using random: inout SeededRandom
    ) -> Choice? {
        let sum = choices.reduce(0) { $0 + $1.1 }
        var left = Double.random(in: 0..<max(sum, .leastNonzeroMagnitude), using: &random)
        for (choice, weight) in choices {
            left -= weight
            if left < 0 { return choice }
        }
        return choices.last?.0
    }
}
