public import Vocabulary

/// Taking up the places of the server before.
extension Exchange {
    /// Takes up stored places; their sessions must have been restored.
    ///
    /// Whoever calls has asked about each whether its account may still have it. A place that was
    /// handed on resumes without a gap. Of another one only old numbers are known: it resumes
    /// with a gap, and the first message that its client repeats says where the lane stands. A
    /// place is left out, and told by `takePlaceChanges` to be gone, when its session is not open
    /// or it was away for longer than a token lives.
    public mutating func restore(
        _ places: [RestoredPlace],
        rooms: [RoomRecord],
        at now: Instant
    ) {
        for session in Set(places.compactMap(\.record.session)) {
            let handed = rooms.first { $0.session == session }
            // After a crash no number is known; no room makes a link each millisecond.
            let used = handed?.linkCount ?? Int(now.milliseconds)
            sessions[session]?.skipLinks(through: used)
            sessions[session]?.goOn(with: handed?.topology, at: now)
        }
        for place in places.sorted(by: { $0.record.order < $1.record.order }) {
            changedPlaces.insert(place.record.participant)
            take(place, at: now)
        }
        let handed = Set(places.filter { $0.handed != nil }.map(\.record.participant))
        for room in rooms { sessions[room.session]?.adopt(room, handed: handed) }
        for session in Set(places.compactMap(\.record.session)) { armEmptiness(of: session) }
    }

    private mutating func take(_ place: RestoredPlace, at now: Instant) {
        let record = place.record
        guard seatOfParticipant[record.participant] == nil,
            now - place.awaySince < limits.resumeLife
        else { return }
        if case .session(let grant) = place.grant {
            guard let machine = sessions[grant.session.id], !machine.isFull,
                grant.role == .doctor || !machine.record.isRemoved(grant.participant)
            else { return }
            sessions[grant.session.id]?.takeUp(grant, isWaiting: record.isWaiting == true, at: now)
        }
        let index = seats.take(
            place.grant,
            socket: nil,
            token: record.token,
            lane: lane(of: place),
            at: now
        )
        seats[index].awaySince = place.awaySince
        if let session = place.grant.session {
            let state = sessions[session]?.participant(record.participant)?.state
            seats[index].isWaiting = state == .lobby
        }
        seats[index].previousToken = record.previousToken
        seats[index].formerSubscriptions = record.subscriptions
        if let handed = place.handed {
            seats[index].requests.take(handed.requests)
            requestRoom.changed(by: seats[index].requests.count)
        }
        seatOfParticipant[record.participant] = index
        for token in [record.token, record.previousToken] {
            if let token { seatOfToken[token] = seats[index].key }
        }
        if case .desk(let desk) = place.grant {
            for topic in Set(desk.hears) { desks[topic, default: []].append(index) }
        }
        deadlines.insert(.absence(seats[index].key), at: place.awaySince + limits.resumeLife)
    }

    private func lane(of place: RestoredPlace) -> ReliableLane {
        var lane = ReliableLane(ringMessages: limits.ringMessages, ringBytes: limits.ringBytes)
        if let handed = place.handed {
            lane.take(handed.lane)
        } else {
            lane.float(from: place.record.position)
        }
        return lane
    }

    /// Asks again for the vital signs that the participant followed before the restart: whether it
    /// still may is decided anew.
    mutating func renewSubscriptions(_ index: Int, into effects: inout [ExchangeEffect]) {
        let reply = PendingReply(seat: seats[index].key, request: nil, sequence: nil)
        for patient in seats[index].formerSubscriptions {
            effects.append(.event(.vitalsRequested(reply, patient, by: seats[index].grant)))
        }
        seats[index].formerSubscriptions = []
    }
}

extension SessionMachine {
    /// A participant of the server before is in the room, away until it resumes, or waits in the
    /// lobby as it did.
    mutating func takeUp(_ grant: SessionGrant, isWaiting: Bool, at now: Instant) {
        let id = grant.participant
        guard !isWaiting else {
            // Whom nothing keeps out was put back alone.
            if mayEnter(id, grant.role, grant.entry) { mustAsk.insert(id) }
            return wait(id, role: grant.role, name: grant.name, entry: grant.entry, at: now)
        }
        enter(id, role: grant.role, name: grant.name, entry: grant.entry, at: now)
        _ = connected(grant.participant, at: now)
        lost(grant.participant, at: now)
    }

    /// The links as they are, for the next server.
    var roomRecord: RoomRecord {
        RoomRecord(session: record.id, links: links, linkCount: linkCount, topology: topology)
    }
}
