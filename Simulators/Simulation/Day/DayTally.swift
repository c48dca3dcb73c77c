import CareLoop
import Scheduler
import Signalling
import Vocabulary

/// Counts what happens in a simulated day, and compares forecasts with what came.
struct DayTally {
    /// One look at the forecast: the waits of each specialty, by urgency.
    private struct Look {
        let at: Instant
        let waits: [Specialty: [Urgency: Int]]
    }

    private var history = ArrivalHistory()
    private var offers: [BookingID: Instant] = [:]
    private var ends: [BookingID: (state: BookingState, at: Instant)] = [:]
    private var confirmed: Set<BookingID> = []
    private var givenBack: Set<RequestID> = []
    private var moved: Set<RequestID> = []
    private var met: [RequestID: Instant] = [:]
    private var rooms: [SessionID: Set<ParticipantRole>] = [:]
    private var looks: [Look] = []
    private var expectedArrivals = 0.0
    private var forecastFrom: Instant?

    /// How old a forecast may be that a request is compared with.
    private static let fresh: Duration = .minutes(30)

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

    /// Asks the forecast of every specialty, once for the whole day and again for the wait now.
    mutating func forecast(_ loop: CareLoop, _ doctors: [Doctor], at now: Instant) {
        let forecaster = loop.forecaster(history: history)
        let specialties = Set(doctors.flatMap(\.specialties)).sorted { $0.rawValue < $1.rawValue }
        var waits: [Specialty: [Urgency: Int]] = [:]
        for specialty in specialties {
            let isFirst = forecastFrom == nil
            let forecast = forecaster.forecast(
                specialty,
                province: nil,
                hours: isFirst ? 24 : 1,
                at: now
            )
            if isFirst { expectedArrivals += forecast.hours.reduce(0) { $0 + $1.arrivals } }
            for wait in forecast.waits {
                waits[specialty, default: [:]][wait.urgency] = wait.waitSeconds
            }
        }
        forecastFrom = forecastFrom ?? now
        looks.append(Look(at: now, waits: waits))
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
            calibration: Urgency.allCases.compactMap { calibration($0, requests) },
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

    /// What was expected of the wait of each request, and what came.
    private func calibration(
        _ urgency: Urgency,
        _ requests: [ConsultRequest]
    ) -> DayReport.Calibration? {
        var pairs: [(expected: Double, actual: Double)] = []
        for request in requests where request.urgency == urgency && request.state == .fulfilled {
            guard let met = met[request.id],
                let look = looks.last(where: { $0.at <= request.openedAt }),
                request.openedAt - look.at <= DayTally.fresh,
                let seconds = look.waits[request.specialty]?[urgency]
            else { continue }
            // What was expected of a start holds for whoever asks a little later, too.
            let expected =
                Double(seconds) - Double((request.openedAt - look.at).wholeMilliseconds) / 1_000
            let actual = Double((met - request.openedAt).wholeMilliseconds) / 1_000
            pairs.append((max(expected, 0) / 60, actual / 60))
        }
        guard !pairs.isEmpty else { return nil }
        let count = Double(pairs.count)
        return DayReport.Calibration(
            urgency: urgency,
            count: pairs.count,
            expectedMinutes: pairs.reduce(0) { $0 + $1.expected } / count,
            actualMinutes: pairs.reduce(0) { $0 + $1.actual } / count,
            meanErrorMinutes: pairs.reduce(0) { $0 + abs($1.expected - $1.actual) } / count
        )
    }
}
