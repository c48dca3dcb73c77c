import Scheduler
import Testing
import Vocabulary

@Suite struct ForecastTests {
    /// Friday 08:00 local; full hours of UTC and of UTC+7 are the same.
    private let now = Register.morning

    private func forecaster(
        _ doctors: [Doctor],
        _ bookings: [Booking] = [],
        queue: [ConsultRequest] = [],
        _ history: ArrivalHistory = ArrivalHistory()
    ) -> Forecaster {
        Forecaster(roster: Register.roster(doctors, bookings), queue: queue, history: history)
    }

    private func wait(
        _ forecaster: Forecaster,
        _ urgency: Urgency = .soon,
        province: String? = nil
    ) -> Int? {
        let province = province.map { ProvinceID(trusted: $0) }
        let forecast = forecaster.forecast(.cardiology, province: province, hours: 1, at: now)
        return forecast.waits.first { $0.urgency == urgency }?.waitSeconds.map { $0 / 60 }
    }

    private let morningHours = Availability(
        weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60)]
    )

    @Test func `a doctor who is there and free means no wait, a booked one that of the booking`() {
        #expect(wait(forecaster([Register.doctor()])) == 0)
        let booking = Register.booking(from: now)
        // Half an hour of consult, five minutes of buffer.
        #expect(wait(forecaster([Register.doctor()], [booking])) == 35)
        #expect(wait(forecaster([Register.doctor(), Register.doctor("second")], [booking])) == 0)
        #expect(wait(forecaster([])) == nil)
        #expect(wait(forecaster([Register.doctor(presence: .off)])) == nil)
    }

    @Test func `who is off begins with the window, but not at once`() {
        let later = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 10 * 60, untilMinute: 12 * 60)]
        )
        #expect(wait(forecaster([Register.doctor(presence: .off, availability: later)])) == 120)
        let open = Register.doctor(presence: .off, availability: morningHours)
        #expect(wait(forecaster([open])) == 15)
    }

    @Test func `duty counts for what presses, not for the rest`() {
        let duty = Availability(onCall: [DatedWindow(from: now, until: now + .hours(8))])
        let onCall = forecaster([Register.doctor(presence: .off, availability: duty)])
        #expect(wait(onCall, .emergency) == 0 && wait(onCall, .urgent) == 0)
        #expect(wait(onCall, .soon) == nil)
    }

    @Test func `those ahead are served first: as urgent or more, each as long as planned`() {
        let queue = [Register.request(.urgent), Register.request(.routine)]
        let one = forecaster([Register.doctor()], queue: queue)
        // Half an hour and the buffer for each one ahead.
        #expect(wait(one, .emergency) == 0)
        #expect(wait(one, .urgent) == 35)
        #expect(wait(one, .soon) == 35)
        #expect(wait(one, .routine) == 70)
        let two = forecaster([Register.doctor(), Register.doctor("second")], queue: queue)
        #expect(wait(two, .routine) == 35)
        let ahead = one.forecast(.cardiology, province: nil, hours: 1, at: now).waits.map(\.ahead)
        #expect(ahead == [0, 1, 1, 2])
    }

    @Test func `a province waits for those whose licence covers it`() {
        let local = Register.doctor("local", provinces: ["p-2"])
        #expect(wait(forecaster([local]), province: "p-2") == 0)
        #expect(wait(forecaster([local]), province: "p-1") == nil)
        // The queue of the first province is not served by the second one's doctor.
        let queue = [Register.request(.urgent)]
        #expect(wait(forecaster([local], queue: queue), province: "p-2") == 0)
    }

    @Test func `a start needs a gap as long as a consult is planned`() {
        // Free from 08:00 to 08:28, and from 09:03 on; the buffer belongs to the gap.
        let booking = Register.booking(from: now + .minutes(28))
        let roster = Register.roster([Register.doctor()], [booking])
        for (length, minutes) in [(Duration.minutes(23), 0), (.minutes(24), 63)] {
            let forecaster = Forecaster(
                roster: roster,
                queue: [],
                lengths: [.soon: length],
                history: ArrivalHistory()
            )
            #expect(wait(forecaster) == minutes)
        }
    }

    @Test func `a request that every doctor declined, or nobody understands, is in nobody's way`() {
        var declined = Register.request(.urgent)
        declined.declinedBy = [DoctorID(trusted: "doctor")]
        let foreign = Register.request(.urgent, languages: [.hmong])
        for request in [declined, foreign] {
            #expect(wait(forecaster([Register.doctor()], queue: [request])) == 0)
            let two = [Register.doctor(), Register.doctor("second", languages: [.hmong])]
            #expect(wait(forecaster(two, queue: [request])) == 0)
        }
        #expect(wait(forecaster([Register.doctor()], queue: [Register.request(.urgent)])) == 35)
    }

    @Test func `recent consults replace the planned length once there are ten`() {
        var history = ArrivalHistory()
        for _ in 0..<9 { history.served(.cardiology, minutes: 10) }
        #expect(history.consultMinutes(.cardiology).mean == 25)
        history.served(.cardiology, minutes: 20)
        #expect(history.consultMinutes(.cardiology).mean == 11)
        let forecast = forecaster([Register.doctor()], [], history)
            .forecast(.cardiology, province: nil, hours: 1, at: now)
        #expect(forecast.consultMinutes == 16, "with the buffer")
        // Who waits gets a slot of the planned length all the same: times are told beforehand.
        let queue = [Register.request(.soon)]
        #expect(wait(forecaster([Register.doctor()], [], queue: queue, history)) == 35)
        // Only the newest count.
        for _ in 0..<2_000 { history.served(.cardiology, minutes: 30) }
        #expect(history.consultMinutes(.cardiology).mean == 30)
        #expect(history.consultMinutes(.cardiology).count == 500)
    }

    @Test func `a consult that outlasts the usual is not taken to end at once`() {
        var history = ArrivalHistory()
        for _ in 0..<10 { history.served(.cardiology, minutes: 10) }
        for _ in 0..<9 { history.served(.cardiology, minutes: 40) }
        // Nine that lasted longer say little: half the mean at least.
        let mean = history.consultMinutes(.cardiology).mean
        #expect(history.remainingMinutes(.cardiology, after: 15) == mean / 2)
        history.served(.cardiology, minutes: 40)
        #expect(history.remainingMinutes(.cardiology, after: 0) == 25)
        #expect(history.remainingMinutes(.cardiology, after: 15) == 25)
        #expect(history.remainingMinutes(.cardiology, after: 39) == 1)
        #expect(history.remainingMinutes(.cardiology, after: 40) == 12.5)
        let running = Register.booking(from: now - .minutes(15), state: .inSession)
        // In its time the plan holds: 15 min of what is left, and the buffer.
        for (due, minutes) in [(Duration.minutes(20), 20), (.minutes(19), 30)] {
            let forecaster = Forecaster(
                roster: Register.roster([Register.doctor()], [running]),
                queue: [],
                history: history,
                urgently: UrgentHelp(due: [.emergency: due])
            )
            #expect(wait(forecaster, .emergency) == minutes, "with the buffer")
        }
    }

    @Test func `emergencies and urgent requests wait for a hospital of their level`() {
        let regional = forecaster([Register.doctor(hospital: "h-regional")])
        #expect(wait(regional, .emergency) == nil && wait(regional, .urgent) == nil)
        #expect(wait(regional, .soon) == 0 && wait(regional, .routine) == 0)
        // One who waits for a higher level is in nobody's way here.
        let queue = [Register.request(.urgent)]
        let doctors = [Register.doctor(hospital: "h-regional")]
        #expect(wait(forecaster(doctors, queue: queue)) == 0)
    }

    @Test func `consults that began late of late make the forecast later, by urgency`() {
        var slips = StartSlips()
        func waits(_ specialty: Specialty) -> [Int?] {
            let doctors = [Register.doctor("one"), Register.doctor("two", [.neurology])]
            return Forecaster(
                roster: Register.roster(doctors),
                queue: [],
                history: ArrivalHistory(),
                slips: slips
            )
            .forecast(specialty, province: nil, hours: 1, at: now).waits.map(\.waitSeconds)
        }
        #expect(waits(.cardiology) == [0, 0, 0, 0])
        for _ in 0..<30 {
            slips.note(.minutes(8), .urgent, .cardiology)
            // Early is no slip, and weeks are somebody's own choice.
            slips.note(.minutes(-5), .routine, .cardiology)
            slips.note(.hours(24 * 9), .routine, .cardiology)
        }
        #expect(waits(.cardiology) == [0, 480, 0, 0])
        // Nothing is known of the other specialty: it is taken to be like all.
        #expect(waits(.neurology) == [0, 480, 0, 0])
        for _ in 0..<30 { slips.note(.minutes(2), .urgent, .neurology) }
        let (one, two) = (waits(.cardiology)[1] ?? 0, waits(.neurology)[1] ?? 0)
        #expect(one > 300 && one < 480 && two < 300 && two > 120)
    }

    /// One cardiologist who is booked for 80 min, and whoever else helps an emergency.
    private func pressed(_ others: [Doctor] = [], urgently: UrgentHelp) -> Int? {
        let busy = Register.booking(from: now, minutes: 75)
        let forecaster = Forecaster(
            roster: Register.roster([Register.doctor()] + others, [busy]),
            queue: [],
            history: ArrivalHistory(),
            urgently: urgently
        )
        return wait(forecaster, .emergency)
    }

    @Test func `an emergency goes to who serves in a busy specialty's stead and is there`() {
        let help = UrgentHelp(
            standIns: [.emergency: [.cardiology: [.internalMedicine]]],
            due: [.emergency: .minutes(30)]
        )
        #expect(pressed(urgently: help) == 80)
        func other(_ presence: Presence, _ availability: Availability? = nil) -> Doctor {
            Register.doctor(
                "other",
                [.internalMedicine],
                presence: presence,
                availability: availability ?? Availability()
            )
        }
        #expect(pressed([other(.available)], urgently: help) == 0)
        #expect(pressed([other(.available)], urgently: UrgentHelp()) == 80)
        // Who is off is not rung, in a window or not.
        #expect(pressed([other(.off, morningHours)], urgently: help) == 80)
        let duty = Availability(onCall: [DatedWindow(from: now, until: now + .hours(8))])
        #expect(pressed([other(.off, duty)], urgently: help) == 0)
    }

    @Test func `an emergency that no plan meets takes the place of a booking that may move`() {
        // Free for 20 min, then booked: nobody could begin before 55 min.
        let later = Register.booking(from: now + .minutes(20), minutes: 30)
        func wait(_ help: UrgentHelp) -> Int? {
            let roster = Register.roster([Register.doctor()], [later])
            let forecaster = Forecaster(
                roster: roster,
                queue: [],
                history: ArrivalHistory(),
                urgently: help
            )
            return self.wait(forecaster, .emergency)
        }
        let due: [Urgency: Duration] = [.emergency: .minutes(30)]
        #expect(wait(UrgentHelp(due: due)) == 55)
        #expect(wait(UrgentHelp(due: due, movable: [later])) == 0)
        // In its time a plan holds, and nobody is moved.
        #expect(wait(UrgentHelp(due: [.emergency: .hours(1)], movable: [later])) == 55)
    }

    @Test func `who asks at a site waits for its stations and its opening`() throws {
        let roster = Register.roster([Register.doctor(availability: morningHours)])
        let site = try #require(roster.sites.first { $0.stations == 1 })
        var busy = roster
        busy.note(Register.booking("other", doctor: "somebody", site: site.id.rawValue, from: now))
        var closed = roster
        var late = site
        late.opening = [WeeklyWindow(weekday: 5, fromMinute: 9 * 60, untilMinute: 12 * 60)]
        closed.update(late)
        func waits(_ roster: Roster, _ urgency: Urgency) -> Int? {
            Forecaster(roster: roster, queue: [], history: ArrivalHistory())
                .forecast(.cardiology, province: nil, site: site.id, hours: 0, at: now)
                .waits.first { $0.urgency == urgency }?.waitSeconds.map { $0 / 60 }
        }
        #expect(waits(roster, .soon) == 0)
        #expect(waits(busy, .soon) == 30)
        #expect(waits(closed, .soon) == 60 && waits(closed, .urgent) == 0)
    }

    private func history(days: Int, perHour: Int, urgency: Urgency = .soon) -> ArrivalHistory {
        var history = ArrivalHistory()
        for day in 1...days {
            for _ in 0..<perHour {
                let at = now - .hours(24 * day) + .minutes(10)
                history.asked(.cardiology, urgency, from: ProvinceID(trusted: "p-1"), at: at)
            }
        }
        history.records(from: now - .hours(24 * days), until: now)
        return history
    }

    @Test func `an hour is expected to be like the same hour of the days before`() {
        func expected(_ days: Int, in hours: Int) -> Double {
            history(days: days, perHour: 6).expected(
                .cardiology,
                urgencies: [.soon],
                province: nil,
                inHourOf: now + .hours(hours)
            )
        }
        #expect(expected(7, in: 0) == 6)
        #expect(expected(7, in: 1) == 0)
        #expect(expected(2, in: 0) == 6)
        // What is older than a week is forgotten.
        #expect(history(days: 9, perHour: 6).recordedDays == 7)
        var young = ArrivalHistory()
        young.asked(.cardiology, .soon, from: ProvinceID(trusted: "p-1"), at: now - .hours(1))
        young.records(from: now - .hours(2), until: now)
        let mean = young.expected(
            .cardiology,
            urgencies: [.soon],
            province: nil,
            inHourOf: now + .hours(5)
        )
        #expect(mean == 0.5, "with less than a day, the mean of the hours there are")
        #expect(young.recordedDays == 0)
    }

    @Test func `an hour is short when more is asked for than is free, and runs over`() {
        let doctor = Register.doctor(presence: .off, availability: morningHours)
        func hours(_ perHour: Int, _ bookings: [Booking] = []) -> [ForecastHour] {
            forecaster([doctor], bookings, queue: [], history(days: 7, perHour: perHour))
                .forecast(.cardiology, province: nil, hours: 2, at: now).hours
        }
        // From 08:15 on, for who is off is not asked at once; ticks of ten minutes: 40 are free.
        let calm = hours(1)
        #expect(calm[0].supplyMinutes == 40 && calm[1].supplyMinutes == 60)
        #expect(calm[0].demandMinutes == 30 && !calm[0].isShort)
        let rush = hours(4)
        #expect(rush[0].demandMinutes == 120 && rush[0].unservedMinutes == 80)
        #expect(rush[0].isShort && rush[1].isShort && rush[1].unservedMinutes == 20)
        let booked = hours(1, [Register.booking(from: now + .minutes(20), minutes: 35)])
        #expect(booked[0].supplyMinutes == 0 && booked[0].isShort)
    }

    @Test func `duty takes what presses and nothing else`() {
        let duty = Availability(onCall: [DatedWindow(from: now, until: now + .hours(8))])
        let doctor = Register.doctor(presence: .off, availability: duty)
        func hour(_ urgency: Urgency) -> ForecastHour {
            forecaster([doctor], [], queue: [], history(days: 7, perHour: 2, urgency: urgency))
                .forecast(.cardiology, province: nil, hours: 1, at: now).hours[0]
        }
        #expect(hour(.urgent).onCallMinutes == 60 && !hour(.urgent).isShort)
        #expect(hour(.soon).unservedMinutes == 60)
    }

    @Test func `a province has its part of doctors of the whole country`() {
        let doctors = [
            Register.doctor("national", availability: morningHours),
            Register.doctor("local", provinces: ["p-2"], availability: morningHours),
        ]
        let forecaster = forecaster(doctors, [], queue: [], history(days: 7, perHour: 3))
        func supply(_ province: String?) -> Double {
            let id = province.map { ProvinceID(trusted: $0) }
            return forecaster.forecast(.cardiology, province: id, hours: 1, at: now)
                .hours[0].supplyMinutes
        }
        // All that was asked came from the first province.
        #expect(supply("p-1") == 60 && supply("p-2") == 60 && supply(nil) == 120)
    }
}
