import Scheduler
import Signalling
import Store
import Vocabulary
import WebServer

/// The deployment's figures now, and the programme's over a time.
enum StatisticsRoutes {
    static var routes: [Route] {
        let groupings = ProgrammeReport.Grouping.allCases.map(\.rawValue)
        return [
            Route(
                "GET",
                "/statistics",
                "The figures now; with a range or 'by' the programme's report, as JSON or text/csv.",
                access: .granted(.read, .statistics),
                parameters: [
                    .init("from", .instant, "requests opened from then on; 30 days before 'to'"),
                    .init("to", .instant, "requests opened before; now when absent"),
                    .init("by", .choice(groupings), "a line for each; one for all when absent"),
                ],
                answer: .named("Statistics")
            ) { call, services in
                let parameters = ["from", "to", "by"].compactMap { call.query($0) }
                let wantsTable = call.request.headers["accept"]?.contains("text/csv") ?? false
                guard !parameters.isEmpty || wantsTable else {
                    return try .json(await Figures(services))
                }
                let table = try await ProgrammeTable(call, services)
                return wantsTable ? table.csv : try .json(table)
            }
        ]
    }
}

/// A programme report with its lines named and ordered.
struct ProgrammeTable: Encodable {
    /// The longest range of a report: a leap year.
    static let longest: Duration = .hours(24 * 366)
    /// Requests that are read at once.
    private static let page = 5_000

    let from: Instant
    let to: Instant
    let by: String?
    let items: [ProgrammeLine]
    let total: ProgrammeLine

