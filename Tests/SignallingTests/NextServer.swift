import Foundation
import Signalling
import Testing
import Vocabulary

/// The places as a store keeps them, written when the exchange asks for it.
struct PlaceShelf {
    private(set) var records: [ParticipantID: Data] = [:]

    /// Takes what changed, in its stored form; returns whose.
    @discardableResult
    mutating func write(_ board: inout Switchboard) throws -> [String] {
        var names: [String] = []
        for change in board.exchange.takePlaceChanges() {
            switch change {
            case .kept(let record):
                records[record.participant] = try JSONEncoder().encode(record)
                names.append(record.participant.rawValue)
            case .gone(let id):
                records[id] = nil
                names.append("-" + id.rawValue)
            }
        }
        return names
    }
}

extension Switchboard {
    /// The grants of this test's people, as their accounts have them when the next server starts.
    static let grants = [
        place(.clinic, "p-clinic"), place(.doctor, "p-doctor"), desk("dk-1", .nation),
    ]

    /// The next server after a crash: it knows what the shelf has and nothing else.
    func nextAfterCrash(
        _ shelf: PlaceShelf,
        pause: Duration = .seconds(5),
        grants: [Grant] = Switchboard.grants,
        isOpen: Bool = true
    ) throws -> Switchboard {
        let places = try shelf.records.values.compactMap { data -> RestoredPlace? in
            let record = try JSONDecoder().decode(PlaceRecord.self, from: data)
            guard let grant = grants.first(where: { $0.participant == record.participant })
            else { return nil }
            return RestoredPlace(record, grant, awaySince: record.awaySince ?? now, handed: nil)
        }
        return try next(places, [], pause: pause, isOpen: isOpen)
    }

    /// The next server after one that went down in order, through the stored form.
    mutating func nextAfterDrain(
        pause: Duration = .seconds(5),
        byteLimit: Int = 1_000_000,
        isOpen: Bool = true
    ) throws -> Switchboard {
        perform { $0.drain(address: "wss://here/ws", at: $1, into: &$2) }
        let (handed, rooms) = exchange.handOn(byteLimit: byteLimit, at: now)
        let places = try handed.map { record, handed in
            let grant = try #require(
                Switchboard.grants.first { $0.participant == record.participant }
            )
            return RestoredPlace(
                try stored(record),
                grant,
                awaySince: try #require(record.awaySince),
                handed: try handed.map { try stored($0) }
            )
        }
        return try next(places, try stored(rooms), pause: pause, isOpen: isOpen)
    }

    private func next(
        _ places: [RestoredPlace],
        _ rooms: [RoomRecord],
        pause: Duration,
        isOpen: Bool
    ) throws -> Switchboard {
        var next = Switchboard(life: 1)
        next.now = now + pause
        next.tokens = tokens
        let session = exchange.session(Switchboard.record.id) ?? Switchboard.record
        next.perform { exchange, now, _ in
            exchange.restore(isOpen ? [session] : [], at: now)
            exchange.restore(places, rooms: rooms, at: now)
        }
        return next
    }

    private func stored<Record: Codable>(_ record: Record) throws -> Record {
        try JSONDecoder().decode(Record.self, from: JSONEncoder().encode(record))
    }
}
