import Clinical
import Scheduler
import Signalling
import Store
import Vocabulary

/// What a store in memory answers, in the orders that the protocol states.
extension MemoryTables {
    func readings(
        of patient: PatientNumber,
        from: Instant,
        until: Instant,
        limit: Int
    ) -> [Reading] {
        from < until ? measured.of(patient, from..<until, limit: max(0, limit)) : []
    }

    func readings(since from: Instant, page: ReadingPage.Cursor?) -> ReadingPage {
        measured.page(since: from, after: page)
    }

    func allBindings() -> [DeviceBinding] {
        bindings.values.sorted { left, right in
            left.from != right.from ? left.from < right.from : left.device < right.device
        }
    }

    func alarms(_ filter: AlarmFilter) -> [Alarm] {
        let matching = alarms.values.filter { alarm in
            (filter.site ?? alarm.site) == alarm.site
                && (filter.patient ?? alarm.patient) == alarm.patient
                && (!filter.open || alarm.closedAt == nil)
                && alarm.raisedAt < filter.before ?? .distantFuture
        }
        return newestFirst(matching, at: \.raisedAt, limit: filter.limit)
    }

    func requests(_ filter: RequestFilter) -> [ConsultRequest] {
        let matching = requests.values.filter { request in
            (filter.site ?? request.site) == request.site
                && (filter.states.isEmpty || filter.states.contains(request.state))
                && request.openedAt < filter.before ?? .distantFuture
        }
        return newestFirst(matching, at: \.openedAt, limit: filter.limit)
    }

    func bookings(_ filter: BookingFilter) -> [Booking] {
        let matching = bookings.values.filter { booking in
            (filter.doctor.map(booking.concerned.doctors.contains) ?? true)
                && (filter.site.map(booking.concerned.sites.contains) ?? true)
                && (filter.interpreter.map(booking.concerned.interpreters.contains) ?? true)
                && booking.end > filter.from ?? .distantPast
                && booking.start < filter.until ?? .distantFuture
                && (!filter.live || booking.state.isLive)
                && (filter.state ?? booking.state) == booking.state
        }
        let ordered = matching.sorted { left, right in
            left.start != right.start ? left.start < right.start : left.id < right.id
        }
        return Array(ordered.prefix(max(0, filter.limit)))
    }

    func consultFacts(
        from start: Instant,
        until end: Instant,
        after place: ConsultFact.Place?,
        limit: Int
    ) -> [ConsultFact] {
        let matching = requests.values.filter { request in
            guard start <= request.openedAt, request.openedAt < end, request.isProvisional != true
            else { return false }
            guard let place else { return true }
            return (place.openedAt, place.request) < (request.openedAt, request.id)
        }
        .sorted { ($0.openedAt, $0.id) < ($1.openedAt, $1.id) }
        return matching.prefix(max(0, limit)).map { request in
            let session = request.booking.flatMap { bookings[$0]?.session }
            return ConsultFact(
                request,
                session.flatMap { sessions[$0] },
                sampleAt: request.alarm.flatMap { alarms[$0]?.sampleAt }
            )
        }
    }

    func missedConsults(from start: Instant, until end: Instant) -> [MissedConsults] {
        var counts: [SiteID: [Specialty: Int]] = [:]
        for booking in bookings.values where booking.state == .noShow {
            guard start <= booking.start, booking.start < end,
                let specialty = requests[booking.request]?.specialty
            else { continue }
            counts[booking.site, default: [:]][specialty, default: 0] += 1
        }
        return counts.sorted { $0.key < $1.key }.flatMap { site, specialties in
            specialties.sorted { $0.key.rawValue < $1.key.rawValue }.map { specialty, count in
                MissedConsults(site: site, specialty: specialty, count: count)
            }
        }
    }

    /// Newest first; of two at the same time the one with the greater id.
    func commands(of device: DeviceID, before: CommandID?, limit: Int) -> [DeviceCommand] {
        let last = before.flatMap { commands[$0] }
        let ordered = commands.values.filter { command in
            guard let last else { return command.device == device && before == nil }
            return command.device == device
                && (command.issuedAt, command.id) < (last.issuedAt, last.id)
        }
        .sorted { ($0.issuedAt, $0.id) > ($1.issuedAt, $1.id) }
        return Array(ordered.prefix(max(0, limit)))
    }

    func openCommands() -> [DeviceCommand] {
        commands.values.filter { !$0.state.isFinal }
            .sorted { ($0.issuedAt, $0.id) < ($1.issuedAt, $1.id) }
    }

    func openSessions() -> [SessionRecord] {
        sessions.values.filter { !$0.state.isFinal }.sorted { $0.id < $1.id }
    }

    mutating func revokedTokens(now: Instant) -> [RevokedToken] {
        tokens = tokens.filter { $0.value.expiresAt > now }
        return tokens.values.sorted { $0.id < $1.id }
    }

    func idempotentAnswer(principal: String, key: String) -> IdempotentAnswer? {
        answers[AnswerKey(principal: principal, key: key)]
    }

    func auditEntries(_ filter: AuditFilter) -> [AuditedEntry] {
        let matching = audit.reversed().lazy.filter { audited in
            let entry = audited.entry
            return (filter.principal ?? entry.principal) == entry.principal
                && (filter.object ?? entry.object) == entry.object
                && entry.at >= filter.from ?? .distantPast
                && entry.at < filter.until ?? .distantFuture
                && audited.sequence < filter.before ?? .max
        }
        return Array(matching.prefix(max(0, filter.limit)))
    }

    func verify() -> VerificationReport {
        var last: AuditedEntry?
        for audited in audit {
            let expected = AuditChain.follow(last, with: audited.entry)
            guard audited == expected else {
                return VerificationReport(
                    databaseProblems: [],
                    auditEntries: expected.sequence,
                    firstBadAuditSequence: expected.sequence
                )
            }
            last = audited
        }
        return VerificationReport(
            databaseProblems: [],
            auditEntries: Int64(audit.count),
            firstBadAuditSequence: nil
        )
    }

    private func newestFirst<Record: Identifiable>(
        _ records: [Record],
        at instant: (Record) -> Instant,
        limit: Int
    ) -> [Record] where Record.ID: Comparable {
        let ordered = records.sorted { left, right in
            let (first, second) = (instant(left), instant(right))
            return first != second ? first > second : left.id > right.id
        }
        return Array(ordered.prefix(max(0, limit)))
    }
}
