-- Interpreters, and what bookings take beside doctor, station and patient: a step of telehealth.db's
-- schema.
--
-- Sources/Store/SQLiteSchema+Claims.swift carries this text; a test compares the two.

CREATE TABLE interpreters (
    id TEXT PRIMARY KEY NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The claimant is taken in [start_at, until_at) while the row is live. A booking's rows are written
-- anew with it and never changed.
CREATE TABLE booking_claims (
    booking TEXT NOT NULL REFERENCES bookings (id),
    kind TEXT NOT NULL CHECK (kind IN ('doctor', 'site', 'interpreter')),
    claimant TEXT NOT NULL,
    start_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL CHECK (until_at > start_at),
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    PRIMARY KEY (booking, kind, claimant)
) STRICT, WITHOUT ROWID;

CREATE INDEX booking_claims_of_claimant ON booking_claims (kind, claimant, start_at);
CREATE INDEX booking_claims_live ON booking_claims (kind, claimant, until_at) WHERE live;

-- Who and what is taken when, whether a booking names it itself or claims it.
CREATE VIEW taken AS
SELECT 'doctor' AS kind, doctor AS claimant, id AS booking, start_at, free_at AS until_at
FROM bookings WHERE live
UNION ALL
SELECT 'patient', patient, id, start_at, end_at FROM bookings WHERE live
UNION ALL
SELECT 'site', site, id, start_at, end_at FROM bookings WHERE live
UNION ALL
SELECT kind, claimant, booking, start_at, until_at FROM booking_claims WHERE live;

CREATE TRIGGER booking_claims_are_written_anew BEFORE UPDATE ON booking_claims
BEGIN
    SELECT RAISE(ABORT, 'a claim is written anew with its booking');
END;

CREATE TRIGGER booking_claims_exist BEFORE INSERT ON booking_claims
BEGIN
    SELECT RAISE(ABORT, 'a claim on nobody known')
    WHERE NOT CASE NEW.kind
        WHEN 'doctor' THEN EXISTS (SELECT 1 FROM doctors WHERE id = NEW.claimant)
        WHEN 'site' THEN EXISTS (SELECT 1 FROM sites WHERE id = NEW.claimant)
        ELSE EXISTS (SELECT 1 FROM interpreters WHERE id = NEW.claimant)
    END;
END;

CREATE TRIGGER booking_claims_insert BEFORE INSERT ON booking_claims
WHEN NEW.live AND NEW.kind <> 'site'
BEGIN
    SELECT RAISE(ABORT, 'double booking of a claim')
    WHERE EXISTS (
        SELECT 1 FROM taken AS other
        WHERE other.kind = NEW.kind AND other.claimant = NEW.claimant
            AND other.booking <> NEW.booking
            AND other.until_at > NEW.start_at AND other.start_at < NEW.until_at
    );
END;

CREATE TRIGGER booking_claims_station_insert BEFORE INSERT ON booking_claims
WHEN NEW.live AND NEW.kind = 'site'
BEGIN
    SELECT RAISE(ABORT, 'double booking of a station')
    WHERE EXISTS (
        SELECT 1 FROM taken AS peak
        WHERE peak.kind = 'site' AND peak.claimant = NEW.claimant AND peak.booking <> NEW.booking
            AND peak.until_at > NEW.start_at AND peak.start_at < NEW.until_at
            AND (SELECT count(*) FROM taken AS other
                 WHERE other.kind = 'site' AND other.claimant = NEW.claimant
                     AND other.booking <> NEW.booking
                     AND other.until_at > max(peak.start_at, NEW.start_at)
                     AND other.start_at <= max(peak.start_at, NEW.start_at))
                >= (SELECT stations FROM sites WHERE id = NEW.claimant)
    ) OR (SELECT stations FROM sites WHERE id = NEW.claimant) < 1;
END;

-- The other way round: what a booking names itself against what others claim. Stations are counted
-- together, so these two take the place of the triggers that counted the bookings' own.
DROP TRIGGER bookings_station_insert;
DROP TRIGGER bookings_station_update;

CREATE TRIGGER bookings_station_insert BEFORE INSERT ON bookings WHEN NEW.live
BEGIN
    SELECT RAISE(ABORT, 'double booking of a station')
    WHERE EXISTS (
        SELECT 1 FROM taken AS peak
        WHERE peak.kind = 'site' AND peak.claimant = NEW.site AND peak.booking <> NEW.id
            AND peak.until_at > NEW.start_at AND peak.start_at < NEW.end_at
            AND (SELECT count(*) FROM taken AS other
                 WHERE other.kind = 'site' AND other.claimant = NEW.site
                     AND other.booking <> NEW.id
                     AND other.until_at > max(peak.start_at, NEW.start_at)
                     AND other.start_at <= max(peak.start_at, NEW.start_at))
                >= (SELECT stations FROM sites WHERE id = NEW.site)
    ) OR (SELECT stations FROM sites WHERE id = NEW.site) < 1;
END;

CREATE TRIGGER bookings_station_update BEFORE UPDATE ON bookings WHEN NEW.live
BEGIN
    SELECT RAISE(ABORT, 'double booking of a station')
    WHERE EXISTS (
        SELECT 1 FROM taken AS peak
        WHERE peak.kind = 'site' AND peak.claimant = NEW.site AND peak.booking <> NEW.id
            AND peak.until_at > NEW.start_at AND peak.start_at < NEW.end_at
            AND (SELECT count(*) FROM taken AS other
                 WHERE other.kind = 'site' AND other.claimant = NEW.site
                     AND other.booking <> NEW.id
                     AND other.until_at > max(peak.start_at, NEW.start_at)
                     AND other.start_at <= max(peak.start_at, NEW.start_at))
                >= (SELECT stations FROM sites WHERE id = NEW.site)
    ) OR (SELECT stations FROM sites WHERE id = NEW.site) < 1;
END;

CREATE TRIGGER bookings_claimed_insert BEFORE INSERT ON bookings WHEN NEW.live
BEGIN
    SELECT RAISE(ABORT, 'double booking of a doctor')
    WHERE EXISTS (
        SELECT 1 FROM booking_claims AS other
        WHERE other.kind = 'doctor' AND other.claimant = NEW.doctor AND other.live
            AND other.booking <> NEW.id
            AND other.until_at > NEW.start_at AND other.start_at < NEW.free_at
    );
END;

CREATE TRIGGER bookings_claimed_update BEFORE UPDATE ON bookings WHEN NEW.live
BEGIN
    SELECT RAISE(ABORT, 'double booking of a doctor')
    WHERE EXISTS (
        SELECT 1 FROM booking_claims AS other
        WHERE other.kind = 'doctor' AND other.claimant = NEW.doctor AND other.live
            AND other.booking <> NEW.id
            AND other.until_at > NEW.start_at AND other.start_at < NEW.free_at
    );
END;
