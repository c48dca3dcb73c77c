public import Clinical
import EventLoop
public import Scheduler
public import Signalling
public import Store
public import Vocabulary

/// A store whose next writes fail as they are told to.
public final class FaultyStore: Store {
    /// How a write fails.
    public enum Fault: Sendable, Equatable {
        /// Nothing is written.
        case refused(StoreError)
        /// It is written, but the caller never learns: the answer is lost after the commit.
        case answerLost(StoreError)
    }

    private let store: any Store
    private let faults = Guarded<[Fault]>([])
    private let standing = Guarded<Fault?>(nil)

    /// A store in front of another, without faults at first.
    public init(_ store: any Store) {
        self.store = store
    }

    /// Makes the next `count` writes (`commit`, `apply` or `audit`) fail.
    public func failNext(_ count: Int, _ fault: Fault = .refused(.diskFull)) {
        faults.withLock { $0 += Array(repeating: fault, count: count) }
    }

    /// Makes the next write fail.
    public func failNext(_ fault: Fault = .refused(.diskFull)) {
        failNext(1, fault)
    }

    /// Makes every write fail until `mend`.
    public func breakDown(_ fault: Fault) {
        standing.withLock { $0 = fault }
    }

    /// Lets writes work again.
    public func mend() {
        standing.withLock { $0 = nil }
    }

    /// How many writes are still to fail.
    public var faultsLeft: Int { faults.withLock(\.count) }

    private func write<Result>(
        _ body: () async throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        let next = faults.withLock { faults in faults.isEmpty ? nil : faults.removeFirst() }
        switch next ?? standing.withLock({ $0 }) {
        case nil: return try await body()
        case .refused(let error): throw error
        case .answerLost(let error):
            _ = try await body()
            throw error
        }
    }

    // MARK: Writes

    /// Commits the batch, unless a fault is due.
    public func commit(_ batch: IngestBatch) async throws(StoreError) -> IngestOutcome {
        try await write { () throws(StoreError) in try await store.commit(batch) }
    }

    /// Applies the changes, unless a fault is due.
    public func apply(_ changes: [Change]) async throws(StoreError) {
        try await write { () throws(StoreError) in try await store.apply(changes) }
    }

    /// Appends the entry, unless a fault is due.
    public func audit(_ entry: AuditEntry) async throws(StoreError) {
        try await write { () throws(StoreError) in try await store.audit(entry) }
    }

    // MARK: The rest goes through

    /// Every site.
    public func sites() async throws(StoreError) -> [Site] {
        try await store.sites()
    }

    /// Every doctor.
    public func doctors() async throws(StoreError) -> [Doctor] {
        try await store.doctors()
    }

    /// Every interpreter.
    public func interpreters() async throws(StoreError) -> [Interpreter] {
        try await store.interpreters()
    }

    /// Every patient.
    public func patients() async throws(StoreError) -> [Patient] {
        try await store.patients()
    }

    /// Every device, removed ones too.
    public func devices() async throws(StoreError) -> [Device] {
        try await store.devices()
    }

    /// Every binding, oldest first.
    public func bindings() async throws(StoreError) -> [DeviceBinding] {
        try await store.bindings()
    }

    /// Every boot that a reading or a receipt refers to.
    public func boots() async throws(StoreError) -> [DeviceBoot] {
        try await store.boots()
    }

    /// Every account.
    public func users() async throws(StoreError) -> [UserAccount] {
        try await store.users()
    }

    /// The patient's readings with event time in the half-open range, oldest first, at most `limit`.
    public func readings(
        of patient: PatientNumber,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Reading] {
        try await store.readings(of: patient, from: from, until: until, limit: limit)
    }

    /// Every reading with event time at or after `from`, a page at a time.
    ///
    /// The caller passes the last page's `next` until it is nil.
    public func readings(
        since from: Instant,
        page: ReadingPage.Cursor?
    ) async throws(StoreError) -> ReadingPage {
        try await store.readings(since: from, page: page)
    }

    /// The patient's minutes or hours that begin in the half-open range, oldest first.
    public func aggregates(
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
    public func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) async throws(StoreError) -> [ClosedRange<Int64>] {
        try await store.durableSequences(device: device, boot: boot)
    }

    /// How many readings are stored.
    public func readingCount() async throws(StoreError) -> Int {
        try await store.readingCount()
    }

    /// Refused payloads, newest first.
    public func quarantine(
        limit: Int,
        before: Int64?
    ) async throws(StoreError) -> [QuarantinedPayload] {
        try await store.quarantine(limit: limit, before: before)
    }

