import CareLoop
import Clinical
import Crypto
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Carries out what the care loop decided, once it is durable.
struct Announcer: Sendable {
    let directory: Directory
    let store: any Store
    let switchboard: Switchboard
    let sealing: SealingKey
    let clock: any WallClock
    let alarmWork: AlarmWork
    let receipts: RingReceipts

    /// Carries one effect out.
    func perform(_ effect: CareEffect) async {
        switch effect {
        case .tell(let audiences, let notice): await tell(audiences, notice)
        case .attachRequest(let request, let alarm):
            alarmWork.add(.attach(request, to: alarm))
        case .offerAlarm(let alarm, let number, let doctors):
            alarmWork.add(.offer(alarm, number: number, to: doctors))
        case .consultEnded(let request, let alarm):
            alarmWork.add(.consultEnded(request, of: alarm))
        case .openSession(let session):
            let lines = await chat(of: session.id)
            await switchboard.turn { exchange, now, _ in
                exchange.open(session, at: now)
                exchange.restoreChat(lines, of: session.id)
            }
        case .closeSession(let session, _):
            await switchboard.turn { exchange, now, effects in
                if let outcome = session.outcome {
                    exchange.conclude(session.id, with: outcome, at: now, into: &effects)
                } else {
                    exchange.close(session.id, as: session.state, at: now, into: &effects)
                }
            }
        case .store, .audit: break
        }
    }

    /// What was written in a session before a restart.
    private func chat(of session: SessionID) async -> [ChatLine] {
        let stored = (try? await store.chat(of: session, last: ChatLine.shown)) ?? []
        return stored.compactMap { line in
            guard let text = try? sealing.open(line.sealedText, for: session.rawValue)
            else { return nil }
            return ChatLine(
                from: line.from,
                name: line.name,
                to: line.to,
                message: line.message,
                text: text,
                at: line.at
            )
        }
    }

    private func tell(_ audiences: [CareAudience], _ notice: Notice) async {
        var topics: [DeskTopic] = []
        // Who need not know the patient.
        var distant: [DeskTopic] = []
        for audience in audiences {
            if notice.isDistant(audience) {
                distant.append(DeskTopic(audience))
            } else {
                topics.append(DeskTopic(audience))
            }
            if audience == .operations { distant.append(.figures) }
        }
        let (type, full, bare) = await bodies(notice)
        await switchboard.tell(topics.map { .desk($0) }, type, full)
        if case .booking(let ring) = notice.subject, ring.isRinging,
            await switchboard.read({ $0.reaches(.doctor(ring.doctor)) })
        {
            receipts.add(ring.id)
        }
        await switchboard.tell(distant.map { .desk($0) }, type, bare)
    }

    /// The message for those concerned, and the one without the patient for the national desk.
    private func bodies(_ notice: Notice) async -> (MessageType, full: [UInt8], bare: [UInt8]) {
        switch notice.subject {
        case .request(let request):
            var view = RequestView(
                request,
                siteName: await directory.site(request.site)?.name ?? ""
            )
            let full = bytes(Beside(view, Reason(notice)))
            view.patient = nil
            return (.request, full, bytes(Beside(view, Reason(notice))))
        case .booking(let booking):
            var view = BookingView(
                booking,
                request: try? await store.request(booking.request),
                names: await directory.names(of: booking)
            )
            let full = bytes(Beside(view, Reason(notice)))
            view.patient = nil
            return (.booking, full, bytes(Beside(view, Reason(notice))))
        case .session(let session):
            var view = SessionView(session, note: nil)
            let full = bytes(Beside(view, Reason(notice)))
            view.patient = nil
            return (.session, full, bytes(Beside(view, Reason(notice))))
        }
    }

    private func bytes(_ value: some Encodable) -> [UInt8] {
        (try? jsonBytes(value)) ?? Array("{}".utf8)
    }
}

/// Why a record is told, and whether somebody must act.
private struct Reason: Encodable {
    let why: String
    let escalation: Bool?

    init(_ notice: Notice) {
        why = notice.why
        escalation = notice.isEscalation ? true : nil
    }
}

extension Switchboard {
    /// Tells everybody in the audiences, each once, in the reliable lane.
    func tell(_ audiences: [Signalling.Audience], _ type: MessageType, _ body: [UInt8]) {
        guard !audiences.isEmpty else { return }
        turn { $0.tell(audiences, type, body: body, at: $1, into: &$2) }
    }
}

extension Notice {
    /// Whether the audience has part in it and need not know the patient: interpreters, and sites
    /// that listen in.
    fileprivate func isDistant(_ audience: CareAudience) -> Bool {
        switch audience {
        case .interpreter: true
        case .site(let site): site != asking
        case .doctor, .operations: false
        }
    }

    private var asking: SiteID {
        switch subject {
        case .request(let request): request.site
        case .booking(let booking): booking.site
        case .session(let session): session.site
        }
    }
}
