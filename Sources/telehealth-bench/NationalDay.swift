import Vocabulary

/// A day of a whole country in the shape of the instance generator, made from a seed.
///
/// What differs from the generator: 14 specialties instead of 12, as many regions as the country
/// has provinces, and more stations a site, because 1,500 sites here have 33 requests each where
/// the generator's have 8. Everything else has the generator's distributions: five requests a
/// doctor, half of the day's windows, peaks in the morning, a third of the sites with a language
/// of a minority.
struct NationalDay {
    private static let specialties: [(name: String, weight: Double)] = [
        ("cardio", 0.15), ("paed", 0.13), ("internal", 0.13), ("obgyn", 0.12), ("neuro", 0.09),
        ("resp", 0.08), ("imaging", 0.08), ("endo", 0.06), ("derm", 0.05), ("onco", 0.03),
        ("psych", 0.03), ("infect", 0.02), ("nephro", 0.02), ("surgery", 0.01),
    ]
    private static let languages = ["hmong", "tay", "thai", "khmer", "ede"]
    private static let regions = 34
    private static let horizon = 120

    private var random: SeededRandom
    /// By site, for the requests' languages.
    private var minor: [String?] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// The day; the same seed gives the same day.
    mutating func instance(requests: Int, doctors: Int, sites: Int) -> MatchingInstance {
        let hospitals = hospitals(max(4, doctors / 8))
        let sites = self.sites(sites, hospitals)
        return MatchingInstance(
            horizon: NationalDay.horizon,
            buffer: 1,
            hospitals: hospitals,
            sites: sites,
            doctors: (0..<doctors).map { doctor($0, hospitals.count) },
            requests: (0..<requests).map { request($0, sites.count) },
            weights: MatchingInstance.Weights(
                unserved: ["1": 40_000, "2": 12_000, "3": 4_000, "4": 1_000],
                wait: ["1": 12, "2": 6, "3": 3, "4": 1],
                over: 2,
                overFrac: 0.8,
                aff: [0, 2, 5, 4]
            )
        )
    }

    private mutating func hospitals(_ count: Int) -> [MatchingInstance.Hospital] {
        (0..<count).map { number in
            MatchingInstance.Hospital(
                id: number,
                tier: draw([0.15, 0.55, 0.30]) + 1,
                region: below(NationalDay.regions)
            )
        }
    }

    private mutating func sites(
        _ count: Int,
        _ hospitals: [MatchingInstance.Hospital]
    ) -> [MatchingInstance.Site] {
        let byRegion = Dictionary(grouping: hospitals.indices) { hospitals[$0].region }
        return (0..<count).map { number in
            let region = below(NationalDay.regions)
            let pool = byRegion[region] ?? Array(hospitals.indices)
            let chain = Set((0..<3).map { _ in pool[below(pool.count)] })
            minor.append(random.chance(0.35) ? anyLanguage() : nil)
            return MatchingInstance.Site(
                id: number,
                region: region,
                stations: draw([0.2, 0.4, 0.25, 0.15]) + 1,
                chain: chain.sorted()
            )
        }
    }

    private mutating func doctor(_ number: Int, _ hospitals: Int) -> MatchingInstance.Doctor {
        let names = NationalDay.specialties
        var specialties: Set = [
            names[number < names.count ? number : draw(names.map(\.weight))].name
        ]
        if random.chance(0.25) { specialties.insert(names[draw(names.map(\.weight))].name) }
        let languages = ["vi"] + (random.chance(0.12) ? [anyLanguage()] : [])
        var windows: [[Int]] = []
        for (low, high) in [(6, 54), (78, 120)] {
            let isAfternoon = low == 78
            let isThere = random.chance(windows.isEmpty ? 0.75 : 0.55)
            guard isThere || isAfternoon && windows.isEmpty else { continue }
            let length = 10 + below(15)
            let start = low + below(high - length - low + 1)
            windows.append([start, start + length])
        }
        return MatchingInstance.Doctor(
            id: number,
            specs: specialties.sorted(),
            langs: languages,
            windows: windows,
            hosp: below(hospitals)
        )
    }

    private mutating func request(_ number: Int, _ sites: Int) -> MatchingInstance.Request {
        let urgency = draw([0.04, 0.14, 0.32, 0.50]) + 1
        let (shortest, longest) = [(3, 6), (3, 5), (3, 4), (2, 4)][urgency - 1]
        let duration = shortest + below(longest - shortest + 1)
        let earliest = min(100, Int(triangular(2, 104, 30)))
        let slack = [6, 24, 48, NationalDay.horizon][urgency - 1]
        let site = below(sites)
        return MatchingInstance.Request(
            id: number,
            spec: NationalDay.specialties[draw(NationalDay.specialties.map(\.weight))].name,
            urg: urgency,
            earliest: earliest,
            deadline: min(NationalDay.horizon, earliest + slack + duration),
            dur: duration,
            site: site,
            langs: spoken(at: site)
        )
    }

    private mutating func spoken(at site: Int) -> [String] {
        let draw = fraction()
        guard let minor = minor[site], draw >= 0.7 else { return ["vi"] }
        return draw < 0.92 ? ["vi", minor] : [minor]
    }

    private mutating func anyLanguage() -> String {
        NationalDay.languages[below(NationalDay.languages.count)]
    }

    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

    private mutating func fraction() -> Double { Double.random(in: 0..<1, using: &random) }

    /// A place drawn by weight.
    private mutating func draw(_ weights: [Double]) -> Int {
        var left = fraction() * weights.reduce(0, +)
        for (place, weight) in weights.enumerated() {
            left -= weight
            if left < 0 { return place }
        }
        return weights.count - 1
    }

    private mutating func triangular(_ low: Double, _ high: Double, _ mode: Double) -> Double {
        let draw = fraction()
        let split = (mode - low) / (high - low)
        return draw < split
            ? low + (draw * (high - low) * (mode - low)).squareRoot()
            : high - ((1 - draw) * (high - low) * (high - mode)).squareRoot()
    }
}
