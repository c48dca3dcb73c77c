import Clinical
import EventLoop
import Scheduler
import Signalling
import Store
import Vocabulary

/// A store whose commits wait at a gate while it is closed.
final class GatedStore: Store {
    private struct State {
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals: [CheckedContinuation<Void, Never>] = []
    }

    private let store: any Store
    private let state = Guarded(State())

    init(_ store: any Store) {
        self.store = store
    }

    /// Lets no commit through from now on.
    func closeGate() {
        state.withLock { $0.isClosed = true }
    }

    /// Lets the commits that wait, and all others, through.
    func openGate() {
        let waiting = state.withLock { state in
            state.isClosed = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Lets the commits through that wait, and no others.
    func openOnce() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when a commit waits at the gate.
    func arrival() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if !state.waiting.isEmpty { return true }
                state.arrivals.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func write<Result>(
        _ body: () async throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        await withCheckedContinuation { continuation in
            let next: (isOpen: Bool, arrivals: [CheckedContinuation<Void, Never>]) =
                state.withLock { state in
                    guard state.isClosed else { return (true, []) }
                    state.waiting.append(continuation)
                    defer { state.arrivals = [] }
                    return (false, state.arrivals)
                }
            for arrival in next.arrivals { arrival.resume() }
            if next.isOpen { continuation.resume() }
        }
        return try await body()
    }

    // MARK: Writes

    /// Commits the batch, once the gate is open.
    func commit(_ batch: IngestBatch) async throws(StoreError) -> IngestOutcome {
        try await write { () throws(StoreError) in try await store.commit(batch) }
    }

    /// Applies the changes, once the gate is open.
    func apply(_ changes: [Change]) async throws(StoreError) {
        try await write { () throws(StoreError) in try await store.apply(changes) }
    }

    /// Appends the entry, once the gate is open.
    func audit(_ entry: AuditEntry) async throws(StoreError) {
        try await write { () throws(StoreError) in try await store.audit(entry) }
    }

    // MARK: The rest goes through

    /// Every site.
    func sites() async throws(StoreError) -> [Site] {
        try await store.sites()
    }

    /// Every doctor.
    func doctors() async throws(StoreError) -> [Doctor] {
        try await store.doctors()
    }

    func interpreters() async throws(StoreError) -> [Interpreter] {
        try await store.interpreters()
    }

    /// Every patient.
    func patients() async throws(StoreError) -> [Patient] {
        try await store.patients()
    }

    /// Every device, removed ones too.
    func devices() async throws(StoreError) -> [Device] {
        try await store.devices()
    }

    /// Every binding, oldest first.
    func bindings() async throws(StoreError) -> [DeviceBinding] {
        try await store.bindings()
    }

    /// Every boot that a reading or a receipt refers to.
    func boots() async throws(StoreError) -> [DeviceBoot] {
        try await store.boots()
    }

    /// Every account.
    func users() async throws(StoreError) -> [UserAccount] {
        try await store.users()
    }

    /// The patient's readings with event time in the half-open range, oldest first, at most `limit`.
    func readings(
        of patient: PatientNumber,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Reading] {
        try await store.readings(of: patient, from: from, until: until, limit: limit)
    }

    /// Every reading with event time at or after `from`, oldest first, a page at a time.
    ///
    /// The caller passes the last page's `next` until it is nil.
    func readings(
        since from: Instant,
        page: ReadingPage.Cursor?
    ) async throws(StoreError) -> ReadingPage {
        try await store.readings(since: from, page: page)
    }

    /// The patient's minutes or hours that begin in the half-open range, oldest first.
    func aggregates(
        of patient: PatientNumber,
        _ resolution: Aggregate.Resolution,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Aggregate] {
        try await store.aggregates(of: patient, resolution, from: from, until: until, limit: limit)
    }

    /// Which sequence numbers of the boot are durable, as closed ranges in ascending order,
    /// quarantined ones included.
    func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) async throws(StoreError) -> [ClosedRange<Int64>] {
        try await store.durableSequences(device: device, boot: boot)
    }

    /// How many readings are stored.
    func readingCount() async throws(StoreError) -> Int {
        try await store.readingCount()
    }

    /// Refused payloads, newest first.
    func quarantine(
        limit: Int,
        before: Int64?
    ) async throws(StoreError) -> [QuarantinedPayload] {
        try await store.quarantine(limit: limit, before: before)
    }

    /// How many refused payloads were dropped for want of room since the store was made.
    func quarantineDropped() async throws(StoreError) -> Int {
        try await store.quarantineDropped()
    }

    /// One refused payload, or nil.
    func quarantined(id: Int64) async throws(StoreError) -> QuarantinedPayload? {
        try await store.quarantined(id: id)
    }

    /// One command, or nil.
    func command(_ id: CommandID) async throws(StoreError) -> DeviceCommand? {
        try await store.command(id)
    }

    /// The device's commands before this one in the list, newest first.
    func commands(
        of device: DeviceID,
        before: CommandID?,
        limit: Int
    ) async throws(StoreError) -> [DeviceCommand] {
        try await store.commands(of: device, before: before, limit: limit)
    }

    /// Commands that are not over, oldest first.
    func openCommands() async throws(StoreError) -> [DeviceCommand] {
        try await store.openCommands()
    }

    /// Alarms that match, newest first.
    func alarms(_ filter: AlarmFilter) async throws(StoreError) -> [Alarm] {
        try await store.alarms(filter)
    }

    /// One alarm, or nil.
    func alarm(_ id: AlarmID) async throws(StoreError) -> Alarm? {
        try await store.alarm(id)
    }

    /// Requests that match, newest first.
    func requests(_ filter: RequestFilter) async throws(StoreError) -> [ConsultRequest] {
        try await store.requests(filter)
    }

    /// The facts of requests opened in the half-open range, after a place, oldest first.
    func consultFacts(
        from start: Instant,
        until end: Instant,
        after place: ConsultFact.Place?,
        limit: Int
    ) async throws(StoreError) -> [ConsultFact] {
        try await store.consultFacts(from: start, until: end, after: place, limit: limit)
    }

    /// No-shows among the bookings that began in the half-open range, by site and specialty.
    func missedConsults(
        from start: Instant,
        until end: Instant
    ) async throws(StoreError) -> [MissedConsults] {
        try await store.missedConsults(from: start, until: end)
    }

    /// One request, or nil.
    func request(_ id: RequestID) async throws(StoreError) -> ConsultRequest? {
        try await store.request(id)
    }

    /// Bookings that match, by start.
    func bookings(_ filter: BookingFilter) async throws(StoreError) -> [Booking] {
        try await store.bookings(filter)
    }

    /// One booking, or nil.
    func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await store.booking(id)
    }

