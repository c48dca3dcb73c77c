import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Health, figures, the audit chain, and the description of the API itself.
enum OperationsRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/audit",
                "The audit chain, newest first.",
                access: .granted(.read, .audit),
                parameters: [
                    .init("principal", .string, "only this principal's entries"),
                    .init("object", .string, "only entries about this object, kind/id"),
                    .init("from", .instant, "not before this"),
                    .init("to", .instant, "before this"),
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                    .init("cursor", .string, "the 'next' of the page before"),
                ],
                answer: .page(.named("AuditEntry"))
            ) { try await audit($0, $1) },
            Route(
                "GET",
                "/openapi.json",
                "This document.",
                access: .open,
                answer: .any
            ) { _, services in
                try .json(OpenAPI.document(Router.routes, version: services.version))
            },
            Route(
                "GET",
                "/telehealth.v1.schema.json",
                "The JSON Schema (2020-12) of every message of the WebSocket.",
                access: .open,
                answer: .any,
                mediaType: "application/schema+json"
            ) { _, _ in
                APIAnswer(
                    contentType: "application/schema+json",
                    body: Array(messageSchema().utf8)
                )
            },
            Route("GET", "/health/live", "Whether the process works.", access: .open, answer: .any)
            {
                _,
                _ in try .json(["status": "live"])
            },
            Route(
                "GET",
                "/health/ready",
                "Whether readings, decisions and sessions are taken.",
                access: .open,
                answer: .any
            ) { _, services in try await ready(services) },
            Route(
                "GET",
                "/metrics",
                "Figures as Prometheus text.",
                access: .open,
                answer: .string,
                mediaType: "text/plain"
            ) { _, services in
                let text = await Metrics.text(services)
                return APIAnswer(
                    contentType: "text/plain; version=0.0.4; charset=utf-8",
                    body: Array(text.utf8)
                )
            },
        ]
    }

    private struct Readiness: Encodable {
        let status: String
        let broker: Bool
        let ingest: Bool
        let care: Bool
        /// Messages that the broker dropped, and sessions that it lost, since the start.
        let brokerLosses: Int
        /// Whether the conference server answers; absent without one.
        ///
        /// Consults go on without it, so it does not decide.
        let conference: Bool?
    }

    private static func ready(_ services: Services) async throws -> APIAnswer {
        let broker = await services.gateway.isConnected
        let ingest = await services.gateway.isReady
        let care = await services.care.isReady
        let isReady = broker && ingest && care
        let figures = await services.gateway.statistics.broker
        return try .json(
            Readiness(
                status: isReady ? "ready" : "notReady",
                broker: broker,
                ingest: ingest,
                care: care,
                brokerLosses: figures.droppedSeen + figures.sessionsLost,
                conference: await services.conference?.figures.isUp
            ),
            status: isReady ? 200 : 503
        )
    }

    private struct EntryView: Encodable {
        let sequence: Int64
        let at: Instant
        let principal: String
        let action: String
        let object: String
        let address: String
        let detail: String
        let hash: String
    }

    private static func audit(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let limit = try call.limit()
        let before = try call.cursor().map { text in
            guard let sequence = Int64(text) else {
                throw Problem(400, "invalid", "cursor: pass the 'next' of the page before")
            }
            return sequence
        }
        let entries = try await services.store.auditEntries(
            AuditFilter(
                principal: call.query("principal"),
                object: call.query("object"),
                from: try call.queryInstant("from"),
                until: try call.queryInstant("to"),
                before: before,
                limit: limit
            )
        )
        let views = entries.map {
            EntryView(
                sequence: $0.sequence,
                at: $0.entry.at,
                principal: $0.entry.principal,
                action: $0.entry.action,
                object: $0.entry.object,
                address: $0.entry.address,
                detail: $0.entry.detail,
                hash: $0.hash
            )
        }
        return try .page(
            views,
            next: entries.count == limit ? entries.last.map { String($0.sequence) } : nil
        )
    }
}

/// The figures of the deployment: what `GET /statistics` gives and the demo shows.
struct Figures: Encodable {
    struct Readings: Encodable {
        let received: Int
        let durable: Int
        let duplicates: Int
        let quarantined: Int
    }

    struct Milliseconds: Encodable {
        let p50: Double
        let p99: Double
    }

    /// Rings since the start, and the mean time to an answer.
    struct Rings: Encodable {
        let rung: Int
        let delivered: Int
        let accepted: Int
        let declined: Int
        let unanswered: Int
        let taken: Int
        let void: Int
        let withdrawn: Int
        let answerSeconds: Double
    }

    let uptimeSeconds: Int
    let sites: Int
    let patients: Int
    let devices: Int
    let devicesOnline: Int
    let readings: Readings
    let readingToDurableMs: Milliseconds
    let openAlarms: Int
    let openRequests: Int
    let unmatchedRequests: Int
    let liveBookings: Int
    let rings: Rings
    let openSessions: Int
    let sockets: Int
    let rssMiB: Double

    init(_ services: Services) async {
        let gateway = await services.gateway.statistics
        let care = await services.care.read { loop in
            (
                loop.openRequests.count,
                loop.openRequests.count { $0.state == .unmatched },
                loop.liveBookings.count,
                loop.openSessions.count
            )
        }
        rings = Rings(await services.care.read { $0.ringFigures })
        uptimeSeconds = Int((services.clock.now() - services.startedAt).components.seconds)
        sites = await services.directory.allSites().count
        patients = await services.directory.patientCount
        devices = await services.directory.deviceCount
        devicesOnline = await services.gateway.presence().count { $0.isOnline }
        readings = Readings(
            received: gateway.ingest.readings,
            durable: gateway.ingest.stored,
            duplicates: gateway.ingest.duplicates,
            quarantined: gateway.ingest.quarantinedCount
        )
        readingToDurableMs = Milliseconds(
            p50: gateway.receiptToDurable.milliseconds(0.5),
            p99: gateway.receiptToDurable.milliseconds(0.99)
        )
        openAlarms = await services.gateway.openAlarms().count
        (openRequests, unmatchedRequests, liveBookings, openSessions) = care
        sockets = await services.switchboard.read { $0.statistics.sockets }
        rssMiB = ResidentMemory.mebibytes
    }
}

extension LatencyHistogram {
    /// A quantile in milliseconds, 0 while nothing was noted.
    fileprivate func milliseconds(_ share: Double) -> Double {
        guard let duration = quantile(share) else { return 0 }
        return Double(duration.components.seconds) * 1_000
            + Double(duration.components.attoseconds) / 1e15
    }
}

extension Figures.Rings {
    init(_ figures: RingFigures) {
        rung = figures.rung
        delivered = figures.delivered
        accepted = figures.ends[.accepted] ?? 0
        declined = figures.ends[.declined] ?? 0
        unanswered = figures.ends[.unanswered] ?? 0
        taken = figures.ends[.taken] ?? 0
        void = figures.ends[.void] ?? 0
        withdrawn = figures.ends[.withdrawn] ?? 0
        let answers = figures.answers.reduce(0, +)
        let seconds = Double(figures.answering.wholeMilliseconds) / 1_000
        answerSeconds = answers > 0 ? seconds / Double(answers) : 0
    }
}

extension IngestCounters {
    /// Payloads refused, for any reason.
    var quarantinedCount: Int { quarantined.values.reduce(0, +) }
}
