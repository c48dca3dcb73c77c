import CareLoop
import Clinical
import Scheduler
import Signalling
import Store
import TestKit
import Vocabulary

/// What `AlarmPump`, `CareDesk`, `Announcer`, `SessionPump` and `Switchboard` do.
extension House {
    // MARK: AlarmPump

    mutating func pump(at now: Instant) {
        if !feedAlarms.isEmpty {
            for alarm in feedAlarms {
                waiting.append(.alarm(alarm))
                outbox.append(.tellAlarm(alarm))
                for telling in teller.changed(alarm) { outbox.append(.tellStep(telling)) }
            }
            feedAlarms = []
            return
        }
        let readings = feedReadings
        feedReadings = []
        turn(at: now) { exchange, now, effects in
            for reading in readings {
                let patient = PatientID(trusted: "patient-\(reading.patient)")
                guard exchange.hasSubscribers(patient) else { continue }
                let message = VitalsMessage(
                    patient: patient,
                    device: DeviceID(trusted: "device-\(reading.device)"),
                    signs: []
                )
                exchange.publish(message, at: now, into: &effects)
            }
        }
    }

    // MARK: CareDesk

    mutating func decide(seed: UInt64, at now: Instant) async throws {
        if unhealthyUntil != nil {
            try await rebuild(seed: seed, at: now)
            unhealthyUntil = nil
        }
        let inputs = waiting
        waiting = []
        for input in inputs { take(input, at: now) }
        append(loop.advance(to: now), reply: nil)
        isCommittingSingly = false
    }

    private mutating func take(_ input: Input, at now: Instant) {
        switch input {
        case .effects(let effects): append(effects, reply: nil)
        case .alarm(let alarm):
            append(loop.alarmChanged(alarm, patient: nil, at: now), reply: nil)
        case .progress(let session, let progress):
            append(loop.sessionProgress(session, progress, at: now), reply: nil)
        case .presumed(let session, let statement):
            // It is over when it is not known any more.
            let effects = try? loop.sessionAmended(session, .statement(statement), at: now)
            append(effects ?? [], reply: nil)
        case .refused(let booking): append(loop.bookingRefused(booking, at: now), reply: nil)
        case .answer(let booking, let answer, let doctor, let call):
            do {
                let effects = try loop.offerAnswered(booking, answer, by: doctor, at: now)
                append(effects, reply: .call(call))
            } catch {
                outbox.append(.answered(call: call, isDone: false))
            }
        case .outcome(let offer, let reply):
            let outcome = Outcome(
                disposition: offer.disposition,
                sealedNote: offer.note,
                by: offer.by,
                at: offer.at
            )
            do {
                append(
                    try loop.outcomeGiven(offer.session, outcome, at: now),
                    reply: .outcome(reply)
                )
            } catch {
                isConcluding = false
                turn(at: now) { $0.refuse(reply, .forbidden, "\(error)", at: $1, into: &$2) }
            }
        }
    }

    private mutating func append(_ effects: [CareEffect], reply: Reply?) {
        var step = CareStep()
        for effect in effects {
            switch effect {
            case .store(let records):
                if !step.records.isEmpty || !step.after.isEmpty {
                    decided.append(step)
                    step = CareStep()
                }
                step.records = records
            case .audit: break
            case .tell, .attachRequest, .offerAlarm, .consultEnded, .openSession, .closeSession:
                step.after.append(effect)
            }
        }
        step.reply = reply
        if reply != nil || !step.records.isEmpty || !step.after.isEmpty { decided.append(step) }
    }

    mutating func commitDecision(at now: Instant) async {
        let steps = isCommittingSingly ? [decided[0]] : decided
        if sabotage == .followsBeforeCommit { for step in steps { begin(step) } }
        do throws(StoreError) {
            let records = steps.flatMap(\.records)
            if !records.isEmpty { try await store.apply(records.map(\.change)) }
            decided.removeFirst(steps.count)
            if sabotage != .followsBeforeCommit { followers = steps }
            for record in records { news.append(record.line) }
        } catch .doubleBooking(let booking) {
            guard isCommittingSingly else {
                isCommittingSingly = true
                return
            }
            let step = decided.removeFirst()
            refuse(step.reply, at: now)
            waiting.insert(.refused(booking), at: 0)
        } catch {
            unhealthyUntil = now + .seconds(1)
            for step in decided { refuse(step.reply, at: now) }
            decided = []
            let refused = waiting
            waiting = []
            for input in refused {
                switch input {
                case .answer(_, _, _, let call): refuse(.call(call), at: now)
                case .outcome(_, let reply): refuse(.outcome(reply), at: now)
                case .effects, .alarm, .progress, .presumed, .refused: waiting.append(input)
                }
            }
            news.append("the care desk's commit failed")
        }
    }

    private mutating func begin(_ step: CareStep) {
        following += step.after
        if let reply = step.reply { replies.append(reply) }
    }

