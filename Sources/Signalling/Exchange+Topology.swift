public import Vocabulary
import Wire

/// The way of the media as the participants are told it, and the conference server's part in it.
extension Exchange {
    /// Brings a session's topology up to date after somebody entered or left its room.
    mutating func settleTopology(
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let before = sessions[session]?.conferenceWish
        let hasServer = hasConference
        guard let change = sessions[session]?.settleTopology(hasServer: hasServer, at: now)
        else { return }
        announce(change, in: session, at: now, into: &effects)
        if sessions[session]?.conferenceWish != before {
            effects.append(.event(.conferenceChanged))
        }
    }

    /// Video is withdrawn from a session, or given again.
    public mutating func setVideo(
        _ isOn: Bool,
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let change = sessions[session]?.setVideo(isOn) else { return }
        announce(change, in: session, at: now, into: &effects)
    }

    /// Shows somebody large to everybody, or nobody in particular; false when it is not there.
    public mutating func present(
        _ participant: ParticipantID?,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> Bool {
        guard sessions[session]?.present(participant) == true else { return false }
        announce(.told, in: session, at: now, into: &effects)
        return true
    }

    // MARK: The conference server

    /// The sessions that want to be on the conference server, by id.
    public var conferences: [ConferenceWish] {
        sessions.values.compactMap(\.conferenceWish).sorted { $0.session < $1.session }
    }

    /// A room stands, with a token for each of these: their media move there.
    public mutating func conferenceReady(
        _ room: ConferenceRoom,
        for session: SessionID,
        tokens: [ParticipantID: String],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let change = sessions[session]?.moveToConference(room, tokens: tokens)
        else { return }
        announce(change, in: session, at: now, into: &effects)
    }

    /// Those who came later may enter the room, too.
    public mutating func conferenceAdmits(
        _ tokens: [ParticipantID: String],
        to room: ConferenceRoom,
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let newcomers = sessions[session]?.admitToConference(room, tokens: tokens) ?? []
        for id in newcomers {
            guard let index = seatOfParticipant[id] else { continue }
            sendTopology(index, of: session, at: now, into: &effects)
        }
    }

    /// The server does not answer or has forgotten the room: media flow directly again.
    public mutating func conferenceLost(
        _ room: ConferenceRoom,
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let change = sessions[session]?.loseConference(room) else { return }
        announce(change, in: session, at: now, into: &effects)
    }

    // MARK: Telling

    /// Everybody learns of the topology; after a move back to direct links, of those too.
    private mutating func announce(
        _ change: TopologyChange,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard change != .none, let mode = sessions[session]?.topology.mode else { return }
        for index in seatsInRoom(of: session) {
            sendTopology(index, of: session, at: now, into: &effects)
            guard change == .renewed, mode != .sfu else { continue }
            sendSnapshot(index, of: session, at: now, into: &effects)
        }
    }

    private mutating func sendTopology(
        _ index: Int,
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let machine = sessions[session] else { return }
        var writer = JSONWriter(capacity: 512)
        writeTopology(of: machine, for: seats[index].grant.participant, to: &writer)
        sendReliable(index, .topology, body: writer.bytes, at: now, into: &effects)
    }

    /// The topology as one participant sees it: with its own way into the conference.
    func writeTopology(
        of machine: SessionMachine,
        for id: ParticipantID,
        to writer: inout JSONWriter
    ) {
        let topology = machine.topology
        writer.object { writer in
            writer.member("mode", topology.mode.rawValue)
            writer.key("generation")
            writer.value(topology.generation)
            writer.key("video")
            writer.value(topology.video)
            if let presenter = topology.presenter {
                writer.member("presenter", presenter.rawValue)
            }
            guard topology.mode == .sfu, let room = machine.conference.room,
                let place = machine.conference.places[id]
            else { return }
            writer.key("server")
            writer.object { writer in
                writer.member("url", room.url)
                writer.member("token", place.token)
                writer.member("room", room.name)
                writer.member("feed", id.rawValue)
                writer.member("handle", "janus.plugin.videoroom")
                writer.key("link")
                writer.value(place.link)
            }
        }
    }
}
