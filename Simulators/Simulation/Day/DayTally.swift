import CareLoop
import Scheduler
import Signalling
import Vocabulary

/// Counts what happens in a simulated day, and compares forecasts with what came.
struct DayTally {
    private var history = ArrivalHistory()
    private var offers: [BookingID: Instant] = [:]
    private var ends: [BookingID: (state: BookingState, at: Instant)] = [:]
    private var confirmed: Set<BookingID> = []
    private var givenBack: Set<RequestID> = []
    private var moved: Set<RequestID> = []
    private var met: [RequestID: Instant] = [:]
    private var rooms: [SessionID: Set<ParticipantRole>] = [:]
    private var told: [RequestID: WaitForecast] = [:]
    private var planned: [RequestID: Instant] = [:]
    private var expectedArrivals = 0.0
    private var forecastFrom: Instant?

    /// Notes that somebody is in a room; true when that makes it two.
    mutating func came(_ role: ParticipantRole, to session: SessionID) -> Bool {
        rooms[session, default: []].insert(role).inserted && rooms[session]?.count == 2
    }

    /// Takes a record before it is written.
    mutating func note(
        _ record: CareRecord,
        before: [BookingID: Booking],
        at now: Instant
    ) {
        guard case .booking(let booking) = record else { return }
        let earlier = before[booking.id]?.state
        if earlier == nil {
            offers[booking.id] = now
            planned[booking.request] = planned[booking.request] ?? booking.start
            if givenBack.contains(booking.request) { moved.insert(booking.request) }
        }
        guard earlier != booking.state else { return }
        switch booking.state {
        case .confirmed: confirmed.insert(booking.id)
        case .inSession: met[booking.request] = now
        case .declined, .expired, .noShow, .cancelled:
            ends[booking.id] = (booking.state, now)
            if confirmed.contains(booking.id) { givenBack.insert(booking.request) }
        case .fulfilled, .offered, .held, .checkedIn: break
        }
    }

    // MARK: Forecasts

    /// Sums the requests that the forecast expects in the day that begins.
    mutating func expectArrivals(_ loop: CareLoop, _ doctors: [Doctor], at now: Instant) {
        let forecaster = loop.forecaster(history: history, at: now)
        let specialties = Set(doctors.flatMap(\.specialties)).sorted { $0.rawValue < $1.rawValue }
        for specialty in specialties {
            let hours = forecaster.forecast(specialty, province: nil, hours: 24, at: now).hours
            expectedArrivals += hours.reduce(0) { $0 + $1.arrivals }
        }
        forecastFrom = now
    }

    /// What somebody who asks now is told; nil before the last day.
    func foretell(
        _ urgency: Urgency,
        _ specialty: Specialty,
        at site: Site,
        _ loop: CareLoop,
        at now: Instant
    ) -> WaitForecast? {
        guard forecastFrom != nil else { return nil }
        return loop.forecaster(history: history, at: now)
            .forecast(
                specialty,
                province: site.province,
                site: site.id,
                urgencies: [urgency],
                hours: 0,
                at: now
            )
            .waits.first
    }

    /// Notes what a request was told.
    mutating func note(_ forecast: WaitForecast?, toldTo request: RequestID) {
        told[request] = forecast
    }

    /// Counts a request that was asked, and a consult that took place, for the forecasts.
    mutating func learn(_ requests: [ConsultRequest], _ sites: [SiteID: Site], until now: Instant) {
        history = ArrivalHistory()
        for request in requests {
            guard let province = sites[request.site]?.province else { continue }
            history.asked(request.specialty, request.urgency, from: province, at: request.openedAt)
        }
        history.records(from: ConsultDay.start, until: now)
    }

    mutating func learn(_ specialty: Specialty, minutes: Double) {
        history.served(specialty, minutes: minutes)
    }

    // MARK: The report

