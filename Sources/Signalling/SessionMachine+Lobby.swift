public import Vocabulary

/// Who may enter, who waits in the lobby, and who goes back there.
///
/// A doctor is never kept out. The parties of the booking enter at once, unless the session is
/// held or they were put back one by one; others wait until a doctor or the secretary lets them
/// in, and may come back without asking from then on.
extension SessionMachine {
    /// Everybody who is in the room, in the lobby, or between the two.
    public var here: [Participant] { participants.filter { !$0.state.isOver } }

    /// Who waits to be let in, in the order of coming.
    public var inLobby: [Participant] { participants.filter { $0.state == .lobby } }

    /// Whether a participant need not wait.
    func mayEnter(_ id: ParticipantID, _ role: ParticipantRole, _ entry: SessionGrant.Entry) -> Bool
    {
        if role == .doctor { return true }
        guard !record.isRemoved(id), !mustAsk.contains(id) else { return false }
        if record.state == .held, role != .secretary { return false }
        if entry == .trainee, !record.isGranted(.trainee) { return false }
        if mayReturn.contains(id) { return true }
        return entry == .direct && (record.isLocked != true || role == .clinic)
    }

    /// Somebody comes and waits in the lobby.
    ///
    /// Who was here before under the same id must have gone.
    public mutating func wait(
        _ id: ParticipantID,
        role: ParticipantRole,
        name: String,
        entry: SessionGrant.Entry,
        at now: Instant
    ) {
        var newcomer = Participant(id: id, role: role, name: name, state: .invited)
        newcomer.entry = entry
        newcomer.since = now
        arrive(newcomer)
        move(id, to: .lobby)
    }

    /// Puts a newcomer on the list.
    ///
    /// Who went is forgotten, so that no coming and going makes it long.
    mutating func arrive(_ newcomer: Participant) {
        precondition(
            participant(newcomer.id)?.state.isOver ?? true,
            "\(newcomer.id) is here already"
        )
        participants.removeAll { $0.state.isOver }
        participants.append(newcomer)
    }

    /// Lets somebody in, who is joining then; the newcomer is the polite side of each link.
    mutating func letIn(_ id: ParticipantID) {
        if participant(id)?.state == .invited { move(id, to: .lobby) }
        if participant(id)?.state == .lobby { move(id, to: .admitted) }
        guard let index = participants.firstIndex(where: { $0.id == id }) else { return }
        // The order is that of entering the room.
        participants.append(participants.remove(at: index))
        for other in inRoom { makeLink(earlier: other.id, later: id) }
        move(id, to: .joining)
        mayReturn.insert(id)
    }

    /// Somebody in the lobby is let in as soon as its socket is there.
    mutating func admit(_ id: ParticipantID) {
        mustAsk.remove(id)
        mayReturn.insert(id)
        move(id, to: .admitted)
    }

    /// Puts somebody in the room back into the lobby; who is put back alone must be let in alone.
    mutating func sendBack(_ id: ParticipantID, isAlone: Bool, at now: Instant) {
        if isAlone {
            mustAsk.insert(id)
            mayReturn.remove(id)
        }
        if handover == id { handover = nil }
        move(id, to: .lobby)
        if let index = participants.firstIndex(where: { $0.id == id }) {
            participants[index].since = now
        }
        closeLinks(of: id)
        noteAbsence(at: now)
    }

    /// Somebody in the lobby is refused, or anybody is put out.
    mutating func dismiss(_ id: ParticipantID, as state: ParticipantState, at now: Instant) {
        mayReturn.remove(id)
        go(id, to: state, at: now)
    }

    /// Pauses the consult; false when it is not live.
    mutating func hold(at now: Instant) -> Bool {
        guard record.state == .live else { return false }
        move(to: .held, at: now)
        return true
    }

    /// Goes on with the consult; false when it is not paused.
    mutating func recall(at now: Instant) -> Bool {
        guard record.state == .held else { return false }
        move(to: .live, at: now)
        return true
    }

    /// Those in the room who are not to stay in it while the consult is paused.
    var heldBack: [ParticipantID] {
        inRoom.filter { $0.role != .doctor && $0.role != .secretary }.map(\.id)
    }

    /// Those in the lobby who need not wait any more.
    var returning: [ParticipantID] {
        inLobby.filter { mayEnter($0.id, $0.role, $0.entry) }.map(\.id)
    }

    /// Those in the room who may not stay without the patient's consent to people in training.
    var unconsented: [ParticipantID] {
        guard !record.isGranted(.trainee) else { return [] }
        return inRoom.filter { $0.entry == .trainee && $0.role != .doctor }.map(\.id)
    }

    /// Changes something about a participant that the others see.
    mutating func change(_ id: ParticipantID, _ change: (inout Participant) -> Void) {
        guard let index = participants.firstIndex(where: { $0.id == id }) else { return }
        change(&participants[index])
    }
}
