import Vocabulary

/// The next hours of one specialty as a planning problem: what is asked for, and what is free.
///
/// All sites of a province are one, with all their stations.
struct PricedDay {
    /// The length that a request is expected to have, in ticks.
    private static let usualLength = 5
    private static let ticksOfHour = 12
    /// Who waits beyond the last hour can be served within a day.
    private static let ticksOfDay = 288
    /// Hours that are worth less are not named.
    private static let least = 0.5

    let specialty: Specialty
    /// The hours, the first one from the next full tick on.
    let spans: [Range<Instant>]
    private let from: Instant
    private let horizon: Int

    private var provinces: [ProvinceID] = []
    private var regionOf: [ProvinceID: Int] = [:]
    private var stations: [Int] = []
    private var languages: [Language] = [.vietnamese]
    private var bitOf: [Language: Int] = [.vietnamese: 0]
    private var hospitals: [PlanProblem.Hospital] = []
    private var requests: [PlanProblem.Request] = []
    private var doctors: [PlanProblem.Doctor] = []
    /// What is asked for, so that only such hours are priced.
    private var asked: (provinces: Set<Int>, languages: Set<Int>) = ([], [0])
    private(set) var expectedCount = 0

    init(_ specialty: Specialty, hours: Int, at now: Instant) {
        self.specialty = specialty
        let tick = Int64(GoalWeights.tick)
        let first = Instant(milliseconds: (now.milliseconds + tick - 1) / tick * tick)
        from = first
        horizon = hours * PricedDay.ticksOfHour
        spans = (0..<hours).map { (first + .hours($0))..<(first + .hours($0 + 1)) }
    }

    // MARK: What there is

    mutating func take(sites: [Site]) {
        for site in sites {
            let region = region(of: site.province)
            stations[region] = min(stations[region] + max(site.stations, 0), Int(UInt16.max))
        }
    }

    mutating func take(_ waiting: [ConsultRequest], in roster: Roster) {
        for request in waiting {
            guard let site = roster.site(request.site) else { continue }
            let region = region(of: site.province)
            let length = max(1, ticks(request.durationMinutes))
            let earliest = max(0, tick(of: request.earliest))
            guard earliest < horizon else { continue }
            let deadline = max(tick(of: request.deadline), 0)
            // Whoever is overdue is to be served at once, as the care loop does.
            let isLate = deadline < earliest + length
            add(
                request.urgency,
                from: earliest,
                until: isLate ? horizon : deadline,
                length,
                region,
                request.languages
            )
        }
    }

    mutating func take(_ expected: [ExpectedRequest]) {
        expectedCount = expected.count
        for one in expected {
            let region = region(of: one.province)
            let earliest = min(max(0, tick(of: one.at)), horizon - 1)
            let due = PricedDay.due(one.urgency) + PricedDay.usualLength
            add(
                one.urgency,
                from: earliest,
                until: earliest + due,
                PricedDay.usualLength,
                region,
                one.languages
            )
        }
    }

    /// The doctor with the ticks that are free beside the slots.
    mutating func take(_ entry: DoctorEntry, slots: [SlotRow.Slot]) {
        var isFree = [Bool](repeating: false, count: horizon)
        for window in entry.duty.windows {
            for tick in whole(window.from, window.until) { isFree[tick] = true }
        }
        if entry.presence != .off {
            for tick in whole(from, from + FreeTime.stay) { isFree[tick] = true }
        }
        for slot in slots {
            for tick in touched(slot.start, slot.until) { isFree[tick] = false }
        }
        let hospital = entry.hospital
        doctors.append(
            PlanProblem.Doctor(
                specialties: 1,
                languages: bits(entry.doctor.languages),
                windows: PricedDay.runs(isFree),
                hospital: place(
                    tier: hospital?.tier.rawValue ?? SiteTier.commune.rawValue,
                    region: hospital.map { region(of: $0.province) } ?? -1
                )
            )
        )
    }

    // MARK: The problem and its prices

    mutating func problem(limit: Int) throws(PlanError) -> PlanProblem {
        // Prices are asked for a provincial hospital of each province.
        for region in provinces.indices { _ = place(tier: 2, region: region) }
        let most = requests.enumerated().sorted {
            ($0.element.urgency, $0.offset) < ($1.element.urgency, $1.offset)
        }
        return try PlanProblem(
            horizon: horizon,
            buffer: 1,
            requests: most.prefix(limit).map(\.element),
            doctors: doctors,
            sites: stations.enumerated().map {
                PlanProblem.Site(region: $0.offset, stations: $0.element, chain: [])
            },
            hospitals: hospitals,
            weights: PricedDay.weights
        )
    }