    init(_ call: APICall, _ services: Services) async throws {
        to = try call.queryInstant("to") ?? call.at
        from = try call.queryInstant("from") ?? to - .hours(24 * 30)
        guard from < to else { throw Problem(400, "invalid", "from: expected a time before 'to'") }
        guard to - from <= ProgrammeTable.longest else {
            throw Problem(400, "invalid", "from: at most 366 days before 'to'")
        }
        let grouping = try call.query("by").map { text in
            guard let known = ProgrammeReport.Grouping(rawValue: text) else {
                throw Problem(400, "invalid", "by: expected province, site or specialty")
            }
            return known
        }
        by = grouping?.rawValue
        let sites = await services.directory.allSites()
        let bySite = Dictionary(sites.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var report = ProgrammeReport()
        func key(_ site: SiteID, _ specialty: Specialty) -> String {
            switch grouping {
            case .province: bySite[site]?.province.rawValue ?? ""
            case .site: site.rawValue
            case .specialty: specialty.rawValue
            case nil: ""
            }
        }
        var place: ConsultFact.Place?
        while true {
            let facts = try await services.store.consultFacts(
                from: from,
                until: to,
                after: place,
                limit: ProgrammeTable.page
            )
            for fact in facts { report.add(fact, key: key(fact.site, fact.specialty)) }
            guard facts.count == ProgrammeTable.page else { break }
            place = facts.last?.place
        }
        for missed in try await services.store.missedConsults(from: from, until: to) {
            report.add(missed, key: key(missed.site, missed.specialty))
        }
        let provinces = Dictionary(
            sites.map { ($0.province.rawValue, $0.provinceName) },
            uniquingKeysWith: { first, _ in first }
        )
        func name(_ key: String) -> String {
            switch grouping {
            case .province: provinces[key] ?? key
            case .site: SiteID(rawValue: key).flatMap { bySite[$0]?.name } ?? key
            case .specialty, nil: key
            }
        }
        items =
            grouping == nil
            ? []
            : report.lines.sorted { $0.key < $1.key }.map { key, line in
                ProgrammeLine(key: key, name: name(key), line)
            }
        total = ProgrammeLine(key: "total", name: "total", report.total)
    }

    /// The report as a table with a line of headings, the total last (RFC 4180).
    var csv: APIAnswer {
        var text = ProgrammeLine.headings.joined(separator: ",") + "\r\n"
        for line in items + [total] {
            text += line.cells.map(ProgrammeTable.quoted).joined(separator: ",") + "\r\n"
        }
        return APIAnswer(contentType: "text/csv; charset=utf-8", body: Array(text.utf8))
    }

    /// A cell as it may stand; a spreadsheet must not take a name for a formula.
    private static func quoted(_ cell: String) -> String {
        let isFormula = cell.first.map { "=+-@\t\r".contains($0) } ?? false
        let safe = isFormula ? "'" + cell : cell
        guard safe.contains(where: { ",\"\r\n".contains($0) }) else { return safe }
        return "\""
            + safe.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}

/// One line of a programme report.
struct ProgrammeLine: Encodable {
    let key: String
    let name: String
    let requests: Int
    let emergency: Int
    let urgent: Int
    let soon: Int
    let routine: Int
    let fulfilled: Int
    let cancelled: Int
    let waiting: Int
    let unmatched: Int
    let declined: Int
    let noShows: Int
    let waitSecondsP50: Int?
    let waitSecondsP95: Int?
    let emergencyWaitSecondsP50: Int?
    let emergencyWaitSecondsP95: Int?
    let alarmToRoomSecondsP50: Int?
    let alarmToRoomSecondsP95: Int?
    let consultMinutes: Double?
    let treatLocally: Int
    let transfer: Int
    let followUp: Int
    let discharged: Int

    init(key: String, name: String, _ line: ProgrammeReport.Line) {
        self.key = key
        self.name = name
        requests = line.requests
        emergency = line.asked[.emergency] ?? 0
        urgent = line.asked[.urgent] ?? 0
        soon = line.asked[.soon] ?? 0
        routine = line.asked[.routine] ?? 0
        fulfilled = line.states[.fulfilled] ?? 0
        cancelled = line.states[.cancelled] ?? 0
        waiting = line.waiting
        unmatched = line.states[.unmatched] ?? 0
        declined = line.declined
        noShows = line.noShows
        waitSecondsP50 = ProgrammeReport.Line.quantile(0.5, of: line.waits)
        waitSecondsP95 = ProgrammeReport.Line.quantile(0.95, of: line.waits)
        emergencyWaitSecondsP50 = ProgrammeReport.Line.quantile(0.5, of: line.emergencyWaits)
        emergencyWaitSecondsP95 = ProgrammeReport.Line.quantile(0.95, of: line.emergencyWaits)
        alarmToRoomSecondsP50 = ProgrammeReport.Line.quantile(0.5, of: line.alarmsToRoom)
        alarmToRoomSecondsP95 = ProgrammeReport.Line.quantile(0.95, of: line.alarmsToRoom)
        consultMinutes = line.meanMinutes
        treatLocally = line.dispositions[.treatLocally] ?? 0
        transfer = line.dispositions[.transfer] ?? 0
        followUp = line.dispositions[.followUp] ?? 0
        discharged = line.dispositions[.discharged] ?? 0
    }

    /// The names of the cells, in their order.
    static let headings = [
        "key", "name", "requests", "emergency", "urgent", "soon", "routine", "fulfilled",
        "cancelled", "waiting", "unmatched", "declined", "noShows", "waitSecondsP50",
        "waitSecondsP95", "emergencyWaitSecondsP50", "emergencyWaitSecondsP95",
        "alarmToRoomSecondsP50", "alarmToRoomSecondsP95", "consultMinutes",
        "treatLocally", "transfer", "followUp", "discharged",
    ]

    /// The cells of a table; empty where there is nothing to tell.
    var cells: [String] {
        let counts = [
            requests, emergency, urgent, soon, routine, fulfilled, cancelled, waiting, unmatched,
            declined, noShows,
        ]
        let waits = [
            waitSecondsP50, waitSecondsP95, emergencyWaitSecondsP50, emergencyWaitSecondsP95,
            alarmToRoomSecondsP50, alarmToRoomSecondsP95,
        ]
        return [key, name] + counts.map(String.init) + waits.map { $0.map(String.init) ?? "" }
            + [consultMinutes.map { String($0) } ?? ""]
            + [treatLocally, transfer, followUp, discharged].map(String.init)
    }
}