    private mutating func refuse(_ reply: Reply?, at now: Instant) {
        switch reply {
        case .call(let call): outbox.append(.answered(call: call, isDone: false))
        case .outcome(let pending):
            isConcluding = false
            turn(at: now) { $0.refuse(pending, .internal, "not stored", at: $1, into: &$2) }
        case nil: break
        }
    }

    mutating func followNext(at now: Instant) {
        if !following.isEmpty { return carryOut(following.removeFirst(), at: now) }
        if !replies.isEmpty {
            switch replies.removeFirst() {
            case .call(let call): outbox.append(.answered(call: call, isDone: true))
            case .outcome: isConcluding = false
            }
            return
        }
        begin(followers.removeFirst())
    }

    // MARK: Announcer

    private mutating func carryOut(_ effect: CareEffect, at now: Instant) {
        switch effect {
        case .tell(let audiences, let notice): outbox.append(.tell(audiences, notice))
        case .attachRequest(let request, let alarm): work.append(.attach(request, alarm))
        case .offerAlarm(let alarm, let number, let doctors):
            work.append(.offer(alarm, number: number, doctors))
        case .consultEnded(let request, let alarm): work.append(.consultEnded(request, alarm))
        case .openSession(let session):
            turn(at: now) { exchange, now, _ in
                exchange.open(session, at: now)
            }
        case .closeSession(let session, _):
            turn(at: now) { exchange, now, effects in
                if let outcome = session.outcome {
                    exchange.conclude(session.id, with: outcome, at: now, into: &effects)
                } else {
                    exchange.close(session.id, as: session.state, at: now, into: &effects)
                }
            }
        case .store, .audit: break
        }
    }

    // MARK: SessionPump

    mutating func takeSessionEvent(at now: Instant) {
        switch events.removeFirst() {
        case .participantJoined(let session, _, let role, _):
            switch role {
            case .doctor: waiting.append(.progress(session, .doctorJoined))
            case .clinic: waiting.append(.progress(session, .clinicJoined))
            case .patient, .observer, .interpreter, .secretary: break
            }
        case .participantLeft(let session, _, let role, _):
            waiting.append(.progress(session, .left(role)))
        case .bothPresent(let session, _): waiting.append(.progress(session, .bothPresent))
        case .sessionChanged(let record):
            waiting.append(.progress(record.id, .state(record.state)))
        case .outcomeOffered(let reply, let offer):
            isConcluding = true
            waiting.append(.outcome(offer, reply))
        case .vitalsRequested(let reply, let patient, let grant):
            var isAllowed = false
            if case .session(let place) = grant { isAllowed = place.session.patient == patient }
            turn(at: now) {
                $0.subscriptionDecided(
                    reply,
                    patient: patient,
                    allowed: isAllowed,
                    latest: [],
                    at: $1,
                    into: &$2
                )
            }
        case .presumed(let session, let statement): waiting.append(.presumed(session, statement))
        case .alarmAcknowledged, .amendmentOffered, .chatOffered, .deskOpened, .doctorMoved,
            .sessionGap, .conferenceChanged, .refused:
            break
        }
    }

    // MARK: Switchboard

    mutating func turn(
        at now: Instant,
        _ input: (inout Exchange, Instant, inout [ExchangeEffect]) -> Void
    ) {
        effects.removeAll(keepingCapacity: true)
        input(&exchange, now, &effects)
        for effect in effects {
            switch effect {
            case .send(let socket, let bytes): outbox.append(.frame(socket, bytes))
            case .close(let socket, _, _): outbox.append(.closed(socket))
            case .authenticated: break
            case .event(let event): events.append(event)
            }
        }
    }

    /// A ticket into a booking's room, as `BookingRoutes.join` gives it.
    mutating func join(
        _ id: BookingID,
        as role: ParticipantRole,
        user: String,
        at now: Instant
    ) async throws -> (ticket: String, session: SessionRecord)? {
        guard let booking = try await memory.booking(id), booking.state.isLive,
            let session = booking.session.flatMap({ loop.session($0) })
        else { return nil }
        let grant = SessionGrant(
            session: session,
            participant: ParticipantID(trusted: "\(session.id)-\(role.rawValue)"),
            role: role,
            name: role.rawValue,
            principal: UserID(trusted: user),
            doctor: role == .doctor ? booking.doctor : nil
        )
        return exchange.issue(.session(grant), at: now).map { ($0.token, session) }
    }
}

extension CareRecord {
    var change: Change {
        switch self {
        case .request(let request): .request(request)
        case .booking(let booking): .booking(booking)
        case .session(let session): .session(session)
        }
    }

    /// The record in a line of the run's log.
    var line: String {
        switch self {
        case .request(let request):
            "\(request.id) \(request.patient) \(request.urgency) \(request.state)"
        case .booking(let booking): "\(booking.id) \(booking.doctor) \(booking.state)"
        case .session(let session): "\(session.id) \(session.state)"
        }
    }
}
