public import Vocabulary

/// How the media of a session flow.
public struct Topology: Codable, Sendable, Equatable {
    /// Between whom.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// Two ends, directly.
        case p2p
        /// Each end directly to each other.
        case mesh
        /// Each end to the conference server, which hands on to the others.
        case sfu
    }

    /// The most ends that send to each other directly; more are too much for a site's line.
    public static let meshLimit = 4
    /// So few ends leave the conference server again.
    ///
    /// At four all stays as it is, so that one who comes and goes does not move everybody.
    public static let returnLimit = 3
    /// So many failures of a link within `failureSpan` make it a poor one.
    public static let poorLinkFailures = 3
    /// Within which time failures of a link count together.
    public static let failureSpan = Duration.seconds(60)
    /// How long a session with a poor link stays at the conference server at least.
    public static let poorLinkMemory = Duration.seconds(600)

    /// Between whom media flow.
    public internal(set) var mode = Mode.p2p
    /// Counts how often all links began anew; what belongs to an earlier generation is closed.
    public internal(set) var generation = 1
    /// Whether video may be sent; false while its consent is withdrawn.
    public internal(set) var video = true
    /// Who is shown large to everybody, nil for nobody in particular.
    public internal(set) var presenter: ParticipantID?

    /// Two ends, directly, and nobody presents.
    public init() {}
}

/// What has changed in a session's topology.
public enum TopologyChange: Sendable, Equatable {
    /// Nothing.
    case none
    /// Something that leaves the links as they are.
    case told
    /// All links began anew, in a generation of their own.
    case renewed
}

/// A session's place on the conference server.
public struct ConferenceRoom: Sendable, Equatable {
    /// The room's name on the server.
    public let name: String
    /// The WebSocket that browsers reach the server by.
    public let url: String

    /// A room.
    public init(name: String, url: String) {
        self.name = name
        self.url = url
    }
}

/// A session that wants to be on the conference server, and who should be in its room.
public struct ConferenceWish: Sendable, Equatable {
    /// The session.
    public let session: SessionID
    /// The generation in which media flow now.
    public let generation: Int
    /// The room that it has, nil when one must be made.
    public let room: ConferenceRoom?
    /// Everybody who is in the session, in the order of joining.
    public let participants: [ParticipantID]
    /// Those of them who have no token for the room.
    public let lacking: [ParticipantID]
}

/// What a session knows of the conference server: whether it wants to be there, and its room.
struct Conference: Sendable {
    /// One end's way into the room.
    struct Place: Sendable, Equatable {
        /// What opens the room for it.
        let token: String
        /// The number of its link to the server.
        let link: Int
    }

    var isWanted = false
    var room: ConferenceRoom?
    var places: [ParticipantID: Place] = [:]
    /// Until when the session is there because of a poor link.
    var poorUntil: Instant?
    /// When each direct link failed lately.
    var failures: [Int: [Instant]] = [:]
}
