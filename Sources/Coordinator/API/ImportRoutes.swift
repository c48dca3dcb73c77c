import CareLoop
import Store
import Vocabulary
import Wire

/// Whole tables of the registry: checked row by row, then written altogether or not at all.
enum ImportRoutes {
    /// The tables that the API takes; patients and devices have calls of their own.
    static let tables: [ImportTable] = [.sites, .doctors, .interpreters, .availability]
    /// The most wrong rows that an answer lists.
    static let problemLimit = 200

    static var routes: [Route] {
        [
            Route(
                "POST",
                "/imports/{id}",
                "Take a table in, or with 'preview' only say what it would change and what is wrong.",
                access: .granted(.change, .directory),
                parameters: [.init("preview", .boolean, "check the table and change nothing")],
                body: .string,
                bodyType: "text/csv",
                answer: .named("Import")
            ) { try await take($0, $1) }
        ]
    }

    private static func take(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        guard let table = tables.first(where: { $0.rawValue == call.path["id"] }) else {
            throw Problem.notFound
        }
        let isPreview = try call.flag("preview")
        let checked: CheckedTable
        do {
            checked = try await table.check(
                try call.text(as: "text/csv"),
                named: table.rawValue,
                against: services.store,
                profiles: [],
                holidays: services.holidays,
                at: call.at
            )
        } catch let error as ImportError {
            guard isPreview else { throw refusal(error) }
            return try .json(ImportView(table, error))
        }
        let news = await services.directory.news(of: checked.changes)
        let answer = try APIAnswer.json(ImportView(table, checked, news, isPreview: isPreview))
        if isPreview { return answer }
        try await services.directory.put(
            news.changed,
            with: try services.changes(
                call,
                "import",
                table.rawValue,
                "\(checked.rows) rows",
                keeping: answer
            )
        )
        await services.care.note { loop, now in
            CareDecision(news.changed.flatMap { loop.registryChanged($0, at: now) })
        }
        return answer
    }

    private static func refusal(_ error: ImportError) -> Problem {
        let more = error.problems.count - 1
        let rest = more > 0 ? "; and \(more) more, which ?preview=true lists" : ""
        return Problem(
            422,
            "table",
            "\(error.problems.first ?? "")\(rest); nothing was imported"
        )
    }
}

extension CareLoop {
    /// Takes one record of the registry as it is now.
    fileprivate mutating func registryChanged(_ change: Change, at now: Instant) -> [CareEffect] {
        switch change {
        case .site(let site): siteChanged(site, at: now)
        case .doctor(let doctor): availabilityChanged(doctor, at: now)
        case .interpreter(let interpreter): interpreterChanged(interpreter, at: now)
        default: []
        }
    }
}

private struct ImportView: Encodable {
    struct Wrong: Encodable {
        let line: Int
        let column: String?
        let message: String
    }

    let table: String
    let columns: [String]
    let isPreview: Bool
    let rows: Int
    let added: Int
    let changed: Int
    let remarks: [String]
    let problemCount: Int
    let problems: [Wrong]

    init(
        _ table: ImportTable,
        _ checked: CheckedTable,
        _ news: (added: Int, changed: [Change]),
        isPreview: Bool
    ) {
        self.table = table.rawValue
        columns = table.columns
        self.isPreview = isPreview
        rows = checked.rows
        added = news.added
        changed = news.changed.count - news.added
        remarks = checked.remarks
        problemCount = 0
        problems = []
    }

    init(_ table: ImportTable, _ error: ImportError) {
        self.table = table.rawValue
        columns = table.columns
        isPreview = true
        rows = 0
        added = 0
        changed = 0
        remarks = []
        problemCount = error.problems.count
        problems = error.rows.prefix(ImportRoutes.problemLimit).map {
            Wrong(line: $0.line, column: $0.column, message: $0.message)
        }
    }
}
