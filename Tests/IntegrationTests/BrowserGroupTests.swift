import Foundation
import Testing
import WebServer

/// Consults with more than two ends in real browsers: an interpreter, a further doctor, a further site.
@Suite(.serialized) struct BrowserGroupTests {
    @Test func `a nurse asks for more people, each answers at the own desk, and all meet`()
        async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            try await scene.setOnCall(.otherDoctor, Scene.otherDoctor)
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                let doctor = try await driver.open()
                let interpreter = try await driver.open()
                try await nurse.come(to: scene, as: "nurse")
                try await doctor.come(to: scene, as: "doctor")
                try await interpreter.come(to: scene, as: "interpreter")
                try await ask(nurse)
                try await accept(nurse, doctor, scene)
                try await interpret(interpreter)
                try await meet(nurse, doctor, interpreter)
                for browser in [nurse, doctor, interpreter] {
                    try await browser.closeWithoutErrors()
                }
            }
        }
    }

    /// Respiratory medicine, cardiology besides, in Hmong, with the hospital listening in where it can.
    private func ask(_ nurse: Browser) async throws {
        try await nurse.click(".patient-column > .section-head .button.primary")
        try await nurse.click(".choices .choice")
        try await nurse.click(".option:has(input[value=cardiology])")
        try await nurse.click(".option:has(input[value=urgent])")
        try await nurse.click(".further summary")
        try await nurse.click(".option:has(input[value=vi])")
        try await nurse.click(".option:has(input[value=hmn])")
        try await nurse.click(".add-specialty option[value=emergency]")
        try await nurse.type("bach mai", into: ".find-site")
        try await nurse.click(".further .choice")
        try await nurse.waits(
            for: "the site stands among those asked for",
            "document.querySelector('.further').innerText.includes('Bệnh viện Bạch Mai')"
        )
        try await nurse.click(".further fieldset:last-child .needed input")
        try await nurse.click(".step-foot .button.primary:not([disabled])")
        try await nurse.waits(
            for: "the last look names all of them",
            "document.querySelectorAll('.review dt').length === 5"
        )
        try await nurse.click(".step-foot .button.primary")
    }

    /// The responsible doctor says yes in the browser, the other one over the API.
    private func accept(_ nurse: Browser, _ doctor: Browser, _ scene: Scene) async throws {
        try await doctor.waits(
            for: "the offer names who takes part besides",
            "document.querySelectorAll('.offer .claim').length === 3"
        )
        try await doctor.click(".offer .offer-actions .button.primary")
        let other = scene[.otherDoctor]
        let bookings = try await other.object(.get, "/bookings").list("items")
        let booking = try #require(bookings.first?["id"])
        _ = try await other.object(.post, "/bookings/\(booking)/accept")
        try await nurse.waits(
            for: "the booking is agreed, with everybody in it",
            "document.querySelectorAll('.booking.state-confirmed .claim').length === 3"
        )
    }

    /// The interpreter learns when and where, says yes, and never reads who the patient is.
    private func interpret(_ interpreter: Browser) async throws {
        try await interpreter.click(".booking-answer .button.primary")
        try await interpreter.waits(
            for: "the interpreter has agreed",
            "!document.querySelector('.booking-answer') && document.querySelector('.claim.accepted')"
        )
        let page = try await interpreter.script("return document.body.innerText")
        #expect(page.text?.contains(Deployment.patient) == false)
        #expect(page.text?.contains(Scene.canary) == false)
    }

    /// Three ends: each sees two others move, and who interprets sees no vital signs.
    private func meet(_ nurse: Browser, _ doctor: Browser, _ interpreter: Browser) async throws {
        try await doctor.enterRoom(from: ".booking")
        try await nurse.click(".tabs .tab:first-child")
        try await nurse.enterRoom(from: ".rooms .booking")
        try await interpreter.enterRoom(from: ".booking")
        for browser in [nurse, doctor, interpreter] {
            try await browser.waits(
                for: "both others are seen",
                """
                document.querySelectorAll('.stage .person:not(.self)').length === 2
                && [...document.querySelectorAll('.stage .person:not(.self) video')]
                    .every(one => one.getVideoPlaybackQuality().totalVideoFrames > 5)
                """
            )
        }
        try await interpreter.waits(
            for: "there are people and text, and no patient",
            "!document.querySelector('.tab-patient') && document.querySelector('.tab-people')"
        )
    }
}
