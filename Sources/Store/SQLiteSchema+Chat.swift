extension SQLiteSchema {
    /// `Config/schema/sqlite-chat.sql`, letter by letter.
    package static let chat = """
        -- The chat of sessions: a step of telehealth.db's schema.
        --
        -- `body` is the line as JSON, its text sealed. A writer's own id of a line is written once.
        --
        -- Sources/Store/SQLiteSchema+Chat.swift carries this text; a test compares the two.

        CREATE TABLE chat (
            session TEXT NOT NULL REFERENCES sessions (id),
            number INTEGER NOT NULL CHECK (number >= 1),
            sender TEXT NOT NULL,
            message TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (session, number),
            UNIQUE (session, sender, message)
        ) STRICT, WITHOUT ROWID;

        """
}
