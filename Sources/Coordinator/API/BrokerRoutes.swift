import EventLoop
import Gateway
import Signalling
import Store
import Vocabulary

/// The MQTT broker as the gateway sees it, for whoever runs the deployment.
enum BrokerRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/broker",
                "The broker's figures, the gateway's sessions, and what may have been lost at it.",
                access: .granted(.read, .broker),
                answer: .named("Broker")
            ) { try await broker($0, $1) }
        ]
    }

    private struct View: Encodable {
        let connected: Bool
        let sessions: [GatewaySession]
        let dropped: Int64?
        let storedMessages: Int64?
        let storedBytes: Int64?
        let clients: Int64?
        let uptimeSeconds: Int64?
        let restarts: Int
        let incidents: [IncidentView]
    }

    private static func broker(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        try services.authorise(call, .read, .broker, AccessTarget())
        let figures = await services.gateway.statistics.broker
        let entries = try await services.store.auditEntries(
            AuditFilter(principal: BrokerIncident.principal, object: "broker", limit: 20)
        )
        return try .json(
            View(
                connected: await services.gateway.isConnected,
                sessions: await services.gateway.sessions,
                dropped: figures.dropped,
                storedMessages: figures.storedMessages,
                storedBytes: figures.storedBytes,
                clients: figures.clients,
                uptimeSeconds: figures.uptimeSeconds,
                restarts: figures.restarts,
                incidents: entries.compactMap { BrokerIncident($0.entry).map(IncidentView.init) }
            )
        )
    }
}

private struct IncidentView: Encodable {
    let kind: BrokerIncident.Kind
    let at: Instant
    let messages: Int
    let session: String?

    init(_ incident: BrokerIncident) {
        kind = incident.kind
        at = incident.at
        messages = incident.messages
        session = incident.session
    }
}

/// What administrators are told at once: `{"what":"broker","incident":{…}}`.
private struct IncidentNotice: Encodable {
    let what = "broker"
    let at: Instant
    let incident: IncidentView

    private enum CodingKeys: CodingKey {
        case what
        case at
        case incident
    }
}

extension BrokerIncident {
    /// Whose entry in the audit chain it is.
    static let principal = "gateway"

    /// Its entry in the audit chain, which is what remembers it.
    var entry: AuditEntry {
        AuditEntry(
            at: at,
            principal: BrokerIncident.principal,
            action: kind.rawValue,
            object: "broker",
            address: "",
            detail: session ?? String(messages)
        )
    }

    /// The incident that an entry tells of; nil for another entry.
    init?(_ entry: AuditEntry) {
        guard let kind = Kind(rawValue: entry.action) else { return nil }
        switch kind {
        case .messagesDropped:
            self.init(kind: kind, at: entry.at, messages: Int(entry.detail) ?? 0)
        case .sessionLost: self.init(kind: kind, at: entry.at, session: entry.detail)
        }
    }
}

extension Services {
    /// Makes losses at the broker durable, and tells the administrators' desks.
    func record(_ incidents: [BrokerIncident]) async {
        for incident in incidents {
            do {
                try await store.audit(incident.entry)
            } catch {
                log(.error, "gateway", "a loss at the broker could not be recorded: \(error)")
            }
            let notice = IncidentNotice(at: incident.at, incident: IncidentView(incident))
            guard let body = try? jsonBytes(notice) else { continue }
            await switchboard.tell([.desk(.nation)], .notice, body)
        }
    }
}
