public import Clinical
import EventLoop
public import Scheduler
public import Signalling
public import Store
public import Vocabulary

/// A store in memory with the rules of the real ones, for tests and for simulated nations.
///
/// What a call has written survives `crash`, as it survives power loss in the others.
public final class MemoryStore: Store {
    private struct State {
        var tables: MemoryTables
        var isClosed = false
    }

    private let state: Guarded<State>

    /// An empty store; `quarantineRows` bounds the refused payloads.
    public convenience init(
        quarantineRows: Int = 100_000,
        retention: Retention = Retention()
    ) {
        self.init(MemoryTables(quarantineRows: quarantineRows, retention: retention))
    }

    private init(_ tables: MemoryTables) {
        state = Guarded(State(tables: tables))
    }

    /// Ends this store, whose callers get `closed` from now on, and gives the one that a restarted
    /// process opens: everything that was committed, nothing else.
    public func crash() -> MemoryStore {
        let survived = state.withLock { state in
            state.isClosed = true
            return state.tables
        }
        return MemoryStore(survived)
    }

    /// Spoils the audit entry with this number, as somebody with access to the file would.
    public func tamper(withAudit sequence: Int64) {
        state.withLock { $0.tables.tamper(withAudit: sequence) }
    }

    private func access<Result: Sendable>(
        _ body: @Sendable (inout MemoryTables) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try state.withLock { (state) throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            return try body(&state.tables)
        }
    }

    // MARK: Ingest and changes

    /// Commits one batch, whole or not at all.
    public func commit(_ batch: IngestBatch) async throws(StoreError) -> IngestOutcome {
        try access { (tables) throws(StoreError) in try tables.commit(batch) }
    }

    /// Applies the changes in their order, or none of them.
    public func apply(_ changes: [Change]) async throws(StoreError) {
        try access { (tables) throws(StoreError) in try tables.apply(changes) }
    }

    /// Appends one entry to the audit chain.
    public func audit(_ entry: AuditEntry) async throws(StoreError) {
        try access { (tables) throws(StoreError) in try tables.apply([.audit(entry)]) }
    }

    // MARK: Reads

    /// Every site.
    public func sites() async throws(StoreError) -> [Site] {
        try access { (tables) throws(StoreError) in tables.sites.values.sorted { $0.id < $1.id } }
    }

    /// Every doctor.
    public func doctors() async throws(StoreError) -> [Doctor] {
        try access { (tables) throws(StoreError) in tables.doctors.values.sorted { $0.id < $1.id } }
    }

    /// Every interpreter.
    public func interpreters() async throws(StoreError) -> [Interpreter] {
        try access { (tables) throws(StoreError) in
            tables.interpreters.values.sorted { $0.id < $1.id }
        }
    }

    /// Every patient.
    public func patients() async throws(StoreError) -> [Patient] {
        try access { (tables) throws(StoreError) in tables.patients.values.sorted { $0.id < $1.id }
        }
    }

    /// Every device, removed ones too.
    public func devices() async throws(StoreError) -> [Device] {
        try access { (tables) throws(StoreError) in tables.devices.values.sorted { $0.id < $1.id } }
    }

    /// Every binding, oldest first.
    public func bindings() async throws(StoreError) -> [DeviceBinding] {
        try access { (tables) throws(StoreError) in tables.allBindings() }
    }

    /// Every boot that a reading or a receipt refers to.
    public func boots() async throws(StoreError) -> [DeviceBoot] {
        try access { (tables) throws(StoreError) in tables.measured.allBoots() }
    }

    /// Every account.
    public func users() async throws(StoreError) -> [UserAccount] {
        try access { (tables) throws(StoreError) in tables.users.values.sorted { $0.id < $1.id } }
    }

    /// The patient's readings with event time in the half-open range, oldest first, at most `limit`.
    public func readings(
        of patient: PatientNumber,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Reading] {
        try access { (tables) throws(StoreError) in
            tables.readings(of: patient, from: from, until: until, limit: limit)
        }
    }

    /// Every reading with event time at or after `from`, a page at a time.
    ///
    /// The caller passes the last page's `next` until it is nil.
    public func readings(
        since from: Instant,
        page: ReadingPage.Cursor?
    ) async throws(StoreError) -> ReadingPage {
        try access { (tables) throws(StoreError) in tables.readings(since: from, page: page) }
    }

    /// The patient's minutes or hours that begin in the half-open range, oldest first.
    public func aggregates(
        of patient: PatientNumber,
        _ resolution: Aggregate.Resolution,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Aggregate] {
        guard from < until, limit > 0 else { return [] }
        return try access { (tables) throws(StoreError) in
            tables.measured.aggregates(of: patient, resolution, from..<until, limit: limit)
        }
    }

