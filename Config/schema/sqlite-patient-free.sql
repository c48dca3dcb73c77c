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
