public import Vocabulary
import Wire

/// One consult session: who is in it, how they are linked, and what may follow.
///
/// The record inside outlives the process; participants and links live as long as the sockets
/// and 120 s longer. Entries to the record's time line are made here and nowhere else.
public struct SessionMachine: Sendable {
    /// Somebody in the session.
    public struct Participant: Sendable, Equatable {
        /// The participant's id, the same each time the person comes.
        public let id: ParticipantID
        /// What it is in the session, from the booking or as it was made since.
        public internal(set) var role: ParticipantRole
        /// What the others see of it.
        public let name: String
        /// Where it stands.
        public internal(set) var state: ParticipantState
        /// How it enters.
        public internal(set) var entry = SessionGrant.Entry.direct
        /// Since when it waits, or is in the room.
        public internal(set) var since = Instant.distantPast
        /// Whether it was asked to be silent.
        public internal(set) var isMuted = false
        /// What it can send, once it said so.
        public internal(set) var media: ParticipantMedia?
    }

    /// The longest that a live session stays so with nobody there.
    public static let absenceLimit = Duration.seconds(120)
    /// The most participants: a group consult of 51 sites and nine doctors, and a few more.
    public static let participantLimit = 64

    /// The session as it is stored.
    public internal(set) var record: SessionRecord
    /// Who is there or has been, in the order of joining.
    public internal(set) var participants: [Participant] = []
    /// Who was let in once and may come back without asking.
    var mayReturn: Set<ParticipantID> = []
    /// Who was put back into the lobby and must be let in again.
    var mustAsk: Set<ParticipantID> = []
    /// The doctor to whom the consult is offered, until the answer.
    var handover: ParticipantID?
    /// The last lines of the chat, oldest first.
    var chat: [ChatLine] = []
    /// When the consult is planned to begin, as the last ticket said.
    var startsAt: Instant?
    /// The links that are not closed.
    public private(set) var links: [Link] = []
    /// Since when nobody is connected; nil while somebody is.
    public private(set) var emptySince: Instant?
    /// How media flow.
    public internal(set) var topology = Topology()
    /// What it knows of the conference server.
    var conference = Conference()
    /// How much of its media each participant sends and takes; all of them where none stands.
    var ladders: [ParticipantID: MediaLadder] = [:]
    /// How many links there have been.
    private(set) var linkCount = 0
    private var isChanged = false
    private var presumed: SessionStatement?

    /// The session of a record; nobody is there yet.
    public init(_ record: SessionRecord, at now: Instant) {
        self.record = record
        self.emptySince = now
    }

    /// The record when it changed since the last call.
    public mutating func takeChange() -> SessionRecord? {
        guard isChanged else { return nil }
        isChanged = false
        return record
    }

    /// What was presumed since the last call.
    mutating func takePresumption() -> SessionStatement? {
        defer { presumed = nil }
        return presumed
    }

    // MARK: Participants

    /// The participants whom the others see, in the order of joining.
    public var inRoom: [Participant] { participants.filter { $0.state.isInRoom } }

    /// The participant, when it is there or has been.
    public func participant(_ id: ParticipantID) -> Participant? {
        participants.first { $0.id == id }
    }

    /// The participant in the room whose id is exactly these bytes.
    func inRoomID(equalTo text: Span<UInt8>) -> ParticipantID? {
        for participant in participants
        where participant.state.isInRoom && text.equals(participant.id.rawValue) {
            return participant.id
        }
        return nil
    }

    /// The link between the two, when both are in the room.
    public func link(between one: ParticipantID, and other: ParticipantID) -> Link? {
        links.first { $0.joins(one) && $0.joins(other) }
    }

    /// Whether one more may come, to the room or its lobby.
    public var isFull: Bool { here.count >= SessionMachine.participantLimit }

    /// Somebody comes who need not wait, and is joining then.
    ///
    /// Who was here before under the same id must have gone. Links to everybody in the
    /// room are made; the newcomer is the polite side of each.
    public mutating func enter(
        _ id: ParticipantID,
        role: ParticipantRole,
        name: String,
        entry: SessionGrant.Entry = .direct,
        at now: Instant = .distantPast
    ) {
        var newcomer = Participant(id: id, role: role, name: name, state: .invited)
        newcomer.entry = entry
        newcomer.since = now
        arrive(newcomer)
        letIn(id)
    }

