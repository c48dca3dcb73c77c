public import Clinical
public import Scheduler
public import Signalling
public import Vocabulary

/// Everything that must outlive the process, behind one protocol.
///
/// Every implementation passes the same conformance suite. When a call returns, what it wrote
/// survives power loss; when it throws, nothing of it was written.
public protocol Store: Sendable {
    // MARK: Ingest

    /// Commits one batch in one durable transaction: new readings, quarantined payloads, newly
    /// seen boots, and the alarms that the readings changed.
    ///
    /// A reading whose (device, boot, sequence) is stored already is counted and dropped; a refused
    /// payload whose (device, boot, sequence) was refused before is dropped.
    func commit(_ batch: IngestBatch) async throws(StoreError) -> IngestOutcome

    // MARK: Changes

    /// Applies the changes in their order in one durable transaction, or none of them.
    ///
    /// Throws `StoreError.doubleBooking` with the refused booking when it is live and overlaps
    /// another of the same doctor, patient or interpreter or exceeds a site's stations, and `.constraint` when a record
    /// refers to one that does not exist or takes another's number.
    func apply(_ changes: [Change]) async throws(StoreError)

    /// Appends one entry to the audit chain and returns when it is durable.
    func audit(_ entry: AuditEntry) async throws(StoreError)

    // MARK: Registry

    /// Every site.
    func sites() async throws(StoreError) -> [Site]
    /// Every doctor.
    func doctors() async throws(StoreError) -> [Doctor]
    /// Every interpreter.
    func interpreters() async throws(StoreError) -> [Interpreter]
    /// Every patient.
    func patients() async throws(StoreError) -> [Patient]
    /// Every device, removed ones too.
    func devices() async throws(StoreError) -> [Device]
    /// Every binding, oldest first.
    func bindings() async throws(StoreError) -> [DeviceBinding]
    /// Every boot that a reading or a receipt refers to.
    func boots() async throws(StoreError) -> [DeviceBoot]
    /// Every account.
    func users() async throws(StoreError) -> [UserAccount]

    // MARK: Readings

    /// The patient's readings with event time in the half-open range, oldest first, at most `limit`.
    ///
    /// Those older than the retention of single readings are not given.
    func readings(
        of patient: PatientNumber,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Reading]

    /// Every reading with event time at or after `from`, a page at a time: the caller passes the
    /// same `from` and the last page's `next` until it is nil. Used to rebuild monitors at start.
    ///
    /// Of each patient the oldest comes first; nothing is promised between patients. A damaged
    /// file's readings are left out, and `verify` names the file.
    func readings(
        since from: Instant,
        page: ReadingPage.Cursor?
    ) async throws(StoreError)
        -> ReadingPage

    /// The patient's minutes or hours that begin in the half-open range, oldest first, at most
    /// `limit`; `from` is moved back to a full minute or hour first, so that each is whole.
    ///
    /// Made of every reading stored, late ones too, also after single readings have expired.
    func aggregates(
        of patient: PatientNumber,
        _ resolution: Aggregate.Resolution,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Aggregate]

    /// Which sequence numbers of the boot are durable, as closed ranges in ascending order,
    /// quarantined ones included.
    func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) async throws(StoreError)
        -> [ClosedRange<Int64>]

    /// How many readings have been stored, those that have expired since included.
    func readingCount() async throws(StoreError) -> Int

    // MARK: Quarantine

    /// Refused payloads, newest first.
    func quarantine(limit: Int, before: Int64?) async throws(StoreError) -> [QuarantinedPayload]
    /// How many refused payloads were dropped for want of room since the store was made.
    func quarantineDropped() async throws(StoreError) -> Int
    /// One refused payload, or nil.
    func quarantined(id: Int64) async throws(StoreError) -> QuarantinedPayload?

    // MARK: Commands to devices

    /// One command, or nil.
    func command(_ id: CommandID) async throws(StoreError) -> DeviceCommand?
    /// The device's commands before this one in the list (nil: from its start), newest first.
    func commands(
        of device: DeviceID,
        before: CommandID?,
        limit: Int
    ) async throws(StoreError) -> [DeviceCommand]
    /// Commands that are not over, oldest first.
    func openCommands() async throws(StoreError) -> [DeviceCommand]

    // MARK: Care

    /// Alarms that match, newest first.
    func alarms(_ filter: AlarmFilter) async throws(StoreError) -> [Alarm]
    /// One alarm, or nil.
    func alarm(_ id: AlarmID) async throws(StoreError) -> Alarm?
    /// Requests that match, newest first.
    func requests(_ filter: RequestFilter) async throws(StoreError) -> [ConsultRequest]
    /// One request, or nil.
    func request(_ id: RequestID) async throws(StoreError) -> ConsultRequest?
    /// Bookings that match, by start.
    func bookings(_ filter: BookingFilter) async throws(StoreError) -> [Booking]
    /// One booking, or nil.
    func booking(_ id: BookingID) async throws(StoreError) -> Booking?
    /// One session, or nil.
    func session(_ id: SessionID) async throws(StoreError) -> SessionRecord?
    /// Sessions that are not over.
    func openSessions() async throws(StoreError) -> [SessionRecord]
    /// The last lines of a session's chat, oldest first.
    func chat(of session: SessionID, last count: Int) async throws(StoreError) -> [ChatRecord]
    /// The line of the chat that a writer gave this id, or nil.
    func chatLine(
        of session: SessionID,
        from sender: ParticipantID,
        message: String
    ) async throws(StoreError) -> ChatRecord?
    /// The places in the signalling, and the rooms that the server before handed on.
    func places() async throws(StoreError) -> StoredPlaces
    /// The facts of requests opened in the half-open range, after a place, oldest first.
    func consultFacts(
        from start: Instant,
        until end: Instant,
        after place: ConsultFact.Place?,
        limit: Int
    ) async throws(StoreError) -> [ConsultFact]
    /// No-shows among the bookings that began in the half-open range, by site and specialty.
    func missedConsults(
        from start: Instant,
        until end: Instant
    ) async throws(StoreError) -> [MissedConsults]

    // MARK: Trust

    /// Access tokens revoked before their expiry, by their id; expired ones are dropped.
    func revokedTokens(now: Instant) async throws(StoreError) -> [RevokedToken]
    /// The answer kept for this principal and idempotency key, or nil.
    func idempotentAnswer(
        principal: String,
        key: String
    ) async throws(StoreError)
        -> IdempotentAnswer?
    /// Audit entries that match, newest first.
    func auditEntries(_ filter: AuditFilter) async throws(StoreError) -> [AuditedEntry]
    /// Checks the database's integrity and the audit chain from its first row.
    func verify() async throws(StoreError) -> VerificationReport

    /// Writes a consistent copy while work goes on.
    func backup(to directory: String) async throws(StoreError)

    /// Finishes what is under way and closes.
    func close() async
}
