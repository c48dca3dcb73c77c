import Clinical
import SQLite
import Vocabulary

/// Commands to devices.
extension Connection {
    borrowing func put(_ command: DeviceCommand) throws(SQLiteError) {
        try run(
            """
            INSERT INTO device_commands (id, device, issued_at, is_open, body)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET is_open = excluded.is_open, body = excluded.body
            """,
            .text(command.id.rawValue),
            .text(command.device.rawValue),
            .integer(command.issuedAt.milliseconds),
            .integer(command.state.isFinal ? 0 : 1),
            .text(try RecordJSON.text(command))
        )
    }

    /// The device's commands before this one in the list, newest first.
    borrowing func commands(
        of device: DeviceID,
        before: CommandID?,
        limit: Int
    ) throws(SQLiteError) -> [DeviceCommand] {
        var selection = Selection()
        selection.add("device = ?", device.rawValue)
        selection.add(
            "(issued_at, id) < (SELECT issued_at, id FROM device_commands WHERE id = ?)",
            before?.rawValue
        )
        return try records(
            """
            SELECT body FROM device_commands\(selection.clause)
            ORDER BY issued_at DESC, id DESC LIMIT ?
            """,
            selection,
            limit: limit
        )
    }

    /// Commands that are not over, oldest first.
    borrowing func openCommands() throws(SQLiteError) -> [DeviceCommand] {
        try records("SELECT body FROM device_commands WHERE is_open ORDER BY issued_at, id")
    }
}