    /// How many refused payloads were dropped for want of room since the store was made.
    public func quarantineDropped() async throws(StoreError) -> Int {
        try await store.quarantineDropped()
    }

    /// One refused payload, or nil.
    public func quarantined(id: Int64) async throws(StoreError) -> QuarantinedPayload? {
        try await store.quarantined(id: id)
    }

    /// One command, or nil.
    public func command(_ id: CommandID) async throws(StoreError) -> DeviceCommand? {
        try await store.command(id)
    }

    /// The device's commands before this one in the list, newest first.
    public func commands(
        of device: DeviceID,
        before: CommandID?,
        limit: Int
    ) async throws(StoreError) -> [DeviceCommand] {
        try await store.commands(of: device, before: before, limit: limit)
    }

    /// Commands that are not over, oldest first.
    public func openCommands() async throws(StoreError) -> [DeviceCommand] {
        try await store.openCommands()
    }

    /// Alarms that match, newest first.
    public func alarms(_ filter: AlarmFilter) async throws(StoreError) -> [Alarm] {
        try await store.alarms(filter)
    }

    /// One alarm, or nil.
    public func alarm(_ id: AlarmID) async throws(StoreError) -> Alarm? {
        try await store.alarm(id)
    }

    /// Requests that match, newest first.
    public func requests(_ filter: RequestFilter) async throws(StoreError) -> [ConsultRequest] {
        try await store.requests(filter)
    }

    /// One request, or nil.
    public func request(_ id: RequestID) async throws(StoreError) -> ConsultRequest? {
        try await store.request(id)
    }

    /// The facts of requests opened in the half-open range, after a place, oldest first.
    public func consultFacts(
        from start: Instant,
        until end: Instant,
        after place: ConsultFact.Place?,
        limit: Int
    ) async throws(StoreError) -> [ConsultFact] {
        try await store.consultFacts(from: start, until: end, after: place, limit: limit)
    }

    /// No-shows among the bookings that began in the half-open range, by site and specialty.
    public func missedConsults(
        from start: Instant,
        until end: Instant
    ) async throws(StoreError) -> [MissedConsults] {
        try await store.missedConsults(from: start, until: end)
    }

    /// Bookings that match, by start.
    public func bookings(_ filter: BookingFilter) async throws(StoreError) -> [Booking] {
        try await store.bookings(filter)
    }

    /// One booking, or nil.
    public func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await store.booking(id)
    }

    /// One session, or nil.
    public func session(_ id: SessionID) async throws(StoreError) -> SessionRecord? {
        try await store.session(id)
    }

    /// The last lines of a session's chat, oldest first.
    public func chat(
        of session: SessionID,
        last count: Int
    ) async throws(StoreError) -> [ChatRecord] {
        try await store.chat(of: session, last: count)
    }

    /// The line of the chat that a writer gave this id, or nil.
    public func chatLine(
        of session: SessionID,
        from sender: ParticipantID,
        message: String
    ) async throws(StoreError) -> ChatRecord? {
        try await store.chatLine(of: session, from: sender, message: message)
    }

    /// Sessions that are not over.
    public func openSessions() async throws(StoreError) -> [SessionRecord] {
        try await store.openSessions()
    }

    /// The places in the signalling, and the rooms that the server before handed on.
    public func places() async throws(StoreError) -> StoredPlaces {
        try await store.places()
    }

    /// Access tokens revoked before their expiry, by their id; expired ones are dropped.
    public func revokedTokens(now: Instant) async throws(StoreError) -> [RevokedToken] {
        try await store.revokedTokens(now: now)
    }

    /// The answer kept for this principal and idempotency key, or nil.
    public func idempotentAnswer(
        principal: String,
        key: String
    ) async throws(StoreError) -> IdempotentAnswer? {
        try await store.idempotentAnswer(principal: principal, key: key)
    }

    /// Audit entries that match, newest first.
    public func auditEntries(_ filter: AuditFilter) async throws(StoreError) -> [AuditedEntry] {
        try await store.auditEntries(filter)
    }

    /// Checks the database's integrity and the audit chain from its first row.
    public func verify() async throws(StoreError) -> VerificationReport {
        try await store.verify()
    }

    /// Writes a consistent copy while work goes on.
    public func backup(to directory: String) async throws(StoreError) {
        try await store.backup(to: directory)
    }

    /// Finishes what is under way and closes.
    public func close() async {
        await store.close()
    }
}
