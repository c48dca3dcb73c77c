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
