public import Vocabulary

/// What the rest of the house tells people, and its answers to what they asked.
extension Exchange {
    /// Tells everybody in the audiences, each participant once, in the reliable lane.
    ///
    /// `body` is a JSON object of at most 64 KiB.
    public mutating func tell(
        _ audiences: [Audience],
        _ type: MessageType,
        body: [UInt8],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        tellings += 1
        for audience in audiences {
            switch audience {
            case .desk(let topic):
                for index in desks[topic] ?? [] {
                    tellOnce(index, type, body, at: now, into: &effects)
                }
            case .session(let session):
                for index in seatsInRoom(of: session) {
                    tellOnce(index, type, body, at: now, into: &effects)
                }
            case .patient(let patient):
                for session in sessionsOfPatient[patient] ?? [] {
                    for index in seatsInRoom(of: session) {
                        tellOnce(index, type, body, at: now, into: &effects)
                    }
                }
            case .participant(let id):
                guard let index = seatOfParticipant[id] else { continue }
                tellOnce(index, type, body, at: now, into: &effects)
            }
        }
    }

    private mutating func tellOnce(
        _ index: Int,
        _ type: MessageType,
        _ body: [UInt8],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard seats[index].lastTold != tellings else { return }
        seats[index].lastTold = tellings
        sendReliable(index, type, body: body, at: now, into: &effects)
    }

    /// The whole state for a live feed, in answer to `deskOpened`; nothing when it has gone.
    public mutating func deskSnapshot(
        _ participant: ParticipantID,
        body: [UInt8],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seatOfParticipant[participant] else { return }
        sendReliable(index, .snapshot, body: body, at: now, into: &effects)
        showQueue(index, at: now, into: &effects)
    }

    /// How many live feeds hear the topic.
    public func listeners(to topic: DeskTopic) -> Int { desks[topic]?.count ?? 0 }

    // MARK: Vital signs

    /// Whether anybody follows the patient.
    public func hasSubscribers(_ patient: PatientID) -> Bool { subscribers[patient] != nil }

    /// New values for everybody who follows the patient; the frame is built once.
    public mutating func publish(
        _ vitals: VitalsMessage,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let followers = subscribers[vitals.patient] else { return }
        let frame = vitals.frame()
        for index in followers { send(vitals, frame, to: index, at: now, into: &effects) }
    }

    private mutating func send(
        _ vitals: VitalsMessage,
        _ frame: [UInt8],
        to index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let socket = seats[index].socket else { return }
        guard !seats[index].isSlow else {
            counts.vitalsCoalesced += seats[index].held.hold(vitals)
            return
        }
        seats[index].lastSentAt = now
        effects.append(.send(socket, frame))
    }

    /// Whether the participant may follow the patient, in answer to `vitalsRequested`.
    ///
    /// When it may, it gets the latest values at once.
    public mutating func subscriptionDecided(
        _ pending: PendingReply,
        patient: PatientID,
        allowed: Bool,
        latest: [VitalsMessage],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seats.index(pending.seat) else { return }
        // A consent may have been taken back, or the participant put back, since it asked.
        if let refused = seats[index].isWaiting
            ? refusalInLobby(.vitalsSubscribe) : refusal(of: patient, to: index)
        {
            return reply(index, to: pending, refused, at: now, into: &effects)
        }
        guard allowed else {
            return refuse(
                pending,
                .forbidden,
                "not a patient of yours",
                at: now,
                into: &effects
            )
        }
        if !seats[index].subscriptions.contains(patient) {
            guard seats[index].subscriptions.count < limits.subscriptions else {
                return refuse(
                    pending,
                    .busy,
                    "at most \(limits.subscriptions) patients",
                    at: now,
                    into: &effects
                )
            }
            seats[index].subscriptions.append(patient)
            subscribers[patient, default: []].append(index)
            markPlace(index)
        }
        accept(pending, at: now, into: &effects)
        for vitals in latest { send(vitals, vitals.frame(), to: index, at: now, into: &effects) }
    }

    // MARK: Answers

    /// What was asked is done, and durable.
    public mutating func accept(
        _ pending: PendingReply,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seats.index(pending.seat) else { return }
        reply(index, to: pending, .ok, at: now, into: &effects)
    }

    /// What was asked is refused.
    public mutating func refuse(
        _ pending: PendingReply,
        _ code: ErrorCode,
        _ message: String,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seats.index(pending.seat) else { return }
        if let session = seats[index].session, pendingOutcomes[session] == pending {
            pendingOutcomes[session] = nil
        }
        reply(index, to: pending, .refused(code, message), at: now, into: &effects)
    }
}
