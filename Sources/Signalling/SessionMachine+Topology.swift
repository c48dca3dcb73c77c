import Vocabulary

/// Between whom media flow: directly while few are there, over the conference server otherwise.
///
/// A session moves when the room on the server stands, and not before; until then, and when there
/// is no server, everybody sends to everybody. Each move is a generation: the links of the one
/// before are closed and others made, and the consult itself goes on.
extension SessionMachine {
    /// Brings the topology up to date with who is there.
    ///
    /// `hasServer` says whether a conference server is configured at all.
    mutating func settleTopology(hasServer: Bool, at now: Instant) -> TopologyChange {
        let before = topology
        if let presenter = topology.presenter, !isInRoom(presenter) { topology.presenter = nil }
        conference.places = conference.places.filter { isInRoom($0.key) }
        ladders = ladders.filter { isInRoom($0.key) }
        conference.isWanted = hasServer && wantsConference(at: now)
        if topology.mode == .sfu {
            if !conference.isWanted { return goDirect() }
        } else {
            topology.mode = directMode
        }
        return topology == before ? .none : .told
    }

    /// Goes on as the server before left it; after a crash in a generation that is surely later.
    ///
    /// Of the conference server nothing is kept: media flow there until another room stands.
    mutating func goOn(with before: Topology?, at now: Instant) {
        if let before {
            topology = before
            conference.isWanted = before.mode == .sfu
        } else {
            // No session begins anew each second.
            topology.generation = Int(now.milliseconds / 1_000)
        }
    }

    /// The session's wish, nil when it wants nothing of the server.
    var conferenceWish: ConferenceWish? {
        guard conference.isWanted else { return nil }
        let present = inRoom.map(\.id)
        return ConferenceWish(
            session: record.id,
            generation: topology.generation,
            room: conference.room,
            participants: present,
            lacking: present.filter { conference.places[$0] == nil }
        )
    }

    /// Media move to a room that stands, with these tokens for it; not when it came too late.
    mutating func moveToConference(
        _ room: ConferenceRoom,
        tokens: [ParticipantID: String]
    ) -> TopologyChange {
        guard conference.isWanted, conference.room != room else { return .none }
        conference.room = room
        conference.places = [:]
        renew(as: .sfu)
        _ = admitToConference(room, tokens: tokens)
        return .renewed
    }

    /// Tokens for those who came later; returns who has one now.
    mutating func admitToConference(
        _ room: ConferenceRoom,
        tokens: [ParticipantID: String]
    ) -> [ParticipantID] {
        guard conference.room == room else { return [] }
        let newcomers = inRoom.map(\.id).filter {
            tokens[$0] != nil && conference.places[$0] == nil
        }
        for id in newcomers {
            guard let token = tokens[id] else { continue }
            conference.places[id] = Conference.Place(token: token, link: nextLinkNumber())
        }
        return newcomers
    }

    /// The server does not answer, or has forgotten the room: media flow directly again.
    mutating func loseConference(_ room: ConferenceRoom) -> TopologyChange {
        guard conference.room == room else { return .none }
        return goDirect()
    }

    /// Video is withdrawn or given again: all links begin anew without it or with it.
    mutating func setVideo(_ isOn: Bool) -> TopologyChange {
        guard topology.video != isOn else { return .none }
        topology.video = isOn
        renew(as: topology.mode)
        return .renewed
    }

    /// Somebody in the room presents, or nobody any more; false when it is not in the room.
    mutating func present(_ id: ParticipantID?) -> Bool {
        if let id, !isInRoom(id) { return false }
        topology.presenter = id
        return true
    }

    /// A direct link failed; too often within a minute makes it a poor one.
    mutating func noteFailure(of link: Int, at now: Instant) {
        var times = conference.failures[link, default: []]
        times.removeAll { now - $0 >= Topology.failureSpan }
        times.append(now)
        conference.failures[link] = times
        guard times.count >= Topology.poorLinkFailures else { return }
        conference.failures[link] = nil
        conference.poorUntil = now + Topology.poorLinkMemory
    }

    /// Whether the link is the participant's own to the conference server.
    func isConferenceLink(_ link: Int, of id: ParticipantID) -> Bool {
        conference.places[id]?.link == link
    }

    // MARK: Private

    private func wantsConference(at now: Instant) -> Bool {
        let ends = inRoom.count
        let isPoor = conference.poorUntil.map { now < $0 } ?? false
        if ends > Topology.meshLimit || ends > 1 && isPoor { return true }
        if ends == 0 || ends <= Topology.returnLimit && !isPoor { return false }
        return conference.isWanted
    }

    private var directMode: Topology.Mode { inRoom.count > 2 ? .mesh : .p2p }

    private func isInRoom(_ id: ParticipantID) -> Bool {
        participant(id)?.state.isInRoom == true
    }

    private mutating func goDirect() -> TopologyChange {
        conference.room = nil
        conference.places = [:]
        renew(as: directMode)
        return .renewed
    }

    private mutating func renew(as mode: Topology.Mode) {
        topology.mode = mode
        topology.generation += 1
        conference.failures = [:]
        renewLinks()
    }
}