    /// Which sequence numbers of the boot are durable, as closed ranges in ascending order,
    /// quarantined ones included.
    public func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) async throws(StoreError) -> [ClosedRange<Int64>] {
        try access { (tables) throws(StoreError) in
            tables.measured.durable(device: device, boot: boot)
        }
    }

    /// How many readings are stored.
    public func readingCount() async throws(StoreError) -> Int {
        try access { (tables) throws(StoreError) in tables.measured.count }
    }

    /// Refused payloads, newest first.
    public func quarantine(
        limit: Int,
        before: Int64?
    ) async throws(StoreError) -> [QuarantinedPayload] {
        try access { (tables) throws(StoreError) in
            tables.measured.quarantine(limit: max(0, limit), before: before)
        }
    }

    /// How many refused payloads were dropped for want of room since the store was made.
    public func quarantineDropped() async throws(StoreError) -> Int {
        try access { (tables) throws(StoreError) in tables.measured.dropped }
    }

    /// One refused payload, or nil.
    public func quarantined(id: Int64) async throws(StoreError) -> QuarantinedPayload? {
        try access { (tables) throws(StoreError) in tables.measured.payload(id) }
    }

    /// One command, or nil.
    public func command(_ id: CommandID) async throws(StoreError) -> DeviceCommand? {
        try access { (tables) throws(StoreError) in tables.commands[id] }
    }

    /// The device's commands before this one in the list, newest first.
    public func commands(
        of device: DeviceID,
        before: CommandID?,
        limit: Int
    ) async throws(StoreError) -> [DeviceCommand] {
        try access { (tables) throws(StoreError) in
            tables.commands(of: device, before: before, limit: limit)
        }
    }

    /// Commands that are not over, oldest first.
    public func openCommands() async throws(StoreError) -> [DeviceCommand] {
        try access { (tables) throws(StoreError) in tables.openCommands() }
    }

    /// Alarms that match, newest first.
    public func alarms(_ filter: AlarmFilter) async throws(StoreError) -> [Alarm] {
        try access { (tables) throws(StoreError) in tables.alarms(filter) }
    }

    /// One alarm, or nil.
    public func alarm(_ id: AlarmID) async throws(StoreError) -> Alarm? {
        try access { (tables) throws(StoreError) in tables.alarms[id] }
    }

    /// Requests that match, newest first.
    public func requests(_ filter: RequestFilter) async throws(StoreError) -> [ConsultRequest] {
        try access { (tables) throws(StoreError) in tables.requests(filter) }
    }

    /// One request, or nil.
    public func request(_ id: RequestID) async throws(StoreError) -> ConsultRequest? {
        try access { (tables) throws(StoreError) in tables.requests[id] }
    }

    /// The facts of requests opened in the half-open range, after a place, oldest first.
    public func consultFacts(
        from start: Instant,
        until end: Instant,
        after place: ConsultFact.Place?,
        limit: Int
    ) async throws(StoreError) -> [ConsultFact] {
        try access { (tables) throws(StoreError) in
            tables.consultFacts(from: start, until: end, after: place, limit: limit)
        }
    }

    /// No-shows among the bookings that began in the half-open range, by site and specialty.
    public func missedConsults(
        from start: Instant,
        until end: Instant
    ) async throws(StoreError) -> [MissedConsults] {
        try access { (tables) throws(StoreError) in
            tables.missedConsults(from: start, until: end)
        }
    }

    /// Bookings that match, by start.
    public func bookings(_ filter: BookingFilter) async throws(StoreError) -> [Booking] {
        try access { (tables) throws(StoreError) in tables.bookings(filter) }
    }

    /// One booking, or nil.
    public func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try access { (tables) throws(StoreError) in tables.bookings[id] }
    }

    /// One session, or nil.
    public func session(_ id: SessionID) async throws(StoreError) -> SessionRecord? {
        try access { (tables) throws(StoreError) in tables.sessions[id] }
    }

    /// The last lines of a session's chat, oldest first.
    public func chat(
        of session: SessionID,
        last count: Int
    ) async throws(StoreError) -> [ChatRecord] {
        try access { (tables) throws(StoreError) in
            Array((tables.chat[session] ?? []).suffix(count))
        }
    }

    /// The line of the chat that a writer gave this id, or nil.
    public func chatLine(
        of session: SessionID,
        from sender: ParticipantID,
        message: String
    ) async throws(StoreError) -> ChatRecord? {
        try access { (tables) throws(StoreError) in
            tables.chat[session]?.first { $0.from == sender && $0.message == message }
        }
    }

    /// Sessions that are not over.
    public func openSessions() async throws(StoreError) -> [SessionRecord] {
        try access { (tables) throws(StoreError) in tables.openSessions() }
    }

    /// The places in the signalling, and the rooms that the server before handed on.
    public func places() async throws(StoreError) -> StoredPlaces {
        try access { (tables) throws(StoreError) in tables.places }
    }

    /// Access tokens revoked before their expiry, by their id; expired ones are dropped.
    public func revokedTokens(now: Instant) async throws(StoreError) -> [RevokedToken] {
        try access { (tables) throws(StoreError) in tables.revokedTokens(now: now) }
    }

    /// The answer kept for this principal and idempotency key, or nil.
    public func idempotentAnswer(
        principal: String,
        key: String
    ) async throws(StoreError) -> IdempotentAnswer? {
        try access { (tables) throws(StoreError) in
            tables.idempotentAnswer(principal: principal, key: key)
        }
    }

    /// Audit entries that match, newest first.
    public func auditEntries(_ filter: AuditFilter) async throws(StoreError) -> [AuditedEntry] {
        try access { (tables) throws(StoreError) in tables.auditEntries(filter) }
    }

    /// Checks the database's integrity and the audit chain from its first row.
    public func verify() async throws(StoreError) -> VerificationReport {
        try access { (tables) throws(StoreError) in tables.verify() }
    }

    /// Does nothing: a store in memory has no file to copy.
    public func backup(to directory: String) async throws(StoreError) {
        try access { _ in }
    }

    /// Finishes what is under way and closes.
    public func close() async {
        state.withLock { $0.isClosed = true }
    }
}
