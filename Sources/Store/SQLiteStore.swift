public import Clinical
import EventLoop
import SQLite
public import Scheduler
public import Signalling
import Synchronization
public import Vocabulary

/// The embedded store: one folder for one process.
///
/// One connection on its own thread does every write of `telehealth.db` and every checkpoint; other
/// connections on other threads read, so that a query never waits for ingest. A further thread
/// brings readings from the journal into the partitions. The threads live until `close`.
public final class SQLiteStore: Store {
    /// Nil in a store that was opened for reading.
    private let writer: StoreWriter?
    /// Nil in a store that was opened for reading.
    private let compactor: StoreCompactor?
    private let readers: [StoreReader]
    /// For the long reads of `verify` and `backup`, so that the console never waits for them.
    private let inspector: StoreReader
    private let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Opens `telehealth.db` in the folder; makes both when they are missing.
    ///
    /// Throws `corrupt` for a damaged or foreign file, `newerSchema` for one that a later version
    /// wrote, and `inUse` while another process has it open.
    public init(
        directory: String,
        settings: SQLiteSettings = SQLiteSettings()
    ) throws(StoreError) {
        let database = try WritingDatabase(directory: directory, settings)
        var loops = [EventLoop(name: "store-writer", driver: EpollDriver())]
        let writer = StoreWriter(database, on: loops[0], settings)
        var readers: [StoreReader] = []
        for number in 0...max(1, settings.readers) {
            let loop = EventLoop(name: "store-reader-\(number)", driver: EpollDriver())
            readers.append(try SQLiteStore.reader(directory, settings, on: loop))
            loops.append(loop)
        }
        let loop = EventLoop(name: "store-compactor", driver: EpollDriver())
        loops.append(loop)
        let compaction = try Compaction(directory: directory, settings)
        let compactor = StoreCompactor(compaction, for: writer, on: loop)
        self.writer = writer
        self.compactor = compactor
        inspector = readers.removeFirst()
        self.readers = readers
        self.loops = loops
        for loop in loops { loop.start() }
        Task {
            await writer.whenCompactionIsDue { [weak compactor] in
                guard let compactor else { return }
                Task { await compactor.runNow() }
            }
        }
    }

    /// Opens the folder's database for reading only, beside the process that writes it.
    ///
    /// What that process has committed is seen. The file must exist and be of this version; throws
    /// `input` and `corrupt` as the other initialiser. Calls that change something throw `readOnly`.
    public init(
        readingFrom directory: String,
        settings: SQLiteSettings = SQLiteSettings()
    ) throws(StoreError) {
        writer = nil
        compactor = nil
        var loops: [EventLoop] = []
        var readers: [StoreReader] = []
        for number in 0...1 {
            let loop = EventLoop(name: "store-reader-\(number)", driver: EpollDriver())
            readers.append(try SQLiteStore.reader(directory, settings, on: loop))
            loops.append(loop)
        }
        inspector = readers.removeFirst()
        self.readers = readers
        self.loops = loops
        for loop in loops { loop.start() }
    }

    private static func reader(
        _ directory: String,
        _ settings: SQLiteSettings,
        on loop: EventLoop
    ) throws(StoreError) -> StoreReader {
        let path = directory + "/telehealth.db"
        let connection = try SQLiteOpening.reader(path: path, settings)
        try SQLiteOpening.checkVersion(connection)
        let partitions = PartitionReaders(in: directory, settings)
        return StoreReader(
            ReadingDatabase(connection, partitions, settings.retention),
            on: loop
        )
    }

    // MARK: Ingest and changes

    /// Commits one batch in one durable transaction.
    public func commit(_ batch: IngestBatch) async throws(StoreError) -> IngestOutcome {
        if batch.isEmpty { return IngestOutcome(stored: 0, duplicates: 0) }
        return try await carryOut(.ingest(batch))
    }

    /// Applies the changes in their order in one durable transaction, or none of them.
    public func apply(_ changes: [Change]) async throws(StoreError) {
        if !changes.isEmpty { try await carryOut(.changes(changes)) }
    }

    /// Appends one entry to the audit chain and returns when it is durable.
    public func audit(_ entry: AuditEntry) async throws(StoreError) {
        try await carryOut(.changes([.audit(entry)]))
    }

    // MARK: Registry

    /// Every site.
    public func sites() async throws(StoreError) -> [Site] {
        try await records("sites")
    }

    /// Every doctor.
    public func doctors() async throws(StoreError) -> [Doctor] {
        try await records("doctors")
    }

    /// Every interpreter.
    public func interpreters() async throws(StoreError) -> [Interpreter] {
        try await records("interpreters")
    }

    /// Every patient.
    public func patients() async throws(StoreError) -> [Patient] {
        try await records("patients")
    }

    /// Every device, removed ones too.
    public func devices() async throws(StoreError) -> [Device] {
        try await records("devices")
    }

