/// The embedded database's schema.
package enum SQLiteSchema {
    /// Marks the file as this project's (`PRAGMA application_id`): "tlhl".
    static let applicationID: Int64 = 0x746C_686C

    /// Step n leads from schema n to schema n + 1; a database without tables has schema 0.
    static let migrations = [
        version1, version2, commands, contentType, patientFree, claims, places, chat,
    ]

    /// The schema that this program reads and writes.
    package static var version: Int { migrations.count }

    /// `Config/schema/sqlite-patient-free.sql`, letter by letter.
    package static let patientFree = """
        -- A patient is in one consult at a time: a step of telehealth.db's schema.
        --
        -- The patient is taken in [start_at, end_at), as the station is; the triggers stand beside
        -- those of the doctor and the station.
        --
        -- Sources/Store/SQLiteSchema.swift carries this text; a test compares the two.

        CREATE INDEX bookings_live_of_patient ON bookings (patient, end_at) WHERE live;

        CREATE TRIGGER bookings_patient_insert BEFORE INSERT ON bookings WHEN NEW.live
        BEGIN
            SELECT RAISE(ABORT, 'double booking of a patient')
            WHERE EXISTS (
                SELECT 1 FROM bookings AS other
                WHERE other.patient = NEW.patient AND other.live AND other.id <> NEW.id
                    AND other.end_at > NEW.start_at AND other.start_at < NEW.end_at
            );
        END;

        CREATE TRIGGER bookings_patient_update BEFORE UPDATE ON bookings WHEN NEW.live
        BEGIN
            SELECT RAISE(ABORT, 'double booking of a patient')
            WHERE EXISTS (
                SELECT 1 FROM bookings AS other
                WHERE other.patient = NEW.patient AND other.live AND other.id <> NEW.id
                    AND other.end_at > NEW.start_at AND other.start_at < NEW.end_at
            );
        END;

        """

    /// `Config/schema/sqlite-content-type.sql`, letter by letter.
    package static let contentType = """
        -- How a refused payload said it is written: a step of telehealth.db's schema.
        --
        -- Without it a payload that is replayed would be read as its device's profile says.
        --
        -- Sources/Store/SQLiteSchema.swift carries this text; a test compares the two.

        ALTER TABLE quarantine ADD COLUMN content_type TEXT NOT NULL DEFAULT '';

        """

    /// `Config/schema/sqlite-commands.sql`, letter by letter.
    package static let commands = """
        -- Commands to devices: a step of telehealth.db's schema.
        --
        -- What a device was asked to do, whole as JSON in `body`; those that are not over are sent again
        -- after a restart.
        --
        -- Sources/Store/SQLiteSchema.swift carries this text; a test compares the two.

        CREATE TABLE device_commands (
            id TEXT PRIMARY KEY NOT NULL,
            device TEXT NOT NULL REFERENCES devices (id),
            issued_at INTEGER NOT NULL,
            is_open INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX device_commands_by_device ON device_commands (device, issued_at, id);
        CREATE INDEX device_commands_open ON device_commands (issued_at, id) WHERE is_open;

        """

    /// `Config/schema/sqlite-2.sql`, letter by letter: what schema 2 changes.
    package static let version2 = """
        -- From schema 1 to schema 2 of telehealth.db: readings leave their table.
        --
        -- The program moves the rows of `readings` into `journal` and drops the table; the next
        -- compaction brings them into the partitions (partition.sql).
        --
        -- Sources/Store/SQLiteSchema.swift carries this text; a test compares the two.

        -- The readings of a commit, in one row, in the transaction of the commit. A compaction brings
        -- them into the partitions, and then takes the rows away. id grows by one a commit and is never
        -- used again: a partition names the last row it has.
        -- first_at, last_at: event times of the row's readings. latest_receipt: the latest receipt time
        -- of any reading up to and with this row.
        -- patients: a varint a reading. body: how it is packed stands in Sources/Store/JournalRow.swift;
        -- the sums are those of Sources/Store/PackedBytes.swift.
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            readings INTEGER NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            latest_receipt INTEGER NOT NULL,
            patients_sum INTEGER NOT NULL,
            patients BLOB NOT NULL,
            body_sum INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;

        -- stored_sequences: the numbers of the journal's readings are added when its rows are taken away.
        -- counters: 'journal' the last row taken away, 'readings' how many readings such rows had, ever,
        -- 'latestReceipt' their latest receipt time.
        INSERT INTO counters (name, value) VALUES ('journal', 0), ('readings', 0);

        """

    /// `Config/schema/sqlite.sql`, letter by letter: schema 1.
    package static let version1 = """
        -- The embedded database, telehealth.db: schema 1.
        --
        -- Times are whole milliseconds since 1970-01-01T00:00:00Z. A record of the registry or of the
        -- care loop is stored whole as JSON in `body`; beside it stand only the columns that are
        -- searched, ordered or constrained, and the program writes both in one statement. The engine
        -- keeps the invariants that must hold whatever the program does: no double booking, an audit
        -- chain that only grows, references that exist.
        --
        -- Sources/Store/SQLiteSchema.swift carries this text; a test compares the two.

        -- The registry ------------------------------------------------------------------------------

        CREATE TABLE sites (
            id TEXT PRIMARY KEY NOT NULL,
            stations INTEGER NOT NULL CHECK (stations >= 0),
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE doctors (
            id TEXT PRIMARY KEY NOT NULL,
            hospital TEXT NOT NULL REFERENCES sites (id),
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- `number` is the short name of a patient or a device in readings; it is never used again.
        CREATE TABLE patients (
            id TEXT PRIMARY KEY NOT NULL,
            number INTEGER NOT NULL UNIQUE CHECK (number > 0),
            site TEXT NOT NULL REFERENCES sites (id),
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE devices (
            id TEXT PRIMARY KEY NOT NULL,
            number INTEGER NOT NULL UNIQUE CHECK (number > 0),
            site TEXT NOT NULL REFERENCES sites (id),
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- That a device measures a patient in [from_at, until_at).
        CREATE TABLE bindings (
            device TEXT NOT NULL REFERENCES devices (id),
            from_at INTEGER NOT NULL,
            until_at INTEGER CHECK (until_at >= from_at),
            patient TEXT NOT NULL REFERENCES patients (id),
            PRIMARY KEY (device, from_at)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE users (
            id TEXT PRIMARY KEY NOT NULL,
            site TEXT REFERENCES sites (id),
            doctor TEXT REFERENCES doctors (id),
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Measurements ------------------------------------------------------------------------------

        -- The text a device sends for its boot, and the number that stands for it in readings.
        CREATE TABLE boots (
            device INTEGER NOT NULL,
            number INTEGER NOT NULL,
            boot TEXT NOT NULL,
            PRIMARY KEY (device, number),
            UNIQUE (device, boot)
        ) STRICT, WITHOUT ROWID;

        -- One row a reading, in spans of five minutes of event time (span = at / 300000, rounded down)
        -- and within a span by patient. So what arrives now, from whomever, is written to a few pages,
        -- and what a chart reads lies together too.
        -- signs, questionable and invalid are bit sets: bit n is the sign with number n.
        -- magnitudes: for each bit of signs, lowest first, thousandths of the sign's unit as a
        -- little-endian 32-bit integer.
        -- device and patient are numbers that the gateway took from the registry; no reference is
        -- declared, because checking it would cost every row two searches.
        CREATE TABLE readings (
            span INTEGER NOT NULL,
            patient INTEGER NOT NULL,
            at INTEGER NOT NULL,
            device INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            signs INTEGER NOT NULL,
            questionable INTEGER NOT NULL,
            invalid INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            magnitudes BLOB NOT NULL,
            PRIMARY KEY (span, patient, at, device, boot, sequence)
        ) STRICT, WITHOUT ROWID;

        -- Exactly once: the sequence numbers stored of each boot, as closed ranges that neither overlap
        -- nor touch. A reading whose number lies in one is dropped; the ranges and the readings are
        -- written in one transaction. A device that counts makes one row that grows, where an index over
        -- every reading would write a page a device.
        CREATE TABLE stored_sequences (
            device INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL CHECK (last >= first),
            PRIMARY KEY (device, boot, first)
        ) STRICT, WITHOUT ROWID;

        -- Payloads that were refused, whole, until the room set aside for them is used up.
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            received_at INTEGER NOT NULL,
            topic TEXT NOT NULL,
            payload BLOB NOT NULL,
            code TEXT NOT NULL,
            detail TEXT NOT NULL,
            device INTEGER,
            boot INTEGER,
            sequence INTEGER,
            resolved_at INTEGER
        ) STRICT;

        CREATE INDEX quarantine_resolved ON quarantine (id) WHERE resolved_at IS NOT NULL;

        -- Sequence numbers that a receipt covers although their payload was refused. They stay when the
        -- payload is dropped, so that a receipt given once stays true.
        CREATE TABLE refused_sequences (
            device INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (device, boot, sequence)
        ) STRICT, WITHOUT ROWID;

        -- The care loop -----------------------------------------------------------------------------

        CREATE TABLE alarms (
            id TEXT PRIMARY KEY NOT NULL,
            patient TEXT NOT NULL REFERENCES patients (id),
            site TEXT NOT NULL REFERENCES sites (id),
            raised_at INTEGER NOT NULL,
            closed_at INTEGER,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX alarms_by_time ON alarms (raised_at);
        CREATE INDEX alarms_by_site ON alarms (site, raised_at);
        CREATE INDEX alarms_by_patient ON alarms (patient, raised_at);
        CREATE INDEX alarms_open ON alarms (raised_at) WHERE closed_at IS NULL;

        CREATE TABLE requests (
            id TEXT PRIMARY KEY NOT NULL,
            site TEXT NOT NULL REFERENCES sites (id),
            patient TEXT NOT NULL REFERENCES patients (id),
            state TEXT NOT NULL,
            opened_at INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX requests_by_time ON requests (opened_at);
        CREATE INDEX requests_by_site ON requests (site, opened_at);
        CREATE INDEX requests_by_state ON requests (state, opened_at);

        -- The doctor is taken in [start_at, free_at), the site's station in [start_at, end_at).
        CREATE TABLE bookings (
            id TEXT PRIMARY KEY NOT NULL,
            request TEXT NOT NULL REFERENCES requests (id),
            doctor TEXT NOT NULL REFERENCES doctors (id),
            site TEXT NOT NULL REFERENCES sites (id),
            patient TEXT NOT NULL REFERENCES patients (id),
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL CHECK (end_at > start_at),
            free_at INTEGER NOT NULL CHECK (free_at >= end_at),
            state TEXT NOT NULL,
            live INTEGER NOT NULL
                CHECK (live = (state IN ('offered', 'held', 'confirmed', 'checkedIn', 'inSession'))),
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX bookings_of_doctor ON bookings (doctor, start_at);
        CREATE INDEX bookings_of_site ON bookings (site, start_at);
        CREATE INDEX bookings_by_start ON bookings (start_at);
        CREATE INDEX bookings_live_of_doctor ON bookings (doctor, free_at) WHERE live;
        CREATE INDEX bookings_live_of_site ON bookings (site, end_at) WHERE live;

        CREATE TRIGGER bookings_doctor_insert BEFORE INSERT ON bookings WHEN NEW.live
        BEGIN
            SELECT RAISE(ABORT, 'double booking of a doctor')
            WHERE EXISTS (
                SELECT 1 FROM bookings AS other
                WHERE other.doctor = NEW.doctor AND other.live AND other.id <> NEW.id
                    AND other.free_at > NEW.start_at AND other.start_at < NEW.free_at
            );
        END;

        CREATE TRIGGER bookings_doctor_update BEFORE UPDATE ON bookings WHEN NEW.live
        BEGIN
            SELECT RAISE(ABORT, 'double booking of a doctor')
            WHERE EXISTS (
                SELECT 1 FROM bookings AS other
                WHERE other.doctor = NEW.doctor AND other.live AND other.id <> NEW.id
                    AND other.free_at > NEW.start_at AND other.start_at < NEW.free_at
            );
        END;

        -- The most stations in use at a time are in use at the start of this booking or of another that
        -- begins during it, so only these instants are looked at.
        CREATE TRIGGER bookings_station_insert BEFORE INSERT ON bookings WHEN NEW.live
        BEGIN
            SELECT RAISE(ABORT, 'double booking of a station')
            WHERE EXISTS (
                SELECT 1 FROM bookings AS peak
                WHERE peak.site = NEW.site AND peak.live AND peak.id <> NEW.id
                    AND peak.end_at > NEW.start_at AND peak.start_at < NEW.end_at
                    AND (SELECT count(*) FROM bookings AS other
                         WHERE other.site = NEW.site AND other.live AND other.id <> NEW.id
                             AND other.end_at > max(peak.start_at, NEW.start_at)
                             AND other.start_at <= max(peak.start_at, NEW.start_at))
                        >= (SELECT stations FROM sites WHERE id = NEW.site)
            ) OR (SELECT stations FROM sites WHERE id = NEW.site) < 1;
        END;

        CREATE TRIGGER bookings_station_update BEFORE UPDATE ON bookings WHEN NEW.live
        BEGIN
            SELECT RAISE(ABORT, 'double booking of a station')
            WHERE EXISTS (
                SELECT 1 FROM bookings AS peak
                WHERE peak.site = NEW.site AND peak.live AND peak.id <> NEW.id
                    AND peak.end_at > NEW.start_at AND peak.start_at < NEW.end_at
                    AND (SELECT count(*) FROM bookings AS other
                         WHERE other.site = NEW.site AND other.live AND other.id <> NEW.id
                             AND other.end_at > max(peak.start_at, NEW.start_at)
                             AND other.start_at <= max(peak.start_at, NEW.start_at))
                        >= (SELECT stations FROM sites WHERE id = NEW.site)
            ) OR (SELECT stations FROM sites WHERE id = NEW.site) < 1;
        END;

        CREATE TABLE sessions (
            id TEXT PRIMARY KEY NOT NULL,
            booking TEXT NOT NULL REFERENCES bookings (id),
            is_open INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX sessions_open ON sessions (id) WHERE is_open;

        -- Trust -------------------------------------------------------------------------------------

        -- hash is SHA-256 over the previous row's hash (32 zero bytes before the first) and the entry:
        -- sequence and at as 64-bit big-endian integers, then principal, action, object, address and
        -- detail, each as its length in bytes (32-bit big-endian) and its UTF-8.
        -- AUTOINCREMENT remembers the highest number given, so that rows cut off the end are missed.
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            principal TEXT NOT NULL,
            action TEXT NOT NULL,
            object TEXT NOT NULL,
            address TEXT NOT NULL,
            detail TEXT NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;

        CREATE INDEX audit_by_principal ON audit (principal);
        CREATE INDEX audit_by_object ON audit (object);
        CREATE INDEX audit_by_time ON audit (at);

        CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
        BEGIN
            SELECT RAISE(ABORT, 'the audit chain is append-only');
        END;

        CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
        BEGIN
            SELECT RAISE(ABORT, 'the audit chain is append-only');
        END;

        -- First answers to idempotency keys, kept for 24 h.
        CREATE TABLE answers (
            principal TEXT NOT NULL,
            key TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            status INTEGER NOT NULL,
            body TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (principal, key)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX answers_by_time ON answers (at);

        CREATE TABLE revoked_tokens (
            id TEXT PRIMARY KEY NOT NULL,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- What was dropped for want of room, by kind, since the database was made.
        CREATE TABLE counters (
            name TEXT PRIMARY KEY NOT NULL,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        """
}
