public import Vocabulary

/// Says what waits and shortages are to be expected, from who is booked, who waits, and what the
/// last days were like.
///
/// The wait now is a schedule: requests without a doctor get, most urgent and oldest first, each
/// the doctor who can begin first, for as long as a consult is planned, since whoever comes next is
/// told a time after that; then comes the one that asks now, and gets the doctor whom the matcher
/// would choose, once a station is free where the site is known. An emergency for which no doctor
/// of the specialty is near goes to who serves in its stead. What plans do not know is taken from how much
/// later than planned consults of late began (`StartSlips`). The next hours are a fluid: what is
/// expected to be asked for, in minutes of doctors, against what they have free; what an hour cannot
/// take runs over into the next. They do not know of stations. Neither knows what languages will be
/// asked for, and a doctor of two specialties counts in both.
public struct Forecaster: Sendable {
    /// Most requests ahead that are laid out; beyond it the wait is at least as long.
    public static let queueLimit = 500
    /// Waits longer than this are not told apart.
    public static let longestWait: Duration = .hours(24)
    /// The steps in which free time is looked at, in minutes.
    static let stepMinutes = 10

    let roster: Roster
    let queue: [ConsultRequest]
    private let leads: [Urgency: Duration]
    private let lengths: [Urgency: Duration]
    let history: ArrivalHistory
    private let slips: StartSlips
    let weights: GoalWeights
    let urgently: UrgentHelp

    /// A forecaster over doctors with their bookings, requests that have no doctor yet, and a history.
    ///
    /// `leads` is the time that is left before a start so that doctors can answer, `lengths` how long
    /// a consult is planned to be; that long a gap is needed, however short consults turn out.
    /// `slips` is how much later than planned consults began, `weights` how the matcher chooses,
    /// `urgently` what is done beside that for who cannot wait.
    public init(
        roster: Roster,
        queue: [ConsultRequest],
        leads: [Urgency: Duration] = [:],
        lengths: [Urgency: Duration] = [:],
        history: ArrivalHistory,
        slips: StartSlips = StartSlips(),
        weights: GoalWeights = GoalWeights(),
        urgently: UrgentHelp = UrgentHelp()
    ) {
        self.roster = roster
        self.queue = queue
        self.leads = leads
        self.lengths = lengths
        self.history = history
        self.slips = slips
        self.weights = weights
        self.urgently = urgently
    }

    /// The specialties that doctors have or somebody waits for, in order.
    public var specialties: [Specialty] {
        Set(roster.doctors.flatMap(\.specialties) + queue.map(\.specialty))
            .sorted { $0.rawValue < $1.rawValue }
    }

    /// The forecast of one specialty, in one province or, with nil, everywhere.
    ///
    /// The waits are those of who asks at `site`, whose stations may be taken and which may be closed;
    /// without one the doctors alone count, in the mean over some sites.
    public func forecast(
        _ specialty: Specialty,
        province: ProvinceID?,
        site: SiteID? = nil,
        urgencies: [Urgency] = Urgency.allCases,
        hours: Int,
        at now: Instant
    ) -> Forecast {
        let all = roster.doctors(of: specialty).compactMap { roster.doctor($0) }
        let doctors = all.filter { $0.serves(province) }
        let measured = history.consultMinutes(specialty)
        let buffers = doctors.map(\.bufferMinutes).reduce(0, +)
        let buffer = Double(buffers) / Double(max(doctors.count, 1))
        let consult = Duration.seconds(measured.mean * 60)
        let free = doctors.count { doctor in
            let time = FreeTime(doctor, at: now)
            return time.attends(now, now + consult, onDuty: true)
                && roster.isFree(doctor.id, from: now, until: now + consult, at: now)
        }
        return Forecast(
            specialty: specialty,
            province: province,
            doctors: doctors.count,
            freeDoctors: free,
            consultMinutes: measured.mean + buffer,
            consultsMeasured: measured.count,
            recordedDays: history.recordedDays,
            waits: urgencies.map {
                wait($0, specialty, province, site, among: all, consult, at: now)
            },
            hours: nextHours(
                hours,
                specialty,
                province,
                doctors,
                minutes: measured.mean + buffer,
                at: now
            )
        )
    }

    // MARK: The wait now

    private func wait(
        _ urgency: Urgency,
        _ specialty: Specialty,
        _ province: ProvinceID?,
        _ site: SiteID?,
        among doctors: [Doctor],
        _ consult: Duration,
        at now: Instant
    ) -> WaitForecast {
        let ahead = queue.filter { $0.specialty == specialty && $0.urgency <= urgency }
            .sorted { ($0.urgency, $0.openedAt, $0.id) < ($1.urgency, $1.openedAt, $1.id) }
        var times = doctors.map { FreeTime($0, at: now) }
        var starts: [Instant?] = times.map { _ in nil }
        let limit = now + Forecaster.longestWait
        func refresh(
            _ place: Int,
            _ urgency: Urgency,
            for length: Duration,
            from earliest: Instant
        ) {
            starts[place] = times[place].nextStart(
                from: earliest,
                for: length,
                onDuty: urgency <= .urgent,
                until: limit,
                in: roster
            )
        }
        func first(_ mayServe: (Doctor) -> Bool) -> Int? {
            times.indices.filter { starts[$0] != nil && mayServe(times[$0].doctor) }
                .min { (starts[$0] ?? limit) < (starts[$1] ?? limit) }
        }
        var laidOutFor: (isPressing: Bool, length: Duration)?
        for request in ahead.prefix(Forecaster.queueLimit) {
            let layout = (isPressing: request.urgency <= .urgent, length: request.duration)
            if laidOutFor.map({ $0 != layout }) ?? true {
                for place in times.indices {
                    refresh(place, request.urgency, for: request.duration, from: now)
                }
                laidOutFor = layout
            }
            // Who waits for somebody else than these doctors is in nobody's way.
            let home = roster.site(request.site)?.province
            guard
                let place = first({
                    $0.serves(home) && $0.speaks(request.languages)
                        && mayServe($0, request.urgency)
                        && !request.declinedBy.contains($0.id)
                }), let start = starts[place]
            else { continue }
            let buffer = Duration.minutes(times[place].doctor.bufferMinutes)
            times[place].from = max(start, request.earliest) + request.duration + buffer
            refresh(place, request.urgency, for: request.duration, from: now)
        }
        let question = WaitQuestion(
            urgency: urgency,
            specialty: specialty,
            length: lengths[urgency] ?? consult,
            earliest: now + (leads[urgency] ?? .zero),
            now: now,
            isOfSite: site != nil
        )
        let able = times.filter { $0.doctor.serves(province) }
        let sites = site.flatMap(roster.site).map { [$0] } ?? sample(of: province)
        let start = start(question, at: sites, among: able)
        let slip = slips.expected(urgency, specialty)
        return WaitForecast(
            urgency: urgency,
            waitSeconds: start.map { Int(($0 + slip - now).wholeMilliseconds / 1_000) },
            slipSeconds: Int(slip.wholeMilliseconds / 1_000),
            ahead: ahead.count
        )
    }

