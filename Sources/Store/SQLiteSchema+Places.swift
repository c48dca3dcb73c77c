extension SQLiteSchema {
    /// `Config/schema/sqlite-places.sql`, letter by letter.
    package static let places = """
        -- Places in the signalling: a step of telehealth.db's schema.
        --
        -- Who had a place in a session or at a desk, so that it may resume after a restart. `body` is the
        -- place as JSON, with the digests of its resume tokens; `ring` what a server that went down in order
        -- left for it, sealed, until the next server has taken it. `rooms` are the links of that moment.
        -- counters: 'alive' when a server last had places, in milliseconds.
        --
        -- Sources/Store/SQLiteSchema+Places.swift carries this text; a test compares the two.

        CREATE TABLE places (
            participant TEXT PRIMARY KEY NOT NULL,
            body TEXT NOT NULL,
            ring TEXT
        ) STRICT;

        CREATE TABLE rooms (
            session TEXT PRIMARY KEY NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        """
}
