public import Vocabulary
import Wire

/// What is stated before and during a consult, and what stops when a consent is taken back.
extension Exchange {
    // MARK: Stating

    /// A participant says what it can send, and perhaps what the patient consents to; it gets the
    /// whole state, or its place in the lobby.
    mutating func join(
        _ index: Int,
        _ pending: PendingReply,
        _ fields: RoomFields,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant,
            let record = sessions[place.session.id]?.record
        else { return notInSession }
        let said = try SessionStatement(fields, bytes, by: place, at: now).news(to: record)
        if let media = fields.media { note(media, of: index, at: now, into: &effects) }
        guard said.isEmpty else {
            var pending = pending
            pending.wantsState = true
            return offer(.statement(said), by: index, pending, at: now, into: &effects)
        }
        showState(index, of: place.session.id, at: now, into: &effects)
        return .ok
    }

    /// The clinic or the patient gives a consent or takes one back.
    mutating func consent(
        _ index: Int,
        _ pending: PendingReply,
        _ purpose: ConsentPurpose,
        _ granted: Bool,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant,
            let record = sessions[place.session.id]?.record
        else { return notInSession }
        guard let basis = place.role.consentBasis else {
            return .refused(.forbidden, "the patient consents, or the clinic for the patient")
        }
        let entry = ConsentEntry(
            purpose: purpose,
            granted: granted,
            by: place.role,
            user: place.principal,
            basis: basis,
            at: now
        )
        let said = SessionStatement(steps: [place.step(.consent, at: now)], consents: [entry])
            .news(to: record)
        guard !said.isEmpty else { return .ok }
        return offer(.statement(said), by: index, pending, at: now, into: &effects)
    }

    /// Shows a participant where it is: the room, or its place in the lobby.
    mutating func showState(
        _ index: Int,
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        if seats[index].isWaiting {
            repeatLobby(index, of: session, at: now, into: &effects)
        } else {
            sendSnapshot(index, of: session, at: now, into: &effects)
        }
    }

    /// The others learn what somebody can send.
    private mutating func note(
        _ media: ParticipantMedia,
        of index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let session = seats[index].session else { return }
        let id = seats[index].grant.participant
        guard sessions[session]?.participant(id)?.media != media else { return }
        sessions[session]?.change(id) { $0.media = media }
        guard !seats[index].isWaiting else { return }
        announceState(of: index, in: session, at: now, into: &effects)
    }

    // MARK: Durable changes

    /// Asks for a change of the record; it takes effect once it is durable.
    mutating func offer(
        _ amendment: SessionAmendment,
        by index: Int,
        _ pending: PendingReply,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant,
            let record = sessions[place.session.id]?.record
        else { return notInSession }
        guard record.hasRoom(for: amendment) else {
            return .refused(.busy, "there were too many such changes in this session")
        }
        let offer = AmendmentOffer(
            session: record.id,
            amendment: amendment,
            by: place.principal,
            at: now
        )
        effects.append(.event(.amendmentOffered(pending, offer)))
        return .pending
    }

    /// What was asked for is durable: it takes effect, and who asked is told so.
    public mutating func amend(
        _ session: SessionID,
        _ amendment: SessionAmendment,
        answering pending: PendingReply,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let before = sessions[session]?.record else {
            return refuse(pending, .sessionEnded, "the session is over", at: now, into: &effects)
        }
        if case .removed(_, let doctor) = amendment, before.isResponsible(doctor) {
            let text = "the consult was handed over to that doctor"
            return refuse(pending, .forbidden, text, at: now, into: &effects)
        }
        sessions[session]?.amend(amendment, at: now)
        switch amendment {
        case .statement:
            follow(before, at: now, into: &effects)
        case .handedOver(let doctor, _):
            handedOver(session, to: doctor, at: now, into: &effects)
        case .removed(let id, _):
            remove(id, from: session, at: now, into: &effects)
        case .recalled(let id):
            notify(session, "recalled", of: id, at: now, into: &effects)
        case .locked(let isOn):
            notify(session, isOn ? "lock" : "unlock", at: now, into: &effects)
        case .role(let id, let role):
            change(id, to: role, in: session, at: now, into: &effects)
        }
        if let index = seats.index(pending.seat), pending.wantsState {
            showState(index, of: session, at: now, into: &effects)
        }
        accept(pending, at: now, into: &effects)
        reportChange(of: session, into: &effects)
        queueChanged(by: session, formerly: before.doctor, at: now, into: &effects)
    }

    // MARK: What follows from consents

    /// Everybody learns of each consent that was given or taken back, and what it allowed begins
    /// or stops.
    private mutating func follow(
        _ before: SessionRecord,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let session = before.id
        guard let after = sessions[session]?.record else { return }
        for purpose in ConsentPurpose.allCases {
            guard let entry = after.consent(to: purpose), entry != before.consent(to: purpose)
            else { continue }
            tellRoom(session, .notice, entry.notice(at: now), at: now, into: &effects)
        }
        if !after.isGranted(.vitals) { endFeed(into: session) }
        if after.isVideoAllowed != before.isVideoAllowed {
            setVideo(after.isVideoAllowed, of: session, at: now, into: &effects)
        }
        for id in sessions[session]?.unconsented ?? [] {
            guard let index = seatOfParticipant[id] else { continue }
            sendBack(index, isAlone: false, at: now, into: &effects)
        }
    }