    func report(
        seed: UInt64,
        sites: [Site],
        doctors: [Doctor],
        ledger: DayLedger,
        lost: Int,
        day: Range<Instant>
    ) -> DayReport {
        // In one order always, so that sums of fractions are the same.
        let requests = ledger.requests.values.filter { day.contains($0.openedAt) }
            .sorted { $0.id < $1.id }
        let bookings = ledger.bookings.values.filter { day.contains($0.madeAt) }
        func ended(_ state: BookingState) -> Int {
            bookings.count { ends[$0.id]?.state == state && $0.state == state }
        }
        return DayReport(
            seed: seed,
            sites: sites.count,
            doctors: doctors.count,
            lines: Urgency.allCases.map { line($0, requests) },
            utilisation: utilisation(of: doctors, ledger, day),
            offers: bookings.count,
            declined: ended(.declined),
            expired: ended(.expired),
            noShows: ended(.noShow),
            moves: requests.count { moved.contains($0.id) },
            overlaps: ledger.overlaps,
            lost: lost,
            foretold: requests.compactMap(foretold),
            expectedArrivals: expectedArrivals,
            actualArrivals: forecastFrom.map { from in
                requests.count { $0.openedAt >= from }
            } ?? 0
        )
    }

    private func line(_ urgency: Urgency, _ requests: [ConsultRequest]) -> DayReport.Line {
        var line = DayReport.Line(urgency: urgency)
        var waits = Samples()
        var seconds: [Int] = []
        for request in requests where request.urgency == urgency {
            line.asked += 1
            switch request.state {
            case .fulfilled: line.served += 1
            case .cancelled: line.cancelled += 1
            case .unmatched: line.unmatched += 1
            case .open, .offered, .matched: line.open += 1
            }
            guard request.state == .fulfilled, let met = met[request.id] else { continue }
            if met <= request.latestStart { line.inTime += 1 }
            let wait = Int((met - request.openedAt).wholeMilliseconds / 1_000)
            waits.add(wait)
            seconds.append(wait)
        }
        line.wait = waits.summary
        seconds.sort()
        if !seconds.isEmpty {
            let rank = (95 * seconds.count + 99) / 100
            line.waitP95 = seconds[max(rank, 1) - 1]
        }
        return line
    }

    private func utilisation(
        of doctors: [Doctor],
        _ ledger: DayLedger,
        _ day: Range<Instant>
    ) -> Double {
        let busy = ledger.bookings.values.reduce(Int64(0)) { sum, booking in
            guard booking.state == .fulfilled else { return sum }
            let from = max(booking.start, day.lowerBound)
            let until = min(booking.end, day.upperBound)
            return sum + max((until - from).wholeMilliseconds, 0)
        }
        let number = LocalTime.dayNumber(of: day.lowerBound)
        let bookable = doctors.reduce(0) { $0 + $1.availability.bookableMinutes(onDay: number) }
        return bookable > 0 ? Double(busy) / 60_000 / Double(bookable) : 0
    }

    /// What a request was told, and what came; nil unless it was told a time and was served or not
    /// in time.
    ///
    /// Who was not served in time has waited until then, and nobody knows how much longer it would
    /// have been: of what was said no more counts either.
    private func foretold(_ request: ConsultRequest) -> ForetoldWait? {
        guard let told = told[request.id], let said = told.waitSeconds else { return nil }
        func seconds(_ instant: Instant) -> Int {
            Int((instant - request.openedAt).wholeMilliseconds / 1_000)
        }
        let isServed = request.state == .fulfilled
        guard let end = isServed ? met[request.id] : request.latestStart,
            isServed || request.state == .unmatched
        else { return nil }
        let seen = seconds(end)
        return ForetoldWait(
            urgency: request.urgency,
            specialty: request.specialty,
            askedAt: request.openedAt,
            saidSeconds: isServed ? said : min(said, seen),
            slipSeconds: told.slipSeconds,
            plannedSeconds: seconds(max(planned[request.id] ?? end, request.openedAt)),
            seenSeconds: seen
        )
    }
}
