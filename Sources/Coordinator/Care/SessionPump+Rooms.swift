import CareLoop
import Crypto
import Scheduler
import Signalling
import Store
import Vocabulary

/// What people in rooms change for good: steps and consents, who is responsible, the chat.
extension SessionPump {
    /// Makes a change of a session's record durable, with its entry in the audit, then tells it.
    func amend(_ reply: PendingReply, _ offer: AmendmentOffer) async {
        do {
            try await services.care.command { loop, now in
                let entry = AuditEntry(
                    at: now,
                    principal: offer.by.rawValue,
                    action: offer.amendment.action,
                    object: "session/\(offer.session)",
                    detail: offer.amendment.detail
                )
                return CareDecision(
                    try loop.sessionAmended(offer.session, offer.amendment, at: offer.at),
                    with: [.audit(entry)]
                )
            }
            await services.switchboard.turn {
                $0.amend(offer.session, offer.amendment, answering: reply, at: $1, into: &$2)
            }
        } catch is CareRefusal {
            await refuse(reply, .sessionEnded, "the session is over")
        } catch {
            await refuse(reply, .internal, "it could not be stored; try again")
        }
    }

    /// Stores a line of the chat, sealed, then hands it on; one that was stored before is not
    /// handed on again.
    func store(_ reply: PendingReply, _ session: SessionID, _ line: ChatLine) async {
        do {
            let known = try await services.store.chatLine(
                of: session,
                from: line.from,
                message: line.message
            )
            guard known == nil else {
                return await services.switchboard.turn { $0.accept(reply, at: $1, into: &$2) }
            }
            let number = (try await services.store.chat(of: session, last: 1).last?.number ?? 0) + 1
            guard number <= ChatLine.sessionLimit else {
                return await refuse(reply, .busy, "the chat of this session is full")
            }
            let record = ChatRecord(
                session: session,
                number: number,
                from: line.from,
                name: line.name,
                to: line.to,
                message: line.message,
                sealedText: try services.keys.sealing.seal(line.text, for: session.rawValue),
                at: line.at
            )
            try await services.store.apply([.chat(record)])
            await services.switchboard.turn {
                $0.relay(line, in: session, answering: reply, at: $1, into: &$2)
            }
        } catch {
            await refuse(reply, .internal, "it could not be stored; try again")
        }
    }
}

extension SessionAmendment {
    /// The verb of its entry in the audit.
    fileprivate var action: String {
        switch self {
        case .statement(let statement): statement.consents.isEmpty ? "check" : "consent"
        case .handedOver: "handOver"
        case .removed: "remove"
        case .recalled: "recall"
        case .locked(let isOn): isOn ? "lock" : "unlock"
        case .role: "role"
        }
    }

    /// What exactly, without patient data.
    fileprivate var detail: String {
        switch self {
        case .statement(let statement):
            (statement.steps.map(\.kind.rawValue)
                + statement.consents.map { "\($0.purpose.rawValue): \($0.granted ? "yes" : "no")" })
                .joined(separator: ", ")
        case .handedOver(let doctor, _): "doctor/\(doctor)"
        case .removed(let participant, _), .recalled(let participant): "\(participant)"
        case .role(let participant, let role): "\(participant): \(role.rawValue)"
        case .locked: ""
        }
    }
}
