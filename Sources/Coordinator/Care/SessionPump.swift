import CareLoop
import Clinical
import EventLoop
import Foundation
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Takes what happens in rooms and at desks to the care loop, and answers what it asks.
struct SessionPump: Sendable {
    let services: Services

    /// Works until the switchboard ends its events.
    func run() async {
        for await event in services.switchboard.events { await take(event) }
    }

    private func take(_ event: ExchangeEvent) async {
        switch event {
        case .participantJoined(let session, _, let role, _):
            switch role {
            case .doctor: await note(session, .doctorJoined)
            case .clinic: await note(session, .clinicJoined)
            case .patient, .observer, .interpreter, .secretary: break
            }
        case .participantLeft(let session, _, let role, _):
            // Another doctor, or another of the clinic's staff, may still be there.
            let room = await services.switchboard.read { $0.rooms.first { $0.session == session } }
            if room?.roles.contains(role) != true { await note(session, .left(role)) }
        case .bothPresent(let session, _): await note(session, .bothPresent)
        case .sessionChanged(let record): await note(record.id, .state(record.state))
        case .outcomeOffered(let reply, let offer): await conclude(reply, offer)
        case .amendmentOffered(let reply, let offer): await amend(reply, offer)
        case .presumed(let session, let statement):
            await services.care.note { loop, now in
                // It is over when it is not known any more.
                let effects = try? loop.sessionAmended(session, .statement(statement), at: now)
                return CareDecision(effects ?? [])
            }
        case .chatOffered(let reply, let session, let line): await store(reply, session, line)
        case .alarmAcknowledged(let reply, let alarm, let user, _):
            await acknowledge(reply, alarm, by: user)
        case .vitalsRequested(let reply, let patient, let grant):
            await subscribe(reply, patient, grant)
        case .deskOpened(let participant, let grant): await snapshot(participant, grant)
        case .doctorMoved(let doctor, let isHere): await move(doctor, isHere: isHere)
        case .sessionGap(let session, let participant): await repeatAlarms(session, participant)
        case .conferenceChanged: services.conference?.tick()
        case .refused(_, let address, let code): await audit(address, code)
        }
    }

    private func note(_ session: SessionID, _ progress: SessionProgress) async {
        await services.care.note { loop, now in
            CareDecision(loop.sessionProgress(session, progress, at: now))
        }
    }

    /// A doctor can be reached now, or no longer; a desk that opened shows the rings it found.
    private func move(_ doctor: DoctorID, isHere: Bool) async {
        guard isHere else {
            return await services.care.note { loop, now in
                CareDecision(loop.doctorDisconnected(doctor, at: now))
            }
        }
        let hasDesk = await services.switchboard.read { $0.reaches(.doctor(doctor)) }
        await services.care.note { loop, now in
            let rings = loop.liveBookings.filter { $0.doctor == doctor && $0.isRinging }
            var effects: [CareEffect] = []
            for ring in rings where hasDesk { effects += loop.ringDelivered(ring.id, at: now) }
            return CareDecision(effects + loop.doctorConnected(doctor, at: now))
        }
    }

    // MARK: Answers

    func refuse(_ reply: PendingReply, _ code: ErrorCode, _ message: String) async {
        await services.switchboard.turn {
            $0.refuse(reply, code, message, at: $1, into: &$2)
        }
    }

    private func conclude(_ reply: PendingReply, _ offer: OutcomeOffer) async {
        if let session = try? await services.store.session(offer.session),
            services.isGiven(offer.disposition, note: offer.note, by: offer.by, in: session)
        {
            return await services.switchboard.turn { $0.accept(reply, at: $1, into: &$2) }
        }
        do {
            let outcome = try services.outcome(
                of: offer.session,
                offer.disposition,
                note: offer.note,
                by: offer.by,
                at: offer.at
            )
            try await services.care.command { loop, now in
                CareDecision(
                    try loop.outcomeGiven(offer.session, outcome, at: now),
                    with: [
                        .audit(
                            AuditEntry(
                                at: now,
                                principal: "doctor/\(offer.by)",
                                action: "outcome",
                                object: "session/\(offer.session)"
                            )
                        )
                    ]
                )
            }
        } catch let error as CareRefusal {
            await refuse(reply, .forbidden, "\(error)")
        } catch let error as Problem {
            await refuse(reply, .badMessage, error.detail)
        } catch {
            await refuse(reply, .internal, "the outcome could not be stored; try again")
        }
    }

    private func acknowledge(_ reply: PendingReply, _ id: AlarmID, by user: UserID) async {
        let now = services.clock.now()
        do {
            guard let alarm = try await services.store.alarm(id),
                let principal = await services.accounts.principal(of: user),
                Authorisation.allows(
                    principal,
                    .change,
                    .alarm,
                    AccessTarget(
                        site: alarm.site,
                        doctors: await services.doctors(of: alarm)
                    )
                )
            else { return await refuse(reply, .forbidden, "no such alarm, or not for you") }
            // Comes again when the server was killed before the answer arrived.
            guard alarm.acknowledgedBy != user else {
                return await services.switchboard.turn { $0.accept(reply, at: $1, into: &$2) }
            }
            _ = try await services.gateway.acknowledge(id, by: user)
            try await services.store.audit(
                AuditEntry(
                    at: now,
                    principal: user.rawValue,
                    action: "acknowledge",
                    object: "alarm/\(id)"
                )
            )
            await services.switchboard.turn { $0.accept(reply, at: $1, into: &$2) }
        } catch let error as GatewayError {
            await refuse(reply, .forbidden, error.problem.detail)
        } catch {
            await refuse(reply, .internal, "the acknowledgement could not be stored; try again")
        }
    }

