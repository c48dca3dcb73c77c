public import Vocabulary

/// Which places the store must learn about, and what a server that goes down hands on.
extension Exchange {
    /// Whether places changed since they were taken last.
    public var hasPlaceChanges: Bool { !changedPlaces.isEmpty }

    /// Whether anybody has a place.
    public var hasPlaces: Bool { seats.count > 0 }

    /// At most `limit` of the places that changed since they were taken last, as they are now.
    public mutating func takePlaceChanges(limit: Int = .max) -> [PlaceChange] {
        let taken = changedPlaces.count <= limit ? changedPlaces : Set(changedPlaces.prefix(limit))
        changedPlaces.subtract(taken)
        return taken.sorted().map { id in
            seatOfParticipant[id].map { .kept(record(of: $0)) } ?? .gone(id)
        }
    }

    /// Puts changes back that could not be stored: they come again with the next ones.
    public mutating func placesNotStored(_ changes: [PlaceChange]) {
        for change in changes {
            switch change {
            case .kept(let record): changedPlaces.insert(record.participant)
            case .gone(let id): changedPlaces.insert(id)
            }
        }
    }

    /// Notes that the place was taken, given up, or is no longer as it was stored.
    mutating func markPlace(_ index: Int) {
        changedPlaces.insert(seats[index].grant.participant)
    }

    /// The place as it is now.
    private func record(of index: Int) -> PlaceRecord {
        let seat = seats[index]
        var name = ""
        let scope: PlaceRecord.Scope
        switch seat.grant {
        case .session(let grant):
            scope = .session(grant.session.id, grant.role)
            name = grant.name
        case .desk(let grant): scope = .desk(grant.hears)
        }
        return PlaceRecord(
            participant: seat.grant.participant,
            principal: seat.grant.principal,
            scope: scope,
            name: name,
            order: seat.key.serial,
            isWaiting: seat.isWaiting ? true : nil,
            awaySince: seat.awaySince,
            token: seat.token,
            previousToken: seat.previousToken,
            position: seat.lane.position,
            subscriptions: seat.subscriptions + seat.formerSubscriptions
        )
    }

    // MARK: Handing on

    /// Every place with its ring, and the rooms' links; call it when nothing more is decided.
    ///
    /// Who still waits for a decision of somebody else is told to ask again: nobody will answer.
    /// The rings of all take at most `byteLimit` bytes. Those in a session come first, so that a
    /// live feed sooner than a room resumes with a gap.
    public mutating func handOn(
        byteLimit: Int,
        at now: Instant
    ) -> (places: [(PlaceRecord, HandedPlace?)], rooms: [RoomRecord]) {
        let indices = seatOfParticipant.values.sorted { one, other in
            let (isIn, isOtherIn) = (seats[one].session != nil, seats[other].session != nil)
            return isIn == isOtherIn ? seats[one].key.serial < seats[other].key.serial : isIn
        }
        var bytes = 0
        var places: [(PlaceRecord, HandedPlace?)] = []
        for index in indices {
            refusePending(index, at: now)
            let handed = HandedPlace(
                lane: seats[index].lane.contents,
                requests: seats[index].requests.newest(RequestLog.handedLimit, at: now)
            )
            bytes += handed.lane.byteCount
            let isWhole = bytes <= byteLimit && !seats[index].lane.isFloating
            places.append((record(of: index), isWhole ? handed : nil))
        }
        let rooms = sessions.values.sorted { $0.record.id < $1.record.id }.map(\.roomRecord)
        return (places, rooms)
    }

    private mutating func refusePending(_ index: Int, at now: Instant) {
        var nobody: [ExchangeEffect] = []
        for request in seats[index].requests.takePending() {
            let body = errorBody(.internal, "the server restarted; ask again")
            sendReliable(index, .err, re: request, body: body, at: now, into: &nobody)
        }
        seats[index].lane.settleAll()
    }
}
