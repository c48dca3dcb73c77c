/// How the embedded store is set up.
public struct SQLiteSettings: Sendable {
    /// Connections that read; one is enough for a nation's console traffic.
    public var readers: Int
    /// Memory for pages on the writing connection: enough for the tables that ingest looks into; what
    /// it only appends to needs none.
    public var cacheMegabytes: Int
    /// The log is copied back into the file once it has this many 4 KiB pages.
    public var checkpointPages: Int
    /// Most refused payloads kept.
    public var quarantineRows: Int
    /// Most bytes of refused payloads kept.
    public var quarantineBytes: Int
    /// A file up to this size is checked page by page when it is opened.
    public var checkedMegabytes: Int
    /// Most megabytes of readings that wait in the journal; beyond it commits are refused.
    public var journalMegabytes: Int
    /// So many readings in the journal start a compaction.
    public var compactionReadings: Int
    /// So many seconds after a commit a compaction is started, at the latest.
    public var compactionSeconds: Int
    /// For how long readings, minutes and hours are kept.
    public var retention: Retention
    /// SQLite's file layer, for tests that lose power; nil for the system's.
    package var vfs: String?
    /// The largest file in pages, for tests that fill the disk; nil for no limit.
    package var pageLimit: Int?
    /// The same for each partition's file.
    package var partitionPageLimit: Int?
    /// Called before each step of a compaction, for tests that interrupt it; nil for none.
    package var beforeStep: (@Sendable (CompactionStep) throws(StoreError) -> Void)?

    /// The settings of a deployment, each with its default.
    public init(
        readers: Int = 1,
        cacheMegabytes: Int = 16,
        checkpointPages: Int = 8_000,
        quarantineRows: Int = 100_000,
        quarantineBytes: Int = 256 << 20,
        checkedMegabytes: Int = 256,
        journalMegabytes: Int = 2_048,
        compactionReadings: Int = 200_000,
        compactionSeconds: Int = 60,
        retention: Retention = Retention()
    ) {
        self.readers = readers
        self.cacheMegabytes = cacheMegabytes
        self.checkpointPages = checkpointPages
        self.quarantineRows = quarantineRows
        self.quarantineBytes = quarantineBytes
        self.checkedMegabytes = checkedMegabytes
        self.journalMegabytes = journalMegabytes
        self.compactionReadings = compactionReadings
        self.compactionSeconds = compactionSeconds
        self.retention = retention
        vfs = nil
        pageLimit = nil
        partitionPageLimit = nil
        beforeStep = nil
    }
}
