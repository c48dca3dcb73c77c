import Foundation
import Testing
import Vocabulary
import WebServer

/// Times in the console: a clinic chooses one, the doctor's calendar shows it, hours are edited.
@Suite(.serialized) struct BrowserCalendarTests {
    @Test func `a time that the nurse chose stands in the doctor's calendar until it is cancelled`()
        async throws
    {
        try await Scene.with { scene in
            try await keepHours(scene)
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                let doctor = try await driver.open()
                for browser in [nurse, doctor] { try await browser.go(scene.address) }
                try await nurse.signIn("nurse", Deployment.password)
                try await doctor.signIn("doctor", Deployment.password)
                try await chooseTime(nurse)
                try await doctor.click(".offer .offer-actions .button.primary")
                try await nurse.waits(
                    for: "the booking is accepted",
                    "document.querySelector('.booking.state-confirmed')"
                )
                try await nurse.click(".tabs .tab:nth-child(1)")
                try await nurse.waits(
                    for: "the desk shows what is booked",
                    "document.querySelector('.upcoming .booking, .rooms .booking')"
                )
                try await nurse.click(".tabs .tab:nth-child(2)")
                try await findInCalendar(doctor)
                try await tryHours(doctor)
                try await cancel(doctor)
                try await nurse.waits(
                    for: "the request is searched for again",
                    "!document.querySelector('.request:first-child .booking.state-confirmed')"
                )
                try await readFeed(doctor, scene)
                for browser in [nurse, doctor] {
                    let errors = try await browser.errors().filter { !$0.contains("/api/v1/me") }
                    #expect(errors == [], "the browser's console")
                    try await browser.close()
                }
            }
        }
    }

    /// The doctor can be booked every morning.
    private func keepHours(_ scene: Scene) async throws {
        let mornings = (1...7).map { weekday in
            ["weekday": weekday, "fromMinute": 480, "untilMinute": 690]
        }
        let none: [String] = []
        _ = try await scene[.doctor].object(
            .put,
            "/doctors/\(Deployment.doctor)/availability",
            ["weekly": mornings, "absences": none, "additions": none, "onCall": none]
        )
    }

    /// Patient, specialty, urgency, then a slot of the list; it is held, and the doctor is asked.
    private func chooseTime(_ nurse: Browser) async throws {
        try await nurse.click(".patient-column > .section-head .button.primary")
        try await nurse.click(".choices .choice")
        try await nurse.click(".option:has(input[value=emergency][name=specialty])")
        try await nurse.waits(
            for: "each urgency says how long one waits",
            "document.querySelector('.option .expected')?.innerText"
        )
        try await nurse.click(".option:has(input[value=routine])")
        try await nurse.click(".step-foot .button.primary:not([disabled])")
        try await nurse.click(".step-foot .button:has(.icon-clock)")
        try await nurse.click(".slots .slot .button.primary")
        try await nurse.waits(
            for: "it is held, with the time that is left",
            "/^[0-3]:[0-9]{2}$/.test(document.querySelector('.offer-left')?.innerText)"
        )
        try await nurse.click(".offer-actions .button.primary")
    }

    /// Pages on until the week of the booking shows, and opens it.
    private func findInCalendar(_ doctor: Browser) async throws {
        try await doctor.click(".tabs .tab:nth-child(2)")
        try await doctor.waits(for: "the week shows", "document.querySelector('.calendar-day')")
        try await doctor.waits(
            for: "the booking stands in one of the next weeks",
            """
            document.querySelector('.calendar-booking.state-confirmed')
            || (document.querySelectorAll('.pager button')[1].click(), false)
            """
        )
        try await doctor.click(".calendar-booking.state-confirmed")
        try await doctor.waits(
            for: "the booking opens",
            "document.querySelector('.booking.prominent.state-confirmed .booking-change')"
        )
    }

    /// Without weekly windows the booking would be stranded; the page says so and changes nothing.
    private func tryHours(_ doctor: Browser) async throws {
        try await doctor.click(".section-head > .button:not(.primary)")
        try await doctor.waits(for: "the hours show", "document.querySelector('.hours-row')")
        try await doctor.waits(
            for: "every window is removed",
            """
            !document.querySelector('.hours-row')
            || (document.querySelector('.hours-row .icon-button').click(), false)
            """
        )
        try await doctor.click(".step-foot .button.primary")
        try await doctor.waits(
            for: "the stranded booking is named",
            "document.querySelectorAll('.note[role=alert] li').length === 1"
        )
        try await doctor.click(".section-head .linkish")
    }

    /// The doctor makes an address for a calendar program, which reads it without a log-in until
    /// the address is ended.
    private func readFeed(_ doctor: Browser, _ scene: Scene) async throws {
        try await doctor.click(".feed summary")
        try await doctor.click(".feed .step-foot .button:nth-last-child(2)")
        try await doctor.waits(for: "the address", "document.getElementById('feed-url')")
        let url = try await doctor.script("return document.getElementById('feed-url').value")
        let address = try #require(url.text)
        let feed = try await scene.deployment.client.request(.get, address)
        #expect(feed.status == 200)
        #expect(String(decoding: feed.body, as: UTF8.self).hasPrefix("BEGIN:VCALENDAR"))
        try await doctor.click(".feed .step-foot .button:nth-child(2)")
        try await doctor.waits(
            for: "the address is gone",
            "!document.getElementById('feed-url')"
        )
        #expect(try await scene.deployment.client.request(.get, address).status == 404)
    }

    /// Two touches in the calendar take the booking back.
    private func cancel(_ doctor: Browser) async throws {
        try await doctor.click(".booking-change .linkish:last-child")
        try await doctor.click(".booking-change .button.danger")
        try await doctor.waits(
            for: "the calendar is empty",
            "!document.querySelector('.calendar-booking.state-confirmed')"
        )
    }
}
