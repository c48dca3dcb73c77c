import Clinical
import SQLite
import Vocabulary

/// The readings of one commit as one row of the journal, in the making.
///
/// `patients` holds a varint a reading, so that a search for one patient need not look into the
/// rows of others. `body` holds the event and receipt time of the first reading and then each
/// reading in terms of a reading of nothing at these times (`ReadingCodec`), so that each can be
/// read without the one before it.
struct JournalRow {
    private(set) var count = 0
    private(set) var patients: [UInt8] = []
    private(set) var body: [UInt8] = []
    private(set) var firstAt = Int64.max
    private(set) var lastAt = Int64.min
    private(set) var latestReceipt = Int64.min
    private var base = ReadingCodec.origin

    /// Empties the row and keeps its memory.
    mutating func removeAll() {
        count = 0
        patients.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: true)
        firstAt = .max
        lastAt = .min
        latestReceipt = .min
    }

    /// Appends a reading.
    mutating func append(_ reading: Reading) {
        if count == 0 {
            base.at = reading.at
            base.receivedAt = reading.receivedAt
            body.append(signed: reading.at.milliseconds)
            body.append(signed: reading.receivedAt.milliseconds)
        }
        base.patient = reading.patient
        patients.append(varint: UInt64(UInt32(bitPattern: reading.patient)))
        ReadingCodec.encode(reading, after: base, into: &body)
        count += 1
        firstAt = min(firstAt, reading.at.milliseconds)
        lastAt = max(lastAt, reading.at.milliseconds)
        latestReceipt = max(latestReceipt, reading.receivedAt.milliseconds)
    }

    /// Hands the row's readings in the order of their arrival to `take`.
    ///
    /// Throws `corrupt` when the bytes are not what was written.
    static func read(
        patients: Span<UInt8>,
        body: Span<UInt8>,
        count: Int,
        _ take: (Reading) -> Void
    ) throws(SQLiteError) {
        var names = PackedCursor()
        var cursor = PackedCursor()
        var base = ReadingCodec.origin
        base.at = Instant(milliseconds: cursor.signed(body))
        base.receivedAt = Instant(milliseconds: cursor.signed(body))
        for _ in 0..<count {
            base.patient = Int32(truncatingIfNeeded: names.varint(patients))
            let reading = ReadingCodec.decode(after: base, &cursor, body)
            guard cursor.isValid, names.isValid else { break }
            take(reading)
        }
        guard cursor.isValid, names.isValid, cursor.offset == body.count else {
            throw .corrupt("a row of the journal cannot be read")
        }
    }

    /// Whether one of the row's readings is the patient's.
    static func mentions(
        _ patients: Span<UInt8>,
        _ patient: PatientNumber,
        _ count: Int
    ) -> Bool {
        var cursor = PackedCursor()
        let wanted = UInt64(UInt32(bitPattern: patient))
        for _ in 0..<count where cursor.varint(patients) == wanted { return true }
        return false
    }
}