    private func subscribe(_ reply: PendingReply, _ id: PatientID, _ grant: Grant) async {
        let user: UserID
        var isInSession = false
        switch grant {
        case .session(let session):
            user = session.principal
            // The exchange has asked for the consent and the role.
            isInSession = session.session.patient == id
        case .desk(let desk): user = desk.principal
        }
        var isAllowed = false
        if let patient = await services.directory.patient(id),
            let principal = await services.accounts.principal(of: user)
        {
            let doctors = isInSession ? [] : await services.treatingDoctors(of: id)
            isAllowed =
                isInSession
                || Authorisation.allows(
                    principal,
                    .read,
                    .patient,
                    AccessTarget(site: patient.site, doctors: doctors)
                )
        }
        let entry = AuditEntry(
            at: services.clock.now(),
            principal: user.rawValue,
            action: isAllowed ? "read" : "refuse",
            object: "patient/\(id)",
            detail: "live vitals"
        )
        guard (try? await services.store.audit(entry)) != nil else {
            return await refuse(reply, .internal, "the access could not be recorded; try again")
        }
        let allowed = isAllowed
        let latest = allowed ? await latest(of: id) : []
        await services.switchboard.turn {
            $0.subscriptionDecided(
                reply,
                patient: id,
                allowed: allowed,
                latest: latest,
                at: $1,
                into: &$2
            )
        }
    }

    private func latest(of patient: PatientID) async -> [VitalsMessage] {
        var byDevice: [DeviceID: [VitalSample]] = [:]
        for sign in await services.gateway.latest(of: patient) where sign.validity != .invalid {
            guard let device = await services.directory.device(number: sign.device) else {
                continue
            }
            byDevice[device, default: []].append(VitalSample(sign.sign, sign.value, at: sign.at))
        }
        return byDevice.map { VitalsMessage(patient: patient, device: $0.key, signs: $0.value) }
    }

    // MARK: Snapshots

    private struct DeskSnapshot: Encodable {
        let alarms: [AlarmView]
        let requests: [RequestView]
        let bookings: [BookingView]
    }

    private func snapshot(_ participant: ParticipantID, _ grant: DeskGrant) async {
        let seesAll = grant.hears.contains(.nation) || grant.hears.contains(.figures)
        let mayKnowPatients =
            !grant.hears.contains(.figures) && !grant.hears.allSatisfy(\.isInterpreter)
        let (requests, bookings) = await services.care.read { loop in
            let bookings = loop.liveBookings.filter {
                seesAll || $0.concerns(grant)
            }
            let own = Set(bookings.map(\.request))
            let requests = loop.openRequests.filter {
                seesAll || $0.site == grant.site || grant.doctor != nil && own.contains($0.id)
            }
            return (requests, bookings)
        }
        let treated = Set(
            bookings.filter { booking in grant.doctor.map(booking.doctors.contains) ?? false }
                .map(\.patient)
        )
        var alarms: [AlarmView] = []
        if mayKnowPatients {
            for alarm in await services.gateway.openAlarms()
            where seesAll || alarm.site == grant.site || treated.contains(alarm.patient)
                || grant.doctor.map(alarm.offeredDoctors.contains) ?? false
            {
                alarms.append(await AlarmRoutes.view(alarm, services))
            }
        }
        var bookingViews: [BookingView] = []
        for booking in bookings {
            var view = await services.view(booking, for: nil)
            let isOthers = grant.doctor == nil && grant.site.map { $0 != booking.site } ?? false
            if !mayKnowPatients || isOthers && !seesAll { view.patient = nil }
            bookingViews.append(view)
        }
        var requestViews: [RequestView] = []
        for request in requests {
            var view = RequestView(
                request,
                siteName: await services.directory.site(request.site)?.name ?? ""
            )
            if !mayKnowPatients { view.patient = nil }
            requestViews.append(view)
        }
        let snapshot = DeskSnapshot(
            alarms: Array(alarms.sorted { $0.record.raisedAt > $1.record.raisedAt }.prefix(50)),
            requests: Array(requestViews.sorted { $0.openedAt > $1.openedAt }.prefix(50)),
            bookings: Array(bookingViews.sorted { $0.start < $1.start }.prefix(50))
        )
        guard let body = try? jsonBytes(snapshot) else { return }
        await services.switchboard.turn {
            $0.deskSnapshot(participant, body: body, at: $1, into: &$2)
        }
    }

    /// Somebody in a room lost messages: the patient's open alarms are told again.
    private func repeatAlarms(_ session: SessionID, _ participant: ParticipantID) async {
        guard let record = await services.care.read({ $0.session(session) }) else { return }
        for alarm in await services.gateway.openAlarms() where alarm.patient == record.patient {
            guard let body = try? jsonBytes(await AlarmRoutes.view(alarm, services)) else {
                continue
            }
            await services.switchboard.tell([.participant(participant)], .alarm, body)
        }
    }

    private func audit(_ address: String, _ code: ErrorCode) async {
        let entry = AuditEntry(
            at: services.clock.now(),
            principal: "unknown",
            action: "refuse",
            object: "socket",
            address: address,
            detail: code.rawValue
        )
        if (try? await services.store.audit(entry)) == nil {
            services.log(.error, "audit", "a refused socket could not be recorded")
        }
    }
}

extension DeskTopic {
    /// Whether it is an interpreter's, who need not know the patient.
    fileprivate var isInterpreter: Bool { if case .interpreter = self { true } else { false } }
}

extension Booking {
    /// Whether whoever listens has part in it; an interpreter from the doctor's yes on.
    fileprivate func concerns(_ grant: DeskGrant) -> Bool {
        grant.site.map(sites.contains) ?? false
            || grant.doctor.map(doctors.contains) ?? false
            || session != nil && interpreters.contains { grant.hears.contains(.interpreter($0)) }
    }
}
