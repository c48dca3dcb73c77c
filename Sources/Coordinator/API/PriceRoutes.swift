import CareLoop
import Scheduler
import Store
import Vocabulary

/// What one more doctor hour is worth.
enum PriceRoutes {
    /// Hours that an answer names when nothing else is asked for.
    private static let usualLimit = 50

    static var routes: [Route] {
        [
            Route(
                "GET",
                "/forecast/prices",
                "What one more doctor hour is worth, by specialty, hour, province and language.",
                access: .granted(.read, .whatIf),
                parameters: [
                    .init("specialty", .string, "only this specialty; every one when absent"),
                    .init("province", .identifier, "only doctors of this province's hospitals"),
                    .init("language", .string, "only doctors who speak this language too"),
                    .init("hours", .integer(1...24), "how many hours ahead, 8 when absent"),
                    .init("limit", .integer(1...500), "how many hours are named, 50 when absent"),
                ],
                answer: .named("HourPrices")
            ) { try await prices($0, $1) }
        ]
    }

    private struct View: Encodable {
        struct Part: Encodable {
            let specialty: Specialty
            let madeAt: Instant
            let doctors: Int
            let waiting: Int
            let expected: Int
            let rounds: Int

            init(_ prices: HourPrices, at: Instant) {
                specialty = prices.specialty
                madeAt = at
                doctors = prices.doctors
                waiting = prices.waiting
                expected = prices.expected
                rounds = prices.rounds
            }
        }

        let at: Instant
        let specialties: [Part]
        let items: [HourPrice]
    }

    private static func prices(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        try services.authorise(call, .read, .whatIf, AccessTarget())
        let province: ProvinceID? = try call.queryID("province")
        let language = call.query("language").map(Language.init(rawValue:))
        let hours = try call.number("hours", in: 1...24) ?? 8
        let limit = try call.number("limit", in: 1...500) ?? usualLimit
        let history = try await services.forecasts.history(at: call.at)
        // A copy: the care desk goes on while the prices are made.
        let forecaster = await services.care.read { $0.forecaster(history: history, at: call.at) }
        let asked = call.query("specialty").map { [Specialty(rawValue: $0)] }
        var parts: [View.Part] = []
        var items: [HourPrice] = []
        for specialty in asked ?? forecaster.specialties {
            let (at, prices) = try await services.prices.prices(
                specialty,
                hours: hours,
                by: forecaster,
                at: call.at
            )
            parts.append(View.Part(prices, at: at))
            items += prices.hours.filter {
                (province == nil || $0.province == province)
                    && (language == nil || $0.language == language)
            }
        }
        items.sort { $0.comesBefore($1) }
        let named = items.prefix(limit).map(\.rounded)
        return try .json(View(at: call.at, specialties: parts, items: named))
    }
}

extension HourPrice {
    /// The same with a worth that people can read.
    fileprivate var rounded: HourPrice {
        HourPrice(
            specialty: specialty,
            language: language,
            province: province,
            from: from,
            until: until,
            worth: (worth * 10).rounded() / 10,
            atMost: (atMost * 10).rounded() / 10
        )
    }
}