    /// Every account.
    public func users() async throws(StoreError) -> [UserAccount] {
        try await records("users")
    }

    /// Every binding, oldest first.
    public func bindings() async throws(StoreError) -> [DeviceBinding] {
        try await reader.read { (connection) throws(SQLiteError) in try connection.bindings() }
    }

    /// Every boot that a reading or a receipt refers to.
    public func boots() async throws(StoreError) -> [DeviceBoot] {
        try await reader.read { (connection) throws(SQLiteError) in try connection.boots() }
    }

    // MARK: Readings

    /// The patient's readings in the half-open range, oldest first, at most `limit`.
    public func readings(
        of patient: PatientNumber,
        from: Instant,
        until: Instant,
        limit: Int
    ) async throws(StoreError) -> [Reading] {
        guard from < until, limit > 0 else { return [] }
        let range = from.milliseconds..<until.milliseconds
        return try await reader.search { (database) throws(StoreError) in
            try translated { () throws(SQLiteError) in
                try database.readings(of: patient, in: range, limit: limit)
            }
        }
    }

    /// Every reading at or after `from`, a page at a time.
    public func readings(
        since from: Instant,
        page: ReadingPage.Cursor?
    ) async throws(StoreError) -> ReadingPage {
        try await reader.search { (database) throws(StoreError) in
            try translated { () throws(SQLiteError) in
                try database.page(since: from.milliseconds, after: page, size: ReadingPage.size)
            }
        }
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
        let range = from.milliseconds..<until.milliseconds
        return try await reader.search { (database) throws(StoreError) in
            try translated { () throws(SQLiteError) in
                try database.aggregates(of: patient, resolution, in: range, limit: limit)
            }
        }
    }