    /// The participant has its snapshot, or its socket back; returns whether doctor and clinic
    /// are both connected for the first time.
    public mutating func connected(_ id: ParticipantID, at now: Instant) -> Bool {
        guard let role = participant(id)?.role else { return false }
        move(id, to: .connected)
        emptySince = nil
        note("\(role.rawValue)Joined", at: now)
        if record.state == .scheduled { move(to: .waiting, at: now) }
        if role == .clinic { presume(at: now) }
        becomeLive(at: now)
        guard isConnected(.doctor), isConnected(.clinic) else { return false }
        return note(SessionEvent.bothPresent, at: now)
    }

    /// The participant's socket is lost; who waits in the lobby goes on waiting.
    public mutating func lost(_ id: ParticipantID, at now: Instant) {
        guard participant(id)?.state.isInRoom == true else { return }
        move(id, to: .away)
        noteAbsence(at: now)
    }

    /// The participant goes: it left, did not come back, or comes again from the start.
    public mutating func leave(_ id: ParticipantID, at now: Instant) {
        go(id, to: participant(id)?.state == .lobby ? .expired : .left, at: now)
    }

    /// The participant goes for this reason.
    mutating func go(_ id: ParticipantID, to state: ParticipantState, at now: Instant) {
        if handover == id { handover = nil }
        move(id, to: state)
        closeLinks(of: id)
        noteAbsence(at: now)
    }

    /// Every link of the participant begins anew, because messages to it were lost.
    public mutating func relink(_ id: ParticipantID) {
        let peers = links.filter { $0.joins(id) }
        closeLinks(of: id)
        for old in peers { makeLink(earlier: old.earlier, later: old.later) }
    }

    /// Whether doctor and clinic have been connected at once.
    public var haveMet: Bool { record.timeline.contains { $0.what == SessionEvent.bothPresent } }

    // MARK: Links

    /// A participant sends something of a round over a link; nil when there is no such link
    /// between the two.
    public mutating func send(
        _ kind: RelayedBody.Kind,
        link id: Int,
        round: Int,
        from sender: ParticipantID,
        to receiver: ParticipantID
    ) -> Link.Verdict? {
        guard
            let index = links.firstIndex(where: {
                $0.id == id && $0.joins(sender) && $0.peer(of: sender) == receiver
            })
        else { return nil }
        return links[index].send(kind, round: round, from: sender)
    }

    /// The same for a message as it came: the receiver is named in its text.
    ///
    /// One call that changes the machine where it lies; to read it out of a table copies all of it.
    mutating func send(
        _ message: RelayedBody,
        in text: Span<UInt8>,
        from sender: ParticipantID
    ) -> (ParticipantID, Link.Verdict)? {
        guard let receiver = inRoomID(equalTo: text.extracting(message.to)),
            let verdict = send(
                message.kind,
                link: message.link,
                round: message.round,
                from: sender,
                to: receiver
            )
        else { return nil }
        return (receiver, verdict)
    }

    /// A participant reports that media do not flow; returns the other end, or nil when the
    /// participant has no such link.
    public mutating func fail(link id: Int, by sender: ParticipantID) -> ParticipantID? {
        guard let index = links.firstIndex(where: { $0.id == id && $0.joins(sender) }),
            links[index].fail()
        else { return nil }
        return links[index].peer(of: sender)
    }

    /// Every link begins anew, as far as there are direct ones.
    mutating func renewLinks() {
        for index in links.indices { links[index].close() }
        links = []
        let present = inRoom
        for (place, later) in present.enumerated() {
            for earlier in present[..<place] { makeLink(earlier: earlier.id, later: later.id) }
        }
    }

    /// The number of a link that there has not been.
    mutating func nextLinkNumber() -> Int {
        linkCount += 1
        return linkCount
    }

    /// Goes on with the links of the server before, where both ends are here with all that was
    /// said; the others have begun anew.
    ///
    /// A number that was given before is never given again, so that what is repeated for an old
    /// link reaches nobody on another one.
    mutating func adopt(_ room: RoomRecord, handed: Set<ParticipantID>) {
        for old in room.links where handed.contains(old.earlier) && handed.contains(old.later) {
            guard
                let index = links.firstIndex(where: { $0.joins(old.earlier) && $0.joins(old.later) }
                )
            else { continue }
            links[index] = old
        }
    }

