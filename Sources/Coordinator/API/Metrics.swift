import Foundation
import Gateway

/// The figures as Prometheus text exposition; names and labels carry no patient data.
enum Metrics {
    static func text(_ services: Services) async -> String {
        let figures = await Figures(services)
        let gateway = await services.gateway.statistics
        let isConnected = await services.gateway.isConnected
        let rows: [(String, String, String, Double)] = [
            ("uptime_seconds", "gauge", "Since the start.", Double(figures.uptimeSeconds)),
            ("sites", "gauge", "Telehealth sites.", Double(figures.sites)),
            ("devices", "gauge", "Registered devices.", Double(figures.devices)),
            ("devices_online", "gauge", "Devices heard from.", Double(figures.devicesOnline)),
            ("broker_connected", "gauge", "1 while connected.", isConnected ? 1 : 0),
            ("messages_total", "counter", "Payloads received.", Double(gateway.messages)),
            ("readings_total", "counter", "Readings received.", Double(gateway.readings)),
            ("readings_durable_total", "counter", "Readings stored.", Double(gateway.stored)),
            (
                "readings_duplicate_total", "counter", "Second copies dropped.",
                Double(gateway.duplicates)
            ),
            (
                "payloads_quarantined_total", "counter", "Payloads refused.",
                Double(gateway.quarantined)
            ),
            ("commits_total", "counter", "Batches committed.", Double(gateway.batches)),
            (
                "commit_failures_total", "counter", "Batches that could not be committed.",
                Double(gateway.commitFailures)
            ),
            (
                "reading_to_durable_p50_milliseconds", "gauge", "Median from receipt to commit.",
                figures.readingToDurableMs.p50
            ),
            (
                "reading_to_durable_p99_milliseconds", "gauge", "99th percentile of the same.",
                figures.readingToDurableMs.p99
            ),
            ("alarms_open", "gauge", "Alarms not closed.", Double(figures.openAlarms)),
            ("requests_open", "gauge", "Requests not over.", Double(figures.openRequests)),
            (
                "requests_unmatched", "gauge", "Requests past their deadline without a doctor.",
                Double(figures.unmatchedRequests)
            ),
            ("bookings_live", "gauge", "Live bookings.", Double(figures.liveBookings)),
            ("sessions_open", "gauge", "Sessions not over.", Double(figures.openSessions)),
            ("sockets", "gauge", "Open WebSockets.", Double(figures.sockets)),
            (
                "resident_memory_bytes", "gauge", "Resident memory.",
                figures.rssMiB * 1_048_576
            ),
        ]
        return rows.map { name, kind, help, value in
            """
            # HELP telehealth_\(name) \(help)
            # TYPE telehealth_\(name) \(kind)
            telehealth_\(name) \(value)

            """
        }.joined()
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
