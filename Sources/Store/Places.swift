public import Signalling
public import Vocabulary

/// A place in the signalling as it is stored.
public struct StoredPlace: Sendable, Equatable {
    /// The place.
    public let record: PlaceRecord
    /// What a server that went down in order left for it, sealed; nil when there is nothing.
    public let ring: String?

    /// A place to store.
    public init(_ record: PlaceRecord, ring: String? = nil) {
        self.record = record
        self.ring = ring
    }
}

/// One write about the places.
public enum PlaceWrite: Sendable {
    /// The place is this from now on.
    case kept(StoredPlace)
    /// The place is given up.
    case gone(ParticipantID)
    /// The links of a room whose server goes down in order.
    case room(RoomRecord)
    /// The server has places at this moment: those without an end were not given up before.
    case alive(Instant)
    /// A server has taken what was handed on: everything goes, and the places that are still
    /// somebody's follow in the same transaction.
    case cleared
}

/// Everything stored about places.
public struct StoredPlaces: Sendable, Equatable {
    /// The places, by participant.
    public private(set) var places: [StoredPlace]
    /// The rooms that were handed on, by session.
    public private(set) var rooms: [RoomRecord]
    /// When a server last had places; nil when none ever had.
    public private(set) var aliveAt: Instant?

    /// These places and rooms.
    public init(places: [StoredPlace] = [], rooms: [RoomRecord] = [], aliveAt: Instant? = nil) {
        self.places = places
        self.rooms = rooms
        self.aliveAt = aliveAt
    }

    /// What is stored after this write; the rule that every store follows.
    package mutating func apply(_ write: PlaceWrite) {
        switch write {
        case .kept(let place):
            places.removeAll { $0.record.participant == place.record.participant }
            places.append(place)
            places.sort { $0.record.participant < $1.record.participant }
        case .gone(let participant):
            places.removeAll { $0.record.participant == participant }
        case .room(let room):
            rooms.removeAll { $0.session == room.session }
            rooms.append(room)
            rooms.sort { $0.session < $1.session }
        case .alive(let now): aliveAt = now
        case .cleared:
            rooms = []
            places = []
        }
    }
}
