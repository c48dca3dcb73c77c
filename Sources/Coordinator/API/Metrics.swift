import CareLoop
import Clinical
import EventLoop
import Foundation
import Gateway
import Scheduler
import Signalling
import Vocabulary

/// The figures as Prometheus text exposition; names and labels carry no patient data.
enum Metrics {
    static func text(_ services: Services) async -> String {
        let figures = await Figures(services)
        let gateway = await services.gateway.statistics
        let isConnected = await services.gateway.isConnected
        var text = ""
        func add(_ kind: String, _ name: String, _ help: String, _ value: Double) {
            text += "# HELP telehealth_\(name) \(help)\n"
            text += "# TYPE telehealth_\(name) \(kind)\n"
            text += "telehealth_\(name) \(value)\n"
        }
        add("gauge", "uptime_seconds", "Since the start.", Double(figures.uptimeSeconds))
        add("gauge", "sites", "Telehealth sites.", Double(figures.sites))
        add("gauge", "devices", "Registered devices.", Double(figures.devices))
        add("gauge", "devices_online", "Devices heard from.", Double(figures.devicesOnline))
        add("gauge", "broker_connected", "1 while connected.", isConnected ? 1 : 0)
        let broker = gateway.broker
        for (kind, name, help, value) in [
            (
                "counter", "broker_dropped_total", "Dropped since the broker's start.",
                broker.dropped
            ),
            ("gauge", "broker_stored_messages", "Queued and retained.", broker.storedMessages),
            ("gauge", "broker_stored_bytes", "Bytes of them.", broker.storedBytes),
            ("gauge", "broker_clients", "Clients connected to the broker.", broker.clients),
            ("gauge", "broker_uptime_seconds", "Since the broker's start.", broker.uptimeSeconds),
        ] {
            if let value { add(kind, name, help, Double(value)) }
        }
        add("counter", "broker_drops_seen_total", "Drops noticed.", Double(broker.droppedSeen))
        add("counter", "broker_restarts_total", "Restarts noticed.", Double(broker.restarts))
        add("counter", "broker_sessions_lost_total", "Sessions lost.", Double(broker.sessionsLost))
        add("counter", "messages_total", "Payloads received.", Double(gateway.ingest.messages))
        add("counter", "readings_total", "Readings received.", Double(gateway.ingest.readings))
        add("counter", "readings_durable_total", "Readings stored.", Double(gateway.ingest.stored))
        add(
            "counter",
            "readings_duplicate_total",
            "Second copies dropped.",
            Double(gateway.ingest.duplicates)
        )
        add(
            "counter",
            "payloads_quarantined_total",
            "Payloads refused.",
            Double(gateway.ingest.quarantinedCount)
        )
        add("counter", "commits_total", "Batches committed.", Double(gateway.batches))
        add(
            "counter",
            "commit_failures_total",
            "Batches that could not be committed.",
            Double(gateway.commitFailures)
        )
        add(
            "gauge",
            "reading_to_durable_p50_milliseconds",
            "Median from receipt to commit.",
            figures.readingToDurableMs.p50
        )
        add(
            "gauge",
            "reading_to_durable_p99_milliseconds",
            "99th percentile of the same.",
            figures.readingToDurableMs.p99
        )
        add("gauge", "alarms_open", "Alarms not closed.", Double(figures.openAlarms))
        add("gauge", "requests_open", "Requests not over.", Double(figures.openRequests))
        add(
            "gauge",
            "requests_unmatched",
            "Requests past their deadline without a doctor.",
            Double(figures.unmatchedRequests)
        )
        add("gauge", "bookings_live", "Live bookings.", Double(figures.liveBookings))
        await addReplanning(services, add)
        await addRings(services, to: &text)
        add("gauge", "sessions_open", "Sessions not over.", Double(figures.openSessions))
        add("gauge", "sockets", "Open WebSockets.", Double(figures.sockets))
        let rooms = await services.switchboard.read { $0.statistics }
        for (name, help, value) in [
            ("resumes_total", "Sockets that went on without a gap.", rooms.resumed),
            ("resume_gaps_total", "Sockets that went on with a gap.", rooms.gaps),
            ("sockets_shed_total", "Sockets closed because others needed the room.", rooms.shed),
        ] {
            add("counter", name, help, Double(value))
        }
        await addConference(services, add)
        add("gauge", "resident_memory_bytes", "Resident memory.", figures.rssMiB * 1_048_576)
        return text
    }

    /// What re-optimisation did, and how many bookings made room for emergencies.
    private static func addReplanning(
        _ services: Services,
        _ add: (String, String, String, Double) -> Void
    ) async {
        let (figures, displaced) = await services.care.read {
            ($0.replanFigures, $0.displacedCount)
        }
        add("counter", "replans_total", "Runs over all who wait.", Double(figures.runs))
        add("counter", "replan_served_total", "Served by a run.", Double(figures.served))
        add("counter", "replan_moved_total", "Placed otherwise.", Double(figures.moved))
        add("counter", "replan_gained_total", "Served more.", Double(figures.gainedServed))
        add("counter", "replan_gained_cost_total", "Cost saved.", figures.gainedCost)
        add("counter", "displacements_total", "Bookings displaced.", Double(displaced))
    }

    /// The conference server and its rooms, when there is one.
    private static func addConference(
        _ services: Services,
        _ add: (String, String, String, Double) -> Void
    ) async {
        guard let figures = await services.conference?.figures else { return }
        add("gauge", "conference_up", "1 while Janus answers.", figures.isUp ? 1 : 0)
        add("gauge", "conference_rooms", "Rooms that stand.", Double(figures.rooms))
        add("counter", "conference_rooms_total", "Rooms made.", Double(figures.made))
        add("counter", "conference_rooms_lost_total", "Rooms lost.", Double(figures.lost))
    }

    /// Rings by how they ended, and a histogram of the time to answer.
    private static func addRings(_ services: Services, to text: inout String) async {
        let figures = await services.care.read { $0.ringFigures }
        func head(_ kind: String, _ name: String, _ help: String) {
            text += "# HELP telehealth_\(name) \(help)\n# TYPE telehealth_\(name) \(kind)\n"
        }
        head("counter", "rings_total", "Doctors rung.")
        text += "telehealth_rings_total \(figures.rung)\n"
        head("counter", "rings_delivered_total", "Rings handed to an open console.")
        text += "telehealth_rings_delivered_total \(figures.delivered)\n"
        head("counter", "rings_ended_total", "Rings that ended, by how.")
        for end in RingEnd.allCases {
            let count = figures.ends[end] ?? 0
            text += "telehealth_rings_ended_total{end=\"\(end.rawValue)\"} \(count)\n"
        }
        head("histogram", "ring_answer_seconds", "From ringing to the doctor's answer.")
        var sum = 0
        let bounds = RingFigures.bounds.map(String.init) + ["+Inf"]
        for (bound, count) in zip(bounds, figures.answers) {
            sum += count
            text += "telehealth_ring_answer_seconds_bucket{le=\"\(bound)\"} \(sum)\n"
        }
        let seconds = Double(figures.answering.wholeMilliseconds) / 1_000
        text += "telehealth_ring_answer_seconds_sum \(seconds)\n"
        text += "telehealth_ring_answer_seconds_count \(sum)\n"
    }
}

/// How much memory the process holds.
enum ResidentMemory {
    /// Resident set size in MiB, 0 where the system does not tell.
    static var mebibytes: Double {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii) else {
            return 0
        }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return 0 }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }
}