    /// Whether the doctor's hospital is of a level that the urgency needs; see `TierRule`.
    func mayServe(_ doctor: Doctor, _ urgency: Urgency) -> Bool {
        urgency > .urgent || (roster.site(doctor.hospital)?.tier ?? .commune) <= .provincial
    }

    // MARK: The next hours

    private func nextHours(
        _ count: Int,
        _ specialty: Specialty,
        _ province: ProvinceID?,
        _ doctors: [Doctor],
        minutes: Double,
        at now: Instant
    ) -> [ForecastHour] {
        let waiting = queue.filter {
            $0.specialty == specialty
                && (province == nil || roster.site($0.site)?.province == province)
        }
        let urgent: Set<Urgency> = [.emergency, .urgent]
        var leftUrgent = Double(waiting.count { urgent.contains($0.urgency) }) * minutes
        var left = Double(waiting.count) * minutes - leftUrgent
        var hours: [ForecastHour] = []
        var from = now
        for _ in 0..<count {
            let until = Forecaster.nextHour(after: from)
            let part = Double((until - from).wholeMilliseconds) / 3_600_000
            func expected(_ urgencies: Set<Urgency>) -> Double {
                part
                    * history.expected(
                        specialty,
                        urgencies: urgencies,
                        province: province,
                        inHourOf: from
                    )
            }
            let pressing = expected(urgent)
            let others = expected(Set(Urgency.allCases).subtracting(urgent))
            let supply = freeMinutes(
                of: doctors,
                specialty,
                province,
                from: from,
                until: until,
                at: now
            )
            leftUrgent += pressing * minutes
            left += others * minutes
            // Duty takes what presses; what it leaves, and everything else, needs the others.
            leftUrgent = max(0, leftUrgent - supply.onCall)
            left = max(0, left - max(0, supply.booked - leftUrgent))
            leftUrgent = max(0, leftUrgent - supply.booked)
            hours.append(
                ForecastHour(
                    from: from,
                    until: until,
                    arrivals: pressing + others,
                    demandMinutes: (pressing + others) * minutes,
                    supplyMinutes: supply.booked,
                    onCallMinutes: supply.onCall,
                    unservedMinutes: leftUrgent + left
                )
            )
            from = until
        }
        return hours
    }

    /// Minutes that the doctors have free in a range: to be booked, and beyond that on call.
    ///
    /// Of a doctor who serves several provinces a province has the part of its own demand.
    private func freeMinutes(
        of doctors: [Doctor],
        _ specialty: Specialty,
        _ province: ProvinceID?,
        from: Instant,
        until: Instant,
        at now: Instant
    ) -> (booked: Double, onCall: Double) {
        let national = province.map { nationalPart(specialty, $0) } ?? 1
        var booked = 0.0
        var onCall = 0.0
        for doctor in doctors {
            let licences = Double(doctor.licensedProvinces.count)
            let part = province == nil ? 1 : licences > 0 ? 1 / licences : national
            let time = FreeTime(doctor, at: now)
            var step = from
            while step < until {
                let end = min(step + .minutes(Forecaster.stepMinutes), until)
                let minutes = Double((end - step).wholeMilliseconds) / 60_000 * part
                if time.attends(step, end, onDuty: true),
                    roster.isFree(doctor.id, from: step, until: end, at: now)
                {
                    if time.attends(step, end, onDuty: false) {
                        booked += minutes
                    } else {
                        onCall += minutes
                    }
                }
                step = end
            }
        }
        return (booked, onCall)
    }

    /// What part of a doctor of the whole country a province has.
    private func nationalPart(_ specialty: Specialty, _ province: ProvinceID) -> Double {
        history.share(of: province, specialty)
            ?? 1 / Double(max(Set(roster.sites.map(\.province)).count, 1))
    }

    private static func nextHour(after instant: Instant) -> Instant {
        let hour = Int(instant.milliseconds).floorDivided(by: 3_600_000)
        return Instant(milliseconds: Int64(hour + 1) * 3_600_000)
    }
}

extension Doctor {
    /// Whether the licence covers the province; nil is any.
    func serves(_ province: ProvinceID?) -> Bool {
        guard let province, !licensedProvinces.isEmpty else { return true }
        return licensedProvinces.contains(province)
    }
}
