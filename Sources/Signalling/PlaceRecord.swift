public import Vocabulary

/// A participant's place as it is stored: what a restarted server needs to let it resume.
///
/// The token is stored as its digest only. The numbers are those of the last write, which comes
/// when the place is taken, its token rotates or its socket goes, never with a message.
public struct PlaceRecord: Codable, Sendable, Equatable {
    /// Where the place is.
    public enum Scope: Codable, Sendable, Equatable {
        /// In a session, as that.
        case session(SessionID, ParticipantRole)
        /// A live feed that hears this.
        case desk([DeskTopic])
    }

    /// The participant.
    public let participant: ParticipantID
    /// The account behind it.
    public let principal: UserID
    /// Where the place is.
    public let scope: Scope
    /// What the others see of it; empty at a desk.
    public let name: String
    /// Grows from place to place in the order in which they were taken.
    public let order: UInt64
    /// Whether it waits in the lobby; nil in records of earlier versions and for those who do not.
    public let isWaiting: Bool?
    /// Since when it has had no socket; nil when it had one.
    public let awaySince: Instant?
    /// The resume token that it was given last.
    public let token: TokenDigest
    /// The one before, while it is still good.
    public let previousToken: TokenDigest?
    /// The lane's numbers.
    public let position: ReliableLane.Position
    /// The patients whose vital signs it follows.
    public let subscriptions: [PatientID]

    /// The session of the place, nil at a desk.
    public var session: SessionID? {
        switch scope {
        case .session(let session, _): session
        case .desk: nil
        }
    }
}

/// What a server that goes down in order knows of a place beyond its record.
///
/// It holds what was said: whoever stores it seals it. It is good once; two servers that both went
/// on from it would give one number to different messages.
public struct HandedPlace: Codable, Sendable {
    /// The numbered frames that wait for their acknowledgement, and the numbers around them.
    public let lane: ReliableLane.Contents
    /// What its requests of the last ten minutes were answered.
    let requests: [RequestLog.Entry]
}

/// The links of a room at the moment at which a server went down in order.
public struct RoomRecord: Codable, Sendable, Equatable {
    /// The session.
    public let session: SessionID
    /// The links that were not closed.
    public let links: [Link]
    /// How many links there have been.
    public let linkCount: Int
    /// How media flowed; nil in a record of an earlier version.
    public let topology: Topology?
}

/// A stored place that may be taken up again: its grant is as the account's rights are today.
public struct RestoredPlace: Sendable {
    /// The place as it was stored.
    public let record: PlaceRecord
    /// What its holder may do now.
    public let grant: Grant
    /// Since when nobody has been there.
    public let awaySince: Instant
    /// What the server before handed on; nil after a crash.
    public let handed: HandedPlace?

    /// A place to restore.
    public init(
        _ record: PlaceRecord,
        _ grant: Grant,
        awaySince: Instant,
        handed: HandedPlace?
    ) {
        self.record = record
        self.grant = grant
        self.awaySince = awaySince
        self.handed = handed
    }
}

/// What the store has to learn of the places.
public enum PlaceChange: Sendable {
    /// The place is this from now on.
    case kept(PlaceRecord)
    /// The place is given up.
    case gone(ParticipantID)
}
