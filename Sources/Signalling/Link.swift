public import Vocabulary

/// The path between two participants and its rounds of negotiation.
///
/// Clients negotiate as in WebRTC's "perfect negotiation": who joined later is polite. A round
/// is one accepted offer; what belongs to an earlier round is stale and goes no further.
public struct Link: Sendable, Equatable, Codable {
    /// What to do with a description or a candidate.
    public enum Verdict: Sendable, Equatable {
        /// Hand it on.
        case relay
        /// It belongs to an earlier round, or lost against the other side's offer.
        case stale
        /// It belongs to a round that nobody has offered.
        case ahead
    }

    /// Its number within the session; never used twice there.
    public let id: Int
    /// Who joined earlier: the impolite side.
    public let earlier: ParticipantID
    /// Who joined later: the polite side.
    public let later: ParticipantID
    /// Where it stands.
    public private(set) var state: LinkState = .new
    /// How many rounds there have been.
    public private(set) var round = 0
    /// Whose offer waits for its answer, whatever is reported of the media meanwhile.
    private var offerer: ParticipantID?

    init(id: Int, earlier: ParticipantID, later: ParticipantID) {
        self.id = id
        self.earlier = earlier
        self.later = later
    }

    /// The other end.
    public func peer(of participant: ParticipantID) -> ParticipantID {
        participant == earlier ? later : earlier
    }

    /// Whether the link ends at the participant.
    public func joins(_ participant: ParticipantID) -> Bool {
        participant == earlier || participant == later
    }

    /// An end sends something of a round.
    ///
    /// Both may offer the same round at once (glare): the impolite side's offer then counts,
    /// whichever came first; the polite side rolls its own back when it sees it.
    public mutating func send(
        _ kind: RelayedBody.Kind,
        round number: Int,
        from sender: ParticipantID
    ) -> Verdict {
        switch kind {
        case .offer:
            if number == round + 1 {
                round = number
            } else if number > round {
                return .ahead
            } else if number < round || offerer != later || sender != earlier {
                return .stale
            }
            offerer = sender
            move(to: .negotiating)
            return .relay
        case .answer:
            if number > round { return .ahead }
            guard number == round, let offerer, sender != offerer else { return .stale }
            self.offerer = nil
            move(to: .up)
            return .relay
        case .candidates:
            if number > round { return .ahead }
            return number == round ? .relay : .stale
        }
    }

    /// An end reports that media do not flow; false when the link is closed.
    mutating func fail() -> Bool {
        guard state != .closed else { return false }
        if state != .failing { move(to: .failing) }
        return true
    }

    mutating func close() {
        offerer = nil
        if state != .closed { move(to: .closed) }
    }

    private mutating func move(to next: LinkState) {
        precondition(state.successors.contains(next), "a link went from \(state) to \(next)")
        state = next
    }
}
