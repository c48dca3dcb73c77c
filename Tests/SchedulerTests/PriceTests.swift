import Scheduler
import Testing
import Vocabulary

@Suite struct PriceTests {
    /// Friday 08:00 local.
    private let now = Register.morning
    private let province = ProvinceID(trusted: "p-1")

    private func prices(
        _ doctors: [Doctor],
        _ bookings: [Booking] = [],
        queue: [ConsultRequest] = [],
        history: ArrivalHistory = ArrivalHistory()
    ) throws -> HourPrices {
        let roster = Register.roster(doctors, bookings)
        return try Forecaster(roster: roster, queue: queue, history: history)
            .prices(.cardiology, hours: 3, at: now)
    }

    private func worth(
        _ prices: HourPrices,
        _ hour: Int,
        _ language: Language = .vietnamese
    ) -> Double {
        let from = now + .hours(hour)
        return prices.hours.first {
            $0.from == from && $0.province == province && $0.language == language
        }?.worth ?? 0
    }

    @Test func `an hour is worth the consult that nobody else can give, and only in its window`()
        throws
    {
        let urgent = Register.request(.urgent)
        let none = try prices([], queue: [urgent])
        #expect(none.waiting == 1 && none.doctors == 0)
        // Nearly all that leaving an urgent request out costs.
        #expect(worth(none, 0) > 11_000 && worth(none, 0) <= 12_000)
        #expect(worth(none, 2) == 0, "the deadline is over by then")
        #expect(none.hours.first?.from == now, "the most valuable hour comes first")
        // With a free doctor of the same hospital nobody needs another.
        let served = try prices([Register.doctor()], queue: [urgent])
        #expect(worth(served, 0) < 100)
        // One who is booked all the while is of no help.
        let booked = Register.booking(from: now, minutes: 170)
        #expect(worth(try prices([Register.doctor()], [booked], queue: [urgent]), 0) > 11_000)
    }

    @Test func `nobody waits: no hour is worth anything`() throws {
        let prices = try prices([Register.doctor()])
        #expect(prices.hours.isEmpty && prices.expected == 0)
    }

    @Test func `who can be served tomorrow too makes an hour worth a day of waiting at most`()
        throws
    {
        let routine = Register.request(.routine, deadline: now + .hours(24 * 20))
        let prices = try prices([], queue: [routine])
        #expect(worth(prices, 0) > 200 && worth(prices, 0) <= 288)
    }

    @Test func `a language is priced where somebody speaks no other`() throws {
        let hmong = Register.request(.urgent, languages: [.hmong])
        let prices = try prices([Register.doctor()], queue: [hmong])
        #expect(worth(prices, 0, .hmong) > 11_000)
        #expect(worth(prices, 0) == 0, "Vietnamese alone does not help")
    }

    @Test func `what the last days let expect is priced like those who wait`() throws {
        var history = ArrivalHistory()
        for day in 1...3 {
            for _ in 0..<4 {
                history.asked(
                    .cardiology,
                    .urgent,
                    from: province,
                    at: now - .hours(24 * day) + .minutes(70),
                    in: [.hmong]
                )
            }
        }
        history.records(from: now - .hours(24 * 3), until: now)
        let prices = try prices([Register.doctor()], history: history)
        #expect(prices.expected == 4)
        #expect(worth(prices, 1, .hmong) > 10_000)
        #expect(worth(prices, 1) == 0)
    }

    @Test func `the same state gives the same prices`() throws {
        let queue = [Register.request(.urgent), Register.request(.soon, languages: [.khmer])]
        let doctors = [Register.doctor("one"), Register.doctor("two", hospital: "h-far")]
        #expect(try prices(doctors, queue: queue) == prices(doctors, queue: queue))
    }
}