    /// One session, or nil.
    func session(_ id: SessionID) async throws(StoreError) -> SessionRecord? {
        try await store.session(id)
    }

    /// The last lines of a session's chat, oldest first.
    func chat(of session: SessionID, last count: Int) async throws(StoreError) -> [ChatRecord] {
        try await store.chat(of: session, last: count)
    }

    /// The line of the chat that a writer gave this id, or nil.
    func chatLine(
        of session: SessionID,
        from sender: ParticipantID,
        message: String
    ) async throws(StoreError) -> ChatRecord? {
        try await store.chatLine(of: session, from: sender, message: message)
    }

    /// Sessions that are not over.
    func openSessions() async throws(StoreError) -> [SessionRecord] {
        try await store.openSessions()
    }

    /// The places in the signalling, and the rooms that the server before handed on.
    func places() async throws(StoreError) -> StoredPlaces {
        try await store.places()
    }

    /// Access tokens revoked before their expiry, by their id; expired ones are dropped.
    func revokedTokens(now: Instant) async throws(StoreError) -> [RevokedToken] {
        try await store.revokedTokens(now: now)
    }

    /// The answer kept for this principal and idempotency key, or nil.
    func idempotentAnswer(
        principal: String,
        key: String
    ) async throws(StoreError) -> IdempotentAnswer? {
        try await store.idempotentAnswer(principal: principal, key: key)
    }

    /// Audit entries that match, newest first.
    func auditEntries(_ filter: AuditFilter) async throws(StoreError) -> [AuditedEntry] {
        try await store.auditEntries(filter)
    }

    /// Checks the database's integrity and the audit chain from its first row.
    func verify() async throws(StoreError) -> VerificationReport {
        try await store.verify()
    }

    /// Writes a consistent copy while work goes on.
    func backup(to directory: String) async throws(StoreError) {
        try await store.backup(to: directory)
    }

    /// Finishes what is under way and closes.
    func close() async {
        await store.close()
    }
}
