import Clinical
import SQLite
import Scheduler
import Vocabulary

/// The registry's records, each written whole.
extension Connection {
    borrowing func put(_ site: Site) throws(SQLiteError) {
        try run(
            """
            INSERT INTO sites (id, stations, body) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET stations = excluded.stations, body = excluded.body
            """,
            .text(site.id.rawValue),
            .integer(Int64(site.stations)),
            .text(try RecordJSON.text(site))
        )
    }

    borrowing func put(_ doctor: Doctor) throws(SQLiteError) {
        try run(
            """
            INSERT INTO doctors (id, hospital, body) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET hospital = excluded.hospital, body = excluded.body
            """,
            .text(doctor.id.rawValue),
            .text(doctor.hospital.rawValue),
            .text(try RecordJSON.text(doctor))
        )
    }

    borrowing func put(_ interpreter: Interpreter) throws(SQLiteError) {
        try run(
            """
            INSERT INTO interpreters (id, body) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET body = excluded.body
            """,
            .text(interpreter.id.rawValue),
            .text(try RecordJSON.text(interpreter))
        )
    }

    borrowing func put(_ patient: Patient) throws(SQLiteError) {
        try run(
            """
            INSERT INTO patients (id, number, site, body) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET number = excluded.number, site = excluded.site, body = excluded.body
            """,
            .text(patient.id.rawValue),
            .integer(Int64(patient.number)),
            .text(patient.site.rawValue),
            .text(try RecordJSON.text(patient))
        )
    }

    borrowing func put(_ device: Device) throws(SQLiteError) {
        try run(
            """
            INSERT INTO devices (id, number, site, body) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET number = excluded.number, site = excluded.site, body = excluded.body
            """,
            .text(device.id.rawValue),
            .integer(Int64(device.number)),
            .text(device.site.rawValue),
            .text(try RecordJSON.text(device))
        )
    }

    borrowing func put(_ binding: DeviceBinding) throws(SQLiteError) {
        try run(
            """
            INSERT INTO bindings (device, from_at, until_at, patient) VALUES (?, ?, ?, ?)
            ON CONFLICT (device, from_at) DO UPDATE
            SET until_at = excluded.until_at, patient = excluded.patient
            """,
            .text(binding.device.rawValue),
            .integer(binding.from.milliseconds),
            .optional(binding.until?.milliseconds),
            .text(binding.patient.rawValue)
        )
    }

    borrowing func put(_ user: UserAccount) throws(SQLiteError) {
        try run(
            """
            INSERT INTO users (id, site, doctor, body) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET site = excluded.site, doctor = excluded.doctor, body = excluded.body
            """,
            .text(user.id.rawValue),
            .optionalText(user.site?.rawValue),
            .optionalText(user.doctor?.rawValue),
            .text(try RecordJSON.text(user))
        )
    }

    /// Notes a boot; the same again changes nothing, another text under the number is refused.
    borrowing func apply(_ boot: DeviceBoot) throws(StoreError) {
        let text = try translated { () throws(SQLiteError) in
            try run(
                """
                INSERT INTO boots (device, number, boot) VALUES (?, ?, ?)
                ON CONFLICT (device, number) DO NOTHING
                """,
                .integer(Int64(boot.device)),
                .integer(Int64(boot.number)),
                .text(boot.boot)
            )
            return try with("SELECT boot FROM boots WHERE device = ? AND number = ?") {
                (statement) throws(SQLiteError) in
                try statement.bind(Int64(boot.device), at: 1)
                try statement.bind(Int64(boot.number), at: 2)
                return try statement.step() ? statement.text(0) : ""
            }
        }
        guard text == boot.boot else { throw .constraint("boots: the number has another text") }
    }
}