    /// No link number up to this one is given any more.
    mutating func skipLinks(through number: Int) {
        linkCount = max(linkCount, number)
    }

    // MARK: The session

    /// Whether the result may be given now, by this doctor.
    public func mayConclude(by doctor: DoctorID?) -> ErrorCode? {
        guard doctor == record.doctor else { return .forbidden }
        switch record.state {
        case .live, .held, .ending: return nil
        case .scheduled, .waiting: return .notReady
        case .ended, .cancelled, .expired: return .sessionEnded
        }
    }

    /// The consult is over, the outcome is awaited; false when it is not under way.
    public mutating func end(at now: Instant) -> Bool {
        guard record.state.successors.contains(.ending) else { return false }
        move(to: .ending, at: now)
        return true
    }

    /// The result is given; false when it is not of the responsible doctor or too early.
    public mutating func conclude(with outcome: Outcome, at now: Instant) -> Bool {
        guard mayConclude(by: outcome.by) == nil else { return false }
        if record.state != .ending { move(to: .ending, at: now) }
        record.outcome = outcome
        move(to: .ended, at: now)
        return true
    }

    /// The session is taken back or somebody did not come; false when it is over.
    public mutating func close(as state: SessionState, at now: Instant) -> Bool {
        guard state == .cancelled || state == .expired, record.state.successors.contains(state)
        else { return false }
        move(to: state, at: now)
        return true
    }

    /// Ends a session in which nobody has been for 120 s.
    public mutating func advance(to now: Instant) {
        guard let emptySince, now - emptySince >= SessionMachine.absenceLimit else { return }
        _ = end(at: now)
    }

    /// The record is changed as it was stored; a consult that waited for its steps may begin.
    public mutating func amend(_ amendment: SessionAmendment, at now: Instant) {
        record.amend(amendment, at: now)
        becomeLive(at: now)
    }

    /// The consult begins once a doctor is there and what must be known before is known.
    private mutating func becomeLive(at now: Instant) {
        guard record.state == .waiting, isConnected(.doctor), record.isReady else { return }
        presume(at: now)
        move(to: .live, at: now)
    }

    /// Records what goes without saying, where it does.
    private mutating func presume(at now: Instant) {
        guard let statement = record.presumption(at: now) else { return }
        record.amend(.statement(statement), at: now)
        presumed = statement
    }

    // MARK: Inside

    private func isConnected(_ role: ParticipantRole) -> Bool {
        participants.contains { $0.role == role && $0.state == .connected }
    }

    mutating func noteAbsence(at now: Instant) {
        guard emptySince == nil, !participants.contains(where: { $0.state == .connected })
        else { return }
        emptySince = now
    }

    mutating func makeLink(earlier: ParticipantID, later: ParticipantID) {
        // At the conference server everybody has one link, to the server.
        guard topology.mode != .sfu else { return }
        links.append(Link(id: nextLinkNumber(), earlier: earlier, later: later))
    }

    mutating func closeLinks(of id: ParticipantID) {
        for index in links.indices where links[index].joins(id) { links[index].close() }
        links.removeAll { $0.state == .closed }
    }

    mutating func move(_ id: ParticipantID, to next: ParticipantState) {
        guard let index = participants.firstIndex(where: { $0.id == id }) else { return }
        let state = participants[index].state
        precondition(state.successors.contains(next), "a participant went from \(state) to \(next)")
        participants[index].state = next
    }

    mutating func move(to next: SessionState, at now: Instant) {
        precondition(
            record.state.successors.contains(next),
            "a session went from \(record.state) to \(next)"
        )
        record.state = next
        record.timeline.append(SessionEvent(what: next.rawValue, at: now))
        record.changedAt = now
        isChanged = true
    }

    /// A line of the history that stands there once; false when it does already.
    @discardableResult
    private mutating func note(_ what: String, at now: Instant) -> Bool {
        guard !record.timeline.contains(where: { $0.what == what }) else { return false }
        record.timeline.append(SessionEvent(what: what, at: now))
        record.changedAt = now
        isChanged = true
        return true
    }
}
