import Clinical
import SQLite
import Vocabulary

extension Connection {
    /// The records whose JSON is the query's first column.
    borrowing func records<Record: Decodable>(
        _ sql: String,
        _ selection: Selection? = nil,
        limit: Int = 0
    ) throws(SQLiteError) -> [Record] {
        try with(sql) { (row) throws(SQLiteError) in
            try selection?.bind(to: row, limit: limit)
            var records: [Record] = []
            while try row.step() { records.append(try RecordJSON.record(from: row.bytes(0))) }
            return records
        }
    }

    /// The record of the table with this id, or nil.
    borrowing func record<Record: Decodable>(
        from table: String,
        id: String
    ) throws(SQLiteError) -> Record? {
        try with("SELECT body FROM \(table) WHERE id = ?") { (row) throws(SQLiteError) in
            try row.bind(id, at: 1)
            return try row.step() ? try RecordJSON.record(from: row.bytes(0)) : nil
        }
    }

    /// Every binding, oldest first.
    borrowing func bindings() throws(SQLiteError) -> [DeviceBinding] {
        try with(
            "SELECT device, patient, from_at, until_at FROM bindings ORDER BY from_at, device"
        ) { (row) throws(SQLiteError) in
            var bindings: [DeviceBinding] = []
            while try row.step() {
                guard let device = DeviceID(rawValue: row.text(0)),
                    let patient = PatientID(rawValue: row.text(1))
                else { throw .corrupt("a binding without identifiers") }
                bindings.append(
                    DeviceBinding(
                        device: device,
                        patient: patient,
                        from: Instant(milliseconds: row.integer(2)),
                        until: row.optionalInteger(3).map(Instant.init(milliseconds:))
                    )
                )
            }
            return bindings
        }
    }

    /// Every boot, by device and number.
    borrowing func boots() throws(SQLiteError) -> [DeviceBoot] {
        try with("SELECT device, number, boot FROM boots ORDER BY device, number") {
            (row) throws(SQLiteError) in
            var boots: [DeviceBoot] = []
            while try row.step() {
                boots.append(
                    DeviceBoot(
                        device: DeviceNumber(truncatingIfNeeded: row.integer(0)),
                        number: Int32(truncatingIfNeeded: row.integer(1)),
                        boot: row.text(2)
                    )
                )
            }
            return boots
        }
    }
}
