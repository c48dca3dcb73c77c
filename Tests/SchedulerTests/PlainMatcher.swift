import Scheduler
import Vocabulary

/// The rules once more, slow and plain: every doctor, every start that could matter, every booking.
///
/// It shares nothing with the search but the records, so that the two can be compared.
struct PlainMatcher {
    static let rules = [
        "language", "licence", "tier", "declined", "window", "patientFree", "station",
        "siteOpen", "attendance", "doctorFree", "dailyLoad", "unbrokenRun",
    ]
    private static let overrun: Duration = .minutes(5)

    var sites: [Site]
    var doctors: [Doctor]
    var bookings: [Booking] = []

    /// Each doctor who may serve with the earliest start, and how many each rule refused first.
    func answer(
        _ request: ConsultRequest,
        at now: Instant,
        lead: Duration = .zero,
        isOverdue: Bool = false,
        waived: Set<String> = []
    ) -> (served: [DoctorID: Instant], refused: [String: Int]) {
        guard let site = sites.first(where: { $0.id == request.site }) else { return ([:], [:]) }
        var last = request.deadline - request.duration
        if isOverdue { last = now + .hours(2) }
        if waived.contains("window") { last = max(now, request.latestStart) + .hours(7 * 24) }
        let soonest = max(now, request.earliest)
        let withLead = max(now + lead, request.earliest)
        let first = withLead <= last ? withLead : soonest
        var served: [DoctorID: Instant] = [:]
        var refused: [String: Int] = [:]
        for doctor in doctors
        where
            doctor.specialties.contains(request.specialty) || waived.contains("specialty")
        {
            func refusal(_ start: Instant) -> String? {
                PlainMatcher.rules.first { rule in
                    !waived.contains(rule)
                        && !permits(rule, request, site, doctor, start, now, isOverdue)
                }
            }
            let starts = starts(doctor, request, first, last, now)
            if let start = starts.first(where: { refusal($0) == nil }) {
                served[doctor.id] = start
            } else {
                refused[refusal(onGrid(first, request)) ?? "window", default: 0] += 1
            }
        }
        return (served, refused)
    }

    private func permits(
        _ rule: String,
        _ request: ConsultRequest,
        _ site: Site,
        _ doctor: Doctor,
        _ start: Instant,
        _ now: Instant,
        _ isOverdue: Bool
    ) -> Bool {
        let end = start + request.duration
        switch rule {
        case "language":
            return request.languages.isEmpty
                || !Set(request.languages).isDisjoint(with: doctor.languages)
        case "licence":
            return doctor.licensedProvinces.isEmpty
                || doctor.licensedProvinces.contains(site.province)
        case "tier":
            let tier = sites.first { $0.id == doctor.hospital }?.tier ?? .commune
            return request.urgency > .urgent || tier <= .provincial
        case "declined":
            return !(request.declinedBy + request.unansweredBy).contains(doctor.id)
        case "window":
            return start >= request.earliest && (isOverdue || end <= request.deadline)
        case "patientFree":
            return !live.contains {
                $0.patient == request.patient && $0.start < end && start < until($0.end, $0, now)
            }
        case "station":
            let others = live.filter {
                $0.site == site.id && $0.start < end && start < until($0.end, $0, now)
            }
            let peak = ([start] + others.map { max($0.start, start) }).map { instant in
                others.count { $0.start <= instant && instant < until($0.end, $0, now) }
            }.max()
            return (peak ?? 0) < site.stations
        case "siteOpen":
            guard request.urgency > .urgent, let opening = site.opening else { return true }
            let hours = Availability(weekly: opening)
            return instants(of: hours, start, end).allSatisfy { isBookable(hours, $0) }
        case "attendance": return attends(doctor, request, start, now)
        case "doctorFree":
            let free = end + .minutes(doctor.bufferMinutes)
            return !live.contains {
                $0.doctor == doctor.id && $0.start < free
                    && start < until($0.doctorFreeAt, $0, now)
            }
        case "dailyLoad":
            guard let limit = doctor.dailyLoadMinutes, request.urgency != .emergency else {
                return true
            }
            let day = LocalTime.dayNumber(of: start)
            let load = work(of: doctor).filter { LocalTime.dayNumber(of: $0.start) == day }
                .reduce(0) { $0 + Int(($1.end - $1.start).wholeMilliseconds / 60_000) }
            return load + request.durationMinutes <= limit
        case "unbrokenRun":
            guard let limit = doctor.longestRunMinutes, request.urgency != .emergency else {
                return true
            }
            return run(of: doctor, from: start, end + .minutes(doctor.bufferMinutes), now)
                <= .minutes(limit)
        default: return false
        }
    }