    /// Every hour, province and language that somebody asks for, the most valuable first.
    func prices(_ bound: inout PlanBound, _ relief: PlanRelief) -> [HourPrice] {
        var kinds: [(language: Int, region: Int, hour: Int)] = []
        for region in asked.provinces.sorted() {
            for language in asked.languages.sorted() {
                for hour in spans.indices { kinds.append((language, region, hour)) }
            }
        }
        let doctors = kinds.map { doctor(speaking: $0.language, in: $0.region, at: $0.hour) }
        let most = bound.worths(of: doctors)
        var hours: [HourPrice] = []
        for (place, kind) in kinds.enumerated() {
            let saved = min(relief.saved(by: doctors[place]), most[place])
            guard saved >= PricedDay.least else { continue }
            hours.append(
                HourPrice(
                    specialty: specialty,
                    language: languages[kind.language],
                    province: provinces[kind.region],
                    from: spans[kind.hour].lowerBound,
                    until: spans[kind.hour].upperBound,
                    worth: saved,
                    atMost: most[place]
                )
            )
        }
        return hours.sorted { $0.comesBefore($1) }
    }

    private func doctor(
        speaking language: Int,
        in region: Int,
        at hour: Int
    ) -> PlanProblem.Doctor {
        let first = hour * PricedDay.ticksOfHour
        return PlanProblem.Doctor(
            specialties: 1,
            languages: 1 | 1 << UInt64(language),
            windows: [first..<(first + PricedDay.ticksOfHour)],
            hospital: hospitals.firstIndex { $0.tier == 2 && $0.region == region } ?? 0
        )
    }

    // MARK: Parts

    /// The weights of a plan; 5 and 6 are `soon` and `routine` requests that another hour of the
    /// day can serve as well, which cost a day of waiting when they are left out.
    private static let weights = PlanProblem.Weights(
        unserved: [40_000, 12_000, 4_000, 1_000, 3 * ticksOfDay, ticksOfDay],
        wait: [12, 6, 3, 1, 3, 1]
    )

    /// How long a request of this urgency can wait, in ticks.
    private static func due(_ urgency: Urgency) -> Int {
        switch urgency {
        case .emergency: 6
        case .urgent: 12
        case .soon: 36 * ticksOfHour
        case .routine: 30 * ticksOfDay
        }
    }

    private mutating func add(
        _ urgency: Urgency,
        from earliest: Int,
        until deadline: Int,
        _ length: Int,
        _ region: Int,
        _ spoken: [Language]
    ) {
        let canWait = deadline > horizon && urgency >= .soon
        // What cannot end in these hours is no matter of theirs.
        guard earliest + length <= min(deadline, horizon) else { return }
        asked.provinces.insert(region)
        let languages = spoken.isEmpty ? .max : bits(spoken)
        // Only who can be served in no other language makes an hour of one worth more.
        if !spoken.isEmpty, !spoken.contains(.vietnamese) {
            for language in spoken { asked.languages.insert(bit(of: language)) }
        }
        requests.append(
            PlanProblem.Request(
                urgency: urgency.rank + (canWait ? 2 : 0),
                earliest: earliest,
                deadline: min(deadline, horizon),
                duration: length,
                site: region,
                specialty: 0,
                languages: languages
            )
        )
    }

    private mutating func region(of province: ProvinceID) -> Int {
        if let region = regionOf[province] { return region }
        regionOf[province] = provinces.count
        provinces.append(province)
        stations.append(0)
        return provinces.count - 1
    }

    private mutating func place(tier: Int, region: Int) -> Int {
        if let place = hospitals.firstIndex(where: { $0.tier == tier && $0.region == region }) {
            return place
        }
        hospitals.append(PlanProblem.Hospital(tier: tier, region: region))
        return hospitals.count - 1
    }

    /// The language's bit; the last one is shared by all beyond the 64th.
    private mutating func bit(of language: Language) -> Int {
        if let bit = bitOf[language] { return bit }
        guard languages.count < 64 else { return 63 }
        bitOf[language] = languages.count
        languages.append(language)
        return languages.count - 1
    }

    private mutating func bits(_ languages: [Language]) -> UInt64 {
        languages.reduce(0) { $0 | 1 << UInt64(bit(of: $1)) }
    }

    private func ticks(_ minutes: Int) -> Int { (minutes + 4) / 5 }

    private func tick(of instant: Instant) -> Int {
        Int(instant.milliseconds - from.milliseconds).floorDivided(by: Int(GoalWeights.tick))
    }

    private func whole(_ start: Instant, _ end: Instant) -> Range<Int> {
        clamped(tick(of: start + .milliseconds(-1)) + 1, tick(of: end))
    }

    private func touched(_ start: Instant, _ end: Instant) -> Range<Int> {
        clamped(tick(of: start), tick(of: end + .milliseconds(-1)) + 1)
    }

    private func clamped(_ first: Int, _ end: Int) -> Range<Int> {
        let first = min(max(first, 0), horizon)
        return first..<max(first, min(end, horizon))
    }

    private static func runs(_ isFree: [Bool]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for tick in isFree.indices where isFree[tick] {
            if let last = runs.last, last.upperBound == tick {
                runs[runs.count - 1] = last.lowerBound..<(tick + 1)
            } else {
                runs.append(tick..<(tick + 1))
            }
        }
        return runs
    }
}
