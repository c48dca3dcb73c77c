-- A partition of readings, minutes or hours (readings/*.db): schema 1.
--
-- Event time decides which file something is in: readings a day a file (2026-11-20.db), minutes
-- a month (minutes-2026-11.db), hours a year (hours-2026.db), all in UTC. Nothing in a file is
-- ever changed: a compaction adds a run, several runs are replaced by one that holds the same,
-- and what is too old goes with its file.
--
-- Sources/Store/PartitionSchema.swift carries this text; a test compares the two.

-- Exactly once: the number of the last row of the journal (telehealth.db) whose readings are in
-- this file. Written with the run that holds them, in one transaction.
CREATE TABLE applied (
    journal INTEGER NOT NULL
) STRICT;

INSERT INTO applied VALUES (0);

-- A run holds its items in the order of patients and, of one patient, of time. Runs of one level
-- are joined into one of the next when there are sixteen. A run is whole once it stands here;
-- blocks without a run were left by an interruption.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    items INTEGER NOT NULL
) STRICT;

-- The items, packed; all of one patient and run are in one block. id is the run's id times 2^32
-- plus the number of the block's first patient. How items are packed stands in
-- Sources/Store/ReadingCodec.swift and BlockItem.swift, the checksum in PackedBytes.swift.
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