    /// Which sequence numbers of the boot are durable, quarantined ones included.
    public func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) async throws(StoreError) -> [ClosedRange<Int64>] {
        if let writer { return try await writer.durableSequences(device: device, boot: boot) }
        return try await reader.read { (connection) throws(SQLiteError) in
            // The journal first: what is taken out of it meanwhile is in the table by then.
            let fresh = try connection.journalSequences(device: device, boot: boot)
            return try connection.durableSequences(device: device, boot: boot, fresh: fresh)
        }
    }

    /// How many readings have been stored, those that have expired since included.
    public func readingCount() async throws(StoreError) -> Int {
        try await reader.read { (connection) throws(SQLiteError) in try connection.readingCount() }
    }

    /// Brings what the journal holds into the partitions now, and deletes what has expired.
    ///
    /// The store does this by itself; the call is for tests, measurements and tools that wait.
    package func compact() async throws(StoreError) {
        guard let compactor else { throw .readOnly }
        try await compactor.run()
    }

    /// How many boots are remembered, and readings in the journal: what memory is bounded by.
    package func burden() async -> (boots: Int, readings: Int, journalBytes: Int) {
        guard let burden = await writer?.burden else { return (0, 0, 0) }
        return (burden.boots, burden.journal.readings, burden.journal.bytes)
    }

    // MARK: Quarantine

    /// Refused payloads, newest first.
    public func quarantine(
        limit: Int,
        before: Int64?
    ) async throws(StoreError) -> [QuarantinedPayload] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.quarantine(limit: limit, before: before)
        }
    }

    /// One refused payload, or nil.
    public func quarantined(id: Int64) async throws(StoreError) -> QuarantinedPayload? {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.quarantined(id: id)
        }
    }

    /// How many refused payloads were dropped for want of room since the store was made.
    public func quarantineDropped() async throws(StoreError) -> Int {
        try await reader.read { (connection) throws(SQLiteError) in
            Int(
                try connection.integer(
                    "SELECT value FROM counters WHERE name = 'quarantineDropped'"
                ) ?? 0
            )
        }
    }

    // MARK: Commands to devices

    /// One command, or nil.
    public func command(_ id: CommandID) async throws(StoreError) -> DeviceCommand? {
        try await record("device_commands", id.rawValue)
    }

    /// The device's commands before this one in the list, newest first.
    public func commands(
        of device: DeviceID,
        before: CommandID?,
        limit: Int
    ) async throws(StoreError) -> [DeviceCommand] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.commands(of: device, before: before, limit: limit)
        }
    }

    /// Commands that are not over, oldest first.
    public func openCommands() async throws(StoreError) -> [DeviceCommand] {
        try await reader.read { (connection) throws(SQLiteError) in try connection.openCommands() }
    }

    // MARK: Care

    /// Alarms that match, newest first.
    public func alarms(_ filter: AlarmFilter) async throws(StoreError) -> [Alarm] {
        try await reader.read { (connection) throws(SQLiteError) in try connection.alarms(filter) }
    }

    /// One alarm, or nil.
    public func alarm(_ id: AlarmID) async throws(StoreError) -> Alarm? {
        try await record("alarms", id.rawValue)
    }

    /// Requests that match, newest first.
    public func requests(_ filter: RequestFilter) async throws(StoreError) -> [ConsultRequest] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.requests(filter)
        }
    }

    /// One request, or nil.
    public func request(_ id: RequestID) async throws(StoreError) -> ConsultRequest? {
        try await record("requests", id.rawValue)
    }

    /// The facts of requests opened in the half-open range, after a place, oldest first.
    public func consultFacts(
        from start: Instant,
        until end: Instant,
        after place: ConsultFact.Place?,
        limit: Int
    ) async throws(StoreError) -> [ConsultFact] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.consultFacts(from: start, until: end, after: place, limit: limit)
        }
    }

    /// No-shows among the bookings that began in the half-open range, by site and specialty.
    public func missedConsults(
        from start: Instant,
        until end: Instant
    ) async throws(StoreError) -> [MissedConsults] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.missedConsults(from: start, until: end)
        }
    }

    /// Bookings that match, by start.
    public func bookings(_ filter: BookingFilter) async throws(StoreError) -> [Booking] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.bookings(filter)
        }
    }

    /// One booking, or nil.
    public func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await record("bookings", id.rawValue)
    }

    /// One session, or nil.
    public func session(_ id: SessionID) async throws(StoreError) -> SessionRecord? {
        try await record("sessions", id.rawValue)
    }

    /// Sessions that are not over.
    public func openSessions() async throws(StoreError) -> [SessionRecord] {
        try await reader.read { (connection) throws(SQLiteError) in try connection.openSessions() }
    }

    /// The last lines of a session's chat, oldest first.
    public func chat(
        of session: SessionID,
        last count: Int
    ) async throws(StoreError) -> [ChatRecord] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.chat(of: session, last: count)
        }
    }

    /// The line of the chat that a writer gave this id, or nil.
    public func chatLine(
        of session: SessionID,
        from sender: ParticipantID,
        message: String
    ) async throws(StoreError) -> ChatRecord? {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.chatLine(of: session, from: sender, message: message)
        }
    }

    /// The places in the signalling, and the rooms that the server before handed on.
    public func places() async throws(StoreError) -> StoredPlaces {
        try await reader.read { (connection) throws(SQLiteError) in try connection.places() }
    }

    // MARK: Trust

    /// Access tokens revoked before their expiry; drops those that have expired.
    public func revokedTokens(now: Instant) async throws(StoreError) -> [RevokedToken] {
        try await carryOut(.expireTokens(now))
        return try await reader.read { (connection) throws(SQLiteError) in
            try connection.revokedTokens(now: now)
        }
    }

    /// The answer kept for this principal and idempotency key, or nil.
    public func idempotentAnswer(
        principal: String,
        key: String
    ) async throws(StoreError) -> IdempotentAnswer? {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.answer(principal: principal, key: key)
        }
    }

    /// Audit entries that match, newest first.
    public func auditEntries(_ filter: AuditFilter) async throws(StoreError) -> [AuditedEntry] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.auditEntries(filter)
        }
    }

    /// Checks the database's integrity, every partition, and the audit chain from its first row.
    public func verify() async throws(StoreError) -> VerificationReport {
        try await inspector.search { (database) throws(StoreError) in try database.verify() }
    }

    /// Writes a consistent copy into the folder while work goes on; an older copy there goes.
    ///
    /// Throws `input` when the folder holds a database in use, such as this one.
    public func backup(to directory: String) async throws(StoreError) {
        try await inspector.search { (database) throws(StoreError) in
            try database.backup(to: directory)
        }
    }

    /// Finishes what is under way and closes; what is called later throws `closed`.
    public func close() async {
        inspector.interrupt()
        await inspector.close()
        for reader in readers { await reader.close() }
        await compactor?.close()
        // Last, so that its checkpoint finds nobody reading.
        await writer?.close()
        for loop in loops { await loop.stop() }
    }

    /// Moves the limit of `SQLiteSettings.pageLimit`: the disk has room again.
    package func setPageLimit(_ pages: Int) async {
        await writer?.setPageLimit(pages)
    }

    @discardableResult
    private func carryOut(_ write: Write) async throws(StoreError) -> IngestOutcome {
        guard let writer else { throw .readOnly }
        return try await writer.carryOut(write)
    }

    // MARK: Reading

    private var reader: StoreReader {
        guard readers.count > 1 else { return readers[0] }
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return readers[Int(UInt(bitPattern: number) % UInt(readers.count))]
    }

    private func records<Record: Decodable & Sendable>(
        _ table: String
    ) async throws(StoreError) -> [Record] {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.records("SELECT body FROM \(table) ORDER BY id")
        }
    }

    private func record<Record: Decodable & Sendable>(
        _ table: String,
        _ id: String
    ) async throws(StoreError) -> Record? {
        try await reader.read { (connection) throws(SQLiteError) in
            try connection.record(from: table, id: id)
        }
    }
}