    /// Why a description may not go on: it offers a picture, and there is no consent to that.
    func refusal(
        of message: RelayedBody,
        in bytes: Span<UInt8>,
        of session: SessionID
    ) -> RequestLog.Answer? {
        guard let description = message.description,
            sessions[session]?.record.isVideoAllowed == false,
            sendsVideo(bytes.extracting(description))
        else { return nil }
        return .refused(.consentRequired, "the consent to video was taken back")
    }

    // MARK: Vital signs

    /// Why somebody may not follow a patient; nil when the rest of the house decides.
    ///
    /// In a session its own patient's values go to those who treat and need the consent; who
    /// interprets or listens in hears the consult and sees no values.
    func refusal(of patient: PatientID, to index: Int) -> RequestLog.Answer? {
        guard case .session(let place) = seats[index].grant,
            let record = sessions[place.session.id]?.record, record.patient == patient
        else { return nil }
        guard place.role.seesVitals else { return .refused(.forbidden, "not for this role") }
        guard record.isGranted(.vitals) else {
            return .refused(.consentRequired, "there is no consent to vital signs in the room")
        }
        return nil
    }

    /// Nobody in the session gets its patient's values any more, not even those that wait.
    private mutating func endFeed(into session: SessionID) {
        guard let patient = sessions[session]?.record.patient else { return }
        for index in seatsInRoom(of: session) { endSubscription(of: index, to: patient) }
    }

    /// A participant gets no values of anybody any more.
    mutating func endSubscriptions(of index: Int) {
        for patient in seats[index].subscriptions { endSubscription(of: index, to: patient) }
    }

    /// A participant gets a patient's values no more.
    mutating func endSubscription(of index: Int, to patient: PatientID) {
        guard seats[index].subscriptions.contains(patient) else { return }
        seats[index].subscriptions.removeAll { $0 == patient }
        seats[index].held.drop(patient)
        subscribers[patient]?.removeAll { $0 == index }
        if subscribers[patient]?.isEmpty == true { subscribers[patient] = nil }
    }
}

/// A change of a session's record that somebody asks for, not stored yet.
public struct AmendmentOffer: Sendable, Equatable {
    /// The session.
    public let session: SessionID
    /// The change.
    public let amendment: SessionAmendment
    /// Who asks.
    public let by: UserID
    /// When.
    public let at: Instant
}

extension ParticipantRole {
    /// On what ground the role may speak of consents; nil when it may not.
    var consentBasis: StatementBasis? {
        switch self {
        case .clinic: .witnessed
        case .patient: .patient
        case .doctor, .observer, .interpreter, .secretary: nil
        }
    }

    /// Whether the role may say who the patient is and how urgent it is.
    fileprivate var takesSteps: Bool {
        switch self {
        case .clinic, .doctor, .secretary: true
        case .patient, .observer, .interpreter: false
        }
    }

    /// Whether the role sees the patient's vital signs, given the consent.
    var seesVitals: Bool {
        switch self {
        case .doctor, .clinic, .patient, .secretary: true
        case .observer, .interpreter: false
        }
    }
}

extension SessionGrant {
    /// A step that the participant takes.
    fileprivate func step(_ kind: SessionStepKind, at now: Instant) -> SessionStep {
        let basis = role.consentBasis ?? .witnessed
        return SessionStep(kind: kind, by: role, user: principal, basis: basis, at: now)
    }
}

extension SessionStatement {
    /// What a participant states with a `join` or `knock`; what its role may not say is passed
    /// over, because the same message is sent by everybody.
    fileprivate init(
        _ fields: RoomFields,
        _ bytes: Span<UInt8>,
        by place: SessionGrant,
        at now: Instant
    ) throws(MessageError) {
        self.init()
        let said = try fields.urgency(bytes)
        if let basis = place.role.consentBasis, let words = fields.consents {
            steps.append(place.step(.consent, at: now))
            consents = words.whole.map {
                ConsentEntry(
                    purpose: $0.purpose,
                    granted: $0.granted,
                    by: place.role,
                    user: place.principal,
                    basis: basis,
                    at: now
                )
            }
        }
        guard place.role.takesSteps else { return }
        if fields.identified == true { steps.append(place.step(.identity, at: now)) }
        guard let said else { return }
        steps.append(place.step(.urgency, at: now))
        urgency = said
    }

    /// What of it the record does not know yet.
    fileprivate func news(to record: SessionRecord) -> SessionStatement {
        SessionStatement(
            steps: steps.filter { step in
                record.steps?.contains { $0.kind == step.kind && $0.basis != .request } != true
            },
            consents: consents.filter { record.consent(to: $0.purpose)?.says($0) != true },
            urgency: urgency == record.urgency ? nil : urgency
        )
    }
}

extension SessionRecord {
    /// Whether the patient's picture may go to the others: until it is taken back, or, where
    /// nothing is presumed, once it is given.
    public var isVideoAllowed: Bool {
        consent(to: .video)?.granted ?? (isExplicit != true)
    }
}

extension ConsentEntry {
    /// Writes the line as it stands in a snapshot.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("purpose", purpose.rawValue)
            writer.key("granted")
            writer.value(granted)
            writeOrigin(to: &writer)
        }
    }

    private func writeOrigin(to writer: inout JSONWriter) {
        writer.member("by", by.rawValue)
        writer.member("basis", basis.rawValue)
        writer.key("at")
        writer.value(at)
    }

    /// The notice of it.
    fileprivate func notice(at now: Instant) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("what", "consent")
            writer.member("purpose", purpose.rawValue)
            writer.key("grant")
            writer.value(granted)
            writeOrigin(to: &writer)
        }
        return writer.bytes
    }
}