    /// How long the doctor works who works in that time, too, and has no quarter of an hour off.
    private func run(
        of doctor: Doctor,
        from start: Instant,
        _ end: Instant,
        _ now: Instant
    ) -> Duration {
        var (from, until) = (start, end)
        let stretches = work(of: doctor).map { ($0.start, self.until($0.doctorFreeAt, $0, now)) }
        for _ in stretches {
            for (begin, end) in stretches
            where begin - until < .minutes(15) && from - end < .minutes(15) {
                from = min(from, begin)
                until = max(until, end)
            }
        }
        return until - from
    }

    /// What the doctor has to do and has done.
    private func work(of doctor: Doctor) -> [Booking] {
        bookings.filter {
            $0.doctor == doctor.id && ($0.state.isLive || $0.state == .fulfilled)
        }
    }

    private func attends(
        _ doctor: Doctor,
        _ request: ConsultRequest,
        _ start: Instant,
        _ now: Instant
    ) -> Bool {
        let isSoon = start < now + .minutes(15)
        if doctor.presence != .off, isSoon { return true }
        let end = start + request.duration
        let boundaries = instants(of: doctor.availability, start, end)
        if request.urgency <= .urgent,
            boundaries.allSatisfy({ at in
                doctor.availability.onCall.contains { $0.contains(at) }
            })
        {
            return true
        }
        if doctor.presence == .off, isSoon { return false }
        return boundaries.allSatisfy { isBookable(doctor.availability, $0) }
    }

    /// The start, and every instant of the range at which something begins or ends.
    private func instants(
        of availability: Availability,
        _ start: Instant,
        _ end: Instant
    ) -> [Instant] {
        [start] + boundaries(availability, start, end).filter { start < $0 && $0 < end }
    }

    private func isBookable(_ availability: Availability, _ at: Instant) -> Bool {
        if availability.additions.contains(where: { $0.contains(at) }) { return true }
        if availability.absences.contains(where: { $0.contains(at) }) { return false }
        let today = LocalTime.dayNumber(of: at)
        return [today - 1, today].contains { day in
            let midnight = LocalTime.midnight(ofDay: day)
            return availability.weekly.contains {
                $0.weekday == LocalTime.weekday(ofDay: day)
                    && midnight + .minutes($0.fromMinute) <= at
                    && at < midnight + .minutes($0.untilMinute)
            }
        }
    }

    /// Every start at which an answer could turn from no to yes.
    private func starts(
        _ doctor: Doctor,
        _ request: ConsultRequest,
        _ first: Instant,
        _ last: Instant,
        _ now: Instant
    ) -> [Instant] {
        var starts = [first, request.earliest, now + .minutes(15)]
        starts += live.flatMap { [until($0.end, $0, now), until($0.doctorFreeAt, $0, now)] }
        starts += boundaries(doctor.availability, first, last)
        let ends = work(of: doctor).map { until($0.doctorFreeAt, $0, now) }
        starts += ends.map { $0 + .minutes(15) }
        if let limit = doctor.longestRunMinutes { starts += ends.map { $0 - .minutes(limit) } }
        let days =
            LocalTime.dayNumber(
                of: first
            )...max(
                LocalTime.dayNumber(of: first),
                LocalTime.dayNumber(of: last)
            )
        starts += days.map { LocalTime.midnight(ofDay: $0 + 1) }
        let opening = sites.first { $0.id == request.site }?.opening ?? []
        starts += boundaries(Availability(weekly: opening), first, last)
        return Set(starts.filter { $0 >= first }.map { onGrid($0, request) })
            .filter { $0 <= last }.sorted()
    }

    private func boundaries(
        _ availability: Availability,
        _ from: Instant,
        _ until: Instant
    ) -> [Instant] {
        let dated = availability.absences + availability.additions + availability.onCall
        var boundaries = dated.flatMap { [$0.from, $0.until] }
        let first = LocalTime.dayNumber(of: from) - 1
        for day in first...max(first, LocalTime.dayNumber(of: until) + 1) {
            for window in availability.weekly
            where window.weekday == LocalTime.weekday(ofDay: day) {
                let midnight = LocalTime.midnight(ofDay: day)
                boundaries.append(midnight + .minutes(window.fromMinute))
                boundaries.append(midnight + .minutes(window.untilMinute))
            }
        }
        return boundaries
    }

    private func onGrid(_ start: Instant, _ request: ConsultRequest) -> Instant {
        guard request.urgency == .routine else { return start }
        return Instant(milliseconds: (start.milliseconds + 299_999) / 300_000 * 300_000)
    }

    private var live: [Booking] { bookings.filter(\.state.isLive) }

    private func until(_ end: Instant, _ booking: Booking, _ now: Instant) -> Instant {
        booking.state == .inSession ? max(end, now + PlainMatcher.overrun) : end
    }
}
