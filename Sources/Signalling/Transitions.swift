/// Where a participant of a session stands.
public enum ParticipantState: String, Sendable, CaseIterable {
    /// A party of the booking that has not come.
    case invited
    /// Waits to be let in.
    case lobby
    /// Let in.
    case admitted
    /// Has a socket; its snapshot is on the way.
    case joining
    /// There.
    case connected
    /// Its socket is lost; it has 120 s to come back.
    case away
    /// Went, or did not come back.
    case left
    /// Was not let in.
    case denied
    /// Gave up waiting in the lobby, or waited until nobody would come.
    case expired
    /// Was put out.
    case removed

    /// The states that may follow.
    public var successors: [ParticipantState] {
        switch self {
        case .invited: [.lobby, .removed]
        case .lobby: [.admitted, .denied, .expired, .removed]
        case .admitted: [.joining, .lobby, .left, .removed]
        case .joining: [.connected, .lobby, .left, .removed]
        case .connected: [.away, .lobby, .left, .removed]
        case .away: [.connected, .lobby, .left, .removed]
        case .left, .denied, .expired, .removed: []
        }
    }

    /// Whether nothing more can follow.
    var isOver: Bool { successors.isEmpty }

    /// Whether the others see the participant in the room.
    public var isInRoom: Bool {
        switch self {
        case .joining, .connected, .away: true
        case .invited, .lobby, .admitted, .left, .denied, .expired, .removed: false
        }
    }
}

extension SessionState {
    /// The states that may follow.
    ///
    /// A doctor who waits alone makes a session live; it is still given up when the clinic does not
    /// come, so every state that is not final can be.
    public var successors: [SessionState] {
        switch self {
        case .scheduled: [.waiting, .cancelled, .expired]
        case .waiting: [.live, .cancelled, .expired]
        case .live: [.held, .ending, .cancelled, .expired]
        case .held: [.live, .ending, .cancelled, .expired]
        case .ending: [.ended, .cancelled, .expired]
        case .ended, .cancelled, .expired: []
        }
    }
}

/// Where the media path between two participants stands, as far as signalling can know.
public enum LinkState: String, Sendable, Codable, CaseIterable {
    /// Nothing was offered.
    case new
    /// An offer waits for its answer.
    case negotiating
    /// The last offer was answered.
    case up
    /// An end reports that media do not flow.
    case failing
    /// One of the two went.
    case closed

    /// The states that may follow; a new offer may follow an offer.
    public var successors: [LinkState] {
        switch self {
        case .new: [.negotiating, .failing, .closed]
        case .negotiating: [.negotiating, .up, .failing, .closed]
        case .up: [.failing, .negotiating, .closed]
        case .failing: [.up, .negotiating, .closed]
        case .closed: []
        }
    }
}
