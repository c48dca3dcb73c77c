import Foundation
import Testing
import WebServer

/// The console in real browsers, over the real program, broker and WebRTC.
@Suite(.serialized) struct BrowserTests {
    @Test func `nurse and doctor go from a live alarm to the outcome with moving pictures`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                let doctor = try await driver.open()
                try await goLive(nurse, doctor, scene)
                try await meet(nurse, doctor, scene)
                try await conclude(nurse, doctor)
                for browser in [nurse, doctor] {
                    try await expectNothingLeft(browser)
                    try await browser.close()
                }
            }
        }
    }

    /// Both sign in; an alarm comes to the nurse by itself, and she acknowledges it.
    private func goLive(_ nurse: Browser, _ doctor: Browser, _ scene: Scene) async throws {
        for browser in [nurse, doctor] { try await browser.go(scene.address) }
        try await nurse.signIn("nurse", Deployment.password)
        try await nurse.waits(
            for: "both patients have tiles",
            "document.querySelectorAll('.tile').length === 2"
        )
        try await nurse.waits(for: "no alarm", "!document.querySelector('.alarm')")
        try await doctor.signIn("doctor", Deployment.password)
        try await doctor.click(".presence-onCall")
        try await doctor.waits(
            for: "the doctor is on call",
            "document.querySelector('.presence-onCall[aria-pressed=true]')"
        )
        _ = try await scene.failingPatient()
        try await nurse.waits(
            for: "the alarm shows",
            "document.querySelector('.alarm.priority-high.signal-on')"
        )
        try await nurse.waits(
            for: "the request that it made waits for a doctor",
            "document.querySelector('.sought .queue-item')?.innerText"
        )
        try await nurse.waits(
            for: "the patient's tile shows the heart rate",
            "[...document.querySelectorAll('.tile .signs')].some(e => e.innerText.includes('135'))"
        )
        try await nurse.click(".alarm.priority-high.signal-on .alarm-actions .button.danger")
        try await nurse.waits(
            for: "it is acknowledged",
            "document.querySelector('.alarm.priority-high.signal-acknowledged')"
        )
    }

    /// The doctor accepts, both enter, both see the other move, and the doctor sees live vitals.
    private func meet(_ nurse: Browser, _ doctor: Browser, _ scene: Scene) async throws {
        try await doctor.click(".offer .offer-actions .button.primary")
        for (browser, booking) in [(doctor, ".booking"), (nurse, ".rooms .booking")] {
            try await browser.enterRoom(from: booking)
        }
        for browser in [nurse, doctor] { try await browser.seesMovingPicture() }
        let monitor = try await Monitor(
            port: scene.deployment.brokerPort,
            topic: Deployment.topic,
            clientID: Deployment.device
        )
        try await monitor.publish(seq: 6, at: now(), "\"hr\":141,\"spo2\":83")
        await monitor.stop()
        for browser in [nurse, doctor] {
            try await browser.waits(
                for: "the new heart rate stands beside the picture",
                "document.querySelector('.room-side .signs')?.innerText.includes('141')"
            )
        }
    }

    /// The doctor's outcome ends the consult on both sides.
    private func conclude(_ nurse: Browser, _ doctor: Browser) async throws {
        try await doctor.click(".outcome-closed .button")
        try await doctor.click(".outcome .option:has(input[value=transfer])")
        try await doctor.type("Chuyển tuyến trên", into: "#note")
        try await doctor.click(".outcome .step-foot .button.primary:not([disabled])")
        for browser in [nurse, doctor] {
            try await browser.waits(
                for: "the outcome shows",
                "document.querySelector('.review')?.innerText.includes('Chuyển tuyến trên')"
            )
        }
    }

    /// No error was logged; after log-out the page, its storage and its cookies hold nothing.
    private func expectNothingLeft(_ browser: Browser) async throws {
        // Whether somebody is signed in is asked first; that nobody is, is no error of the page.
        let errors = try await browser.errors().filter { !$0.contains("/api/v1/me") }
        #expect(errors == [], "the browser's console")
        try await browser.click(".tools .quiet")
        try await browser.waits(for: "the log-in shows", "document.querySelector('#password')")
        let kept = try await browser.script(
            "return [localStorage.length, sessionStorage.length, document.cookie.length]"
        )
        #expect(kept.items.compactMap(\.number) == [0, 0, 0])
        let page = try await browser.script("return document.documentElement.outerHTML")
        for word in ["p-1", "Chuyển"] {
            #expect(page.text?.contains(word) == false, "the page still says '\(word)'")
        }
        #expect(try await browser.cookies() == [])
    }
}
