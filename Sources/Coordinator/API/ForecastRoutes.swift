import CareLoop
import Scheduler
import Store
import Vocabulary

/// Waits and shortages to be expected, by specialty and province.
enum ForecastRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/forecast",
                "The wait now by urgency, and where the next hours ask for more than doctors have.",
                access: .granted(.read, .directory),
                parameters: [
                    .init("specialty", .string, "only this specialty; every one when absent"),
                    .init("province", .identifier, "a province's code; the country when absent"),
                    .init("site", .identifier, "who asks there: its stations and opening count"),
                    .init("hours", .integer(1...24), "how many hours ahead, 8 when absent"),
                ],
                answer: .named("Forecast")
            ) { try await forecast($0, $1) }
        ]
    }

    private static func forecast(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let asking: SiteID? = try call.queryID("site")
        var site: Site?
        if let asking {
            site = await services.directory.site(asking)
            guard site != nil else { throw Problem.notFound }
        }
        let province = try call.queryID("province") ?? site?.province
        let hours = try call.number("hours", in: 1...24) ?? 8
        let history = try await services.forecasts.history(at: call.at)
        // A copy: the care desk goes on while the forecast is made.
        let forecaster = await services.care.read { $0.forecaster(history: history, at: call.at) }
        let specialties =
            call.query("specialty").map { [Specialty(rawValue: $0)] }
            ?? forecaster.specialties
        let items = specialties.map {
            ForecastView(
                forecaster.forecast(
                    $0,
                    province: province,
                    site: site?.id,
                    hours: hours,
                    at: call.at
                )
            )
        }
        return try .json(ForecastsView(at: call.at, province: province, items: items))
    }
}

private struct ForecastsView: Encodable {
    let at: Instant
    let province: ProvinceID?
    let items: [ForecastView]
}

private struct ForecastView: Encodable {
    let specialty: Specialty
    let doctors: Int
    let freeDoctors: Int
    let consultMinutes: Double
    let consultsMeasured: Int
    let recordedDays: Int
    let waits: [WaitForecast]
    let hours: [HourView]

    init(_ forecast: Forecast) {
        specialty = forecast.specialty
        doctors = forecast.doctors
        freeDoctors = forecast.freeDoctors
        consultMinutes = ForecastView.tenths(forecast.consultMinutes)
        consultsMeasured = forecast.consultsMeasured
        recordedDays = forecast.recordedDays
        waits = forecast.waits
        hours = forecast.hours.map(HourView.init)
    }

    static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    struct HourView: Encodable {
        let from: Instant
        let until: Instant
        let arrivals: Double
        let demandMinutes: Double
        let supplyMinutes: Double
        let onCallMinutes: Double
        let unservedMinutes: Double
        let isShort: Bool

        init(_ hour: ForecastHour) {
            from = hour.from
            until = hour.until
            arrivals = tenths(hour.arrivals)
            demandMinutes = tenths(hour.demandMinutes)
            supplyMinutes = tenths(hour.supplyMinutes)
            onCallMinutes = tenths(hour.onCallMinutes)
            unservedMinutes = tenths(hour.unservedMinutes)
            isShort = hour.isShort
        }
    }
}
