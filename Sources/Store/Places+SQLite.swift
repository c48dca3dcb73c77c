import SQLite
import Signalling
import Vocabulary

extension Connection {
    borrowing func apply(_ write: PlaceWrite) throws(SQLiteError) {
        switch write {
        case .kept(let place):
            try run(
                """
                INSERT INTO places (participant, body, ring) VALUES (?, ?, ?)
                ON CONFLICT (participant) DO UPDATE SET body = excluded.body, ring = excluded.ring
                """,
                .text(place.record.participant.rawValue),
                .text(try RecordJSON.text(place.record)),
                .optionalText(place.ring)
            )
        case .gone(let participant):
            try run("DELETE FROM places WHERE participant = ?", .text(participant.rawValue))
        case .room(let room):
            try run(
                """
                INSERT INTO rooms (session, body) VALUES (?, ?)
                ON CONFLICT (session) DO UPDATE SET body = excluded.body
                """,
                .text(room.session.rawValue),
                .text(try RecordJSON.text(room))
            )
        case .alive(let now):
            try run(
                """
                INSERT INTO counters (name, value) VALUES ('alive', ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """,
                .integer(now.milliseconds)
            )
        case .cleared:
            try run("DELETE FROM places")
            try run("DELETE FROM rooms")
        }
    }

    /// Everything stored about places.
    ///
    /// One that this version cannot read is left out: its holder enters anew.
    borrowing func places() throws(SQLiteError) -> StoredPlaces {
        let places = try with("SELECT body, ring FROM places ORDER BY participant") {
            (row) throws(SQLiteError) in
            var places: [StoredPlace] = []
            while try row.step() {
                let ring = row.text(1)
                guard let record = try? RecordJSON.record(PlaceRecord.self, from: row.bytes(0))
                else { continue }
                places.append(StoredPlace(record, ring: ring.isEmpty ? nil : ring))
            }
            return places
        }
        let alive = try integer("SELECT value FROM counters WHERE name = 'alive'")
        return StoredPlaces(
            places: places,
            rooms: try records("SELECT body FROM rooms ORDER BY session"),
            aliveAt: alive.map { Instant(milliseconds: $0) }
        )
    }
}
