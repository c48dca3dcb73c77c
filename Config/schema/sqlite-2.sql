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
