import CareLoop
import Scheduler
import Store
import Vocabulary

/// Keeps what was asked of late, so that a forecast reads only what is new since the last one.
actor ForecastDesk {
    /// How old the history may be before it is read again.
    static let freshFor: Duration = .minutes(1)
    /// Records that one look at the store reads.
    private static let page = 5_000
    /// Most requests, and most consults, that are read in one go.
    private static let limit = 500_000

    private let store: any Store
    private let directory: Directory
    private var history = ArrivalHistory()
    private var readUntil: Instant?
    /// Where the records of a young deployment begin.
    private var firstAsked: Instant?

    init(store: any Store, directory: Directory) {
        self.store = store
        self.directory = directory
    }

    /// The history as it is now; one that is a minute old is given as it is.
    func history(at now: Instant) async throws -> ArrivalHistory {
        let week = now - .hours(24 * ArrivalHistory.days)
        let from = max(readUntil ?? week, week)
        if let readUntil, now - readUntil < ForecastDesk.freshFor { return history }
        // Noted before anything is awaited: two calls at once must not count the same twice.
        readUntil = now
        do {
            let requests = try await requests(from: from, until: now)
            let consults = try await consults(from: from, until: now)
            var specialties: [RequestID: Specialty] = [:]
            for request in requests {
                specialties[request.id] = request.specialty
                guard let province = await directory.site(request.site)?.province else { continue }
                history.asked(
                    request.specialty,
                    request.urgency,
                    from: province,
                    at: request.openedAt,
                    in: request.languages
                )
            }
            for booking in consults {
                guard let specialty = try await specialty(of: booking, specialties) else {
                    continue
                }
                let minutes = Double((booking.end - booking.start).wholeMilliseconds) / 60_000
                history.served(specialty, minutes: minutes)
            }
            if firstAsked == nil { firstAsked = requests.last?.openedAt }
            history.records(from: max(firstAsked ?? now, week), until: now)
            return history
        } catch {
            readUntil = nil
            history = ArrivalHistory()
            throw error
        }
    }

    /// The requests opened in the range, newest first.
    func requests(from start: Instant, until end: Instant) async throws -> [ConsultRequest] {
        var found: [ConsultRequest] = []
        var before = end
        while found.count < ForecastDesk.limit {
            let page = try await store.requests(
                RequestFilter(before: before, limit: ForecastDesk.page)
            )
            found += page.filter { $0.openedAt >= start }
            guard let oldest = page.last?.openedAt, page.count == ForecastDesk.page,
                oldest >= start, oldest < before
            else { break }
            before = oldest
        }
        return found
    }

    /// The consults that ended in the range with an outcome, oldest first.
    func consults(from start: Instant, until end: Instant) async throws -> [Booking] {
        let bookings = try await store.bookings(
            BookingFilter(from: start, until: end, limit: ForecastDesk.limit)
        )
        return bookings.filter { $0.state == .fulfilled && $0.end <= end }
    }

    private func specialty(
        of booking: Booking,
        _ known: [RequestID: Specialty]
    ) async throws -> Specialty? {
        if let specialty = known[booking.request] { return specialty }
        return try await store.request(booking.request)?.specialty
    }
}
