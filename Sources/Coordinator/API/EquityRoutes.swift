import Scheduler
import Store
import Vocabulary

/// Waits and refusals by province and site beside load by doctor.
enum EquityRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/equity",
                "Who waited and who was refused, by province and site, beside the doctors' load.",
                access: .granted(.read, .statistics),
                parameters: [
                    .init("days", .integer(1...31), "local days, today too; 7 when absent"),
                    .init("province", .identifier, "only sites of this province"),
                    .init("limit", .integer(1...500), "sites and doctors, 50 each when absent"),
                ],
                answer: .named("Equity")
            ) { try await equity($0, $1) }
        ]
    }

    private struct View: Encodable {
        let at: Instant
        let days: Int
        let country: LineView
        let provinces: [ProvinceView]
        let sites: [SiteView]
        let doctors: [LoadView]
    }

    private struct ProvinceView: Encodable {
        let province: ProvinceID
        let line: LineView
    }

    private struct SiteView: Encodable {
        let site: SiteID
        let name: String
        let province: ProvinceID?
        let line: LineView
    }

    private struct LoadView: Encodable {
        let doctor: DoctorID
        let name: String
        let consults: Int
        let minutes: Int
        let bookableMinutes: Int
        let refusals: Int

        init(_ load: EquityLedger.Load, name: String) {
            doctor = load.doctor
            self.name = name
            consults = load.consults
            minutes = load.minutes
            bookableMinutes = load.bookableMinutes
            refusals = load.refusals
        }
    }

    private static func equity(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        try services.authorise(call, .read, .statistics, AccessTarget())
        let days = try call.number("days", in: 1...31) ?? 7
        let limit = try call.number("limit", in: 1...500) ?? 50
        let province: ProvinceID? = try call.queryID("province")
        let ledger = try await services.equity.ledger(days: days, at: call.at)
        var sites: [SiteView] = []
        for (id, line) in ledger.sites(of: province).prefix(limit) {
            let site = await services.directory.site(id)
            sites.append(
                SiteView(
                    site: id,
                    name: site?.name ?? "",
                    province: site?.province,
                    line: LineView(line)
                )
            )
        }
        var doctors: [LoadView] = []
        for load in ledger.doctors.prefix(limit) {
            let name = await services.directory.doctor(load.doctor)?.name ?? ""
            doctors.append(LoadView(load, name: name))
        }
        return try .json(
            View(
                at: call.at,
                days: days,
                country: LineView(ledger.country),
                provinces: ledger.provinces.map {
                    ProvinceView(province: $0.province, line: LineView($0.line))
                },
                sites: sites,
                doctors: doctors
            )
        )
    }
}

/// What became of the requests of one place, as the API shows it.
private struct LineView: Encodable {
    let asked: Int
    let served: Int
    let unmatched: Int
    let cancelled: Int
    let refusals: Int
    let late: Int
    let meanWaitMinutes: Double?
    let longWaitMinutes: Double?
    let waitIndex: Double?

    init(_ line: EquityLedger.Line) {
        asked = line.asked
        served = line.served
        unmatched = line.unmatched
        cancelled = line.cancelled
        refusals = line.refusals
        late = line.late
        meanWaitMinutes = line.meanWaitMinutes.map { ($0 * 10).rounded() / 10 }
        longWaitMinutes = line.longWaitMinutes.map { ($0 * 10).rounded() / 10 }
        waitIndex = line.waitIndex.map { ($0 * 100).rounded() / 100 }
    }
}
