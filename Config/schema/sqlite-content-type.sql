-- How a refused payload said it is written: a step of telehealth.db's schema.
--
-- Without it a payload that is replayed would be read as its device's profile says.
--
-- Sources/Store/SQLiteSchema.swift carries this text; a test compares the two.

ALTER TABLE quarantine ADD COLUMN content_type TEXT NOT NULL DEFAULT '';
