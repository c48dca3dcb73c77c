import Foundation
import Testing
import WebServer

/// What people do to each other in a room, in real browsers: text, consents, lobby, pause, hand-over.
@Suite(.serialized) struct BrowserConsultTests {
    @Test func `what is written is read by the other end and stands there after coming again`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let met = try await MetInRoom(scene, driver)
                try await met.doctor.click(".tab-chat")
                try await write("Bắt đầu thở oxy 5 lít?", met.doctor)
                try await met.nurse.waits(
                    for: "the nurse sees that something was written",
                    "document.querySelector('.tab-chat .count')?.innerText === '1'"
                )
                try await met.nurse.click(".tab-chat")
                try await reads("Bắt đầu thở oxy 5 lít?", met.nurse)
                try await write("Đã thở oxy, SpO2 95 %", met.nurse)
                try await reads("Đã thở oxy, SpO2 95 %", met.doctor)
                // Leaving and entering again brings the text back.
                try await met.nurse.click(".control.leave")
                try await met.nurse.enterRoom(from: ".rooms .booking")
                try await met.nurse.click(".tab-chat")
                try await reads("Bắt đầu thở oxy 5 lít?", met.nurse)
                try await reads("Đã thở oxy, SpO2 95 %", met.nurse)
                for browser in [met.nurse, met.doctor] { try await browser.closeWithoutErrors() }
            }
        }
    }

    @Test
    func `a consent that is taken back stops picture and vital signs, and given again brings them`()
        async throws
    {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
            try await BrowserDriver.with(scene) { driver in
                let met = try await MetInRoom(scene, driver, patient: Scene.canary)
                try await met.nurse.click(".tab-people")
                try await met.nurse.click(".consent-video .button.danger")
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(
                        for: "no picture comes, and it is said why",
                        "document.querySelector('.person:not(.self).dim') && "
                            + "document.querySelector('.room-lines .note')"
                    )
                }
                try await met.nurse.click(".consent-vitals .button.danger")
                try await met.doctor.waits(
                    for: "the doctor sees no vital signs any more",
                    "!document.querySelector('.room-side .signs') && "
                        + "document.querySelector('.room-side .problem')"
                )
                try await met.nurse.click(".consent-vitals .button")
                try await met.doctor.waits(
                    for: "they are back",
                    "document.querySelector('.room-side .signs')"
                )
                try await met.nurse.click(".consent-video .button")
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(
                        for: "the picture may go again",
                        "!document.querySelector('.room-lines .note')"
                    )
                    try await browser.seesMovingPicture()
                }
                for browser in [met.nurse, met.doctor] { try await browser.closeWithoutErrors() }
            }
        }
    }

    @Test func `somebody who knocks is let in, the consult is paused and goes on`() async throws {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let met = try await MetInRoom(scene, driver)
                let patient = try await driver.open()
                try await patient.come(to: scene, as: "nurse")
                try await patient.click(".rooms .booking .booking-actions .button")
                try await patient.click("#enter-as option[value=patient]")
                try await patient.click(".check-enter:not([disabled])")
                try await patient.waits(
                    for: "the patient waits",
                    "document.querySelector('.nobody .button')"
                )
                try await met.doctor.click(".lobby .button.primary")
                for browser in [met.doctor, patient] {
                    try await browser.waits(
                        for: "two others are seen",
                        "document.querySelectorAll('.stage .person:not(.self):not(.dim)').length === 2"
                    )
                }
                try await met.doctor.click(".controls .control:has(.icon-clock)")
                for browser in [met.nurse, patient] {
                    try await browser.waits(
                        for: "whoever is no doctor waits",
                        "document.querySelector('.nobody .button')"
                    )
                }
                try await met.doctor.click(".controls .control.pressed:has(.icon-clock)")
                for browser in [met.nurse, met.doctor, patient] {
                    try await browser.waits(
                        for: "all are back",
                        "document.querySelectorAll('.stage .person:not(.self):not(.dim)').length === 2"
                    )
                }
                for browser in [met.nurse, met.doctor, patient] {
                    try await browser.closeWithoutErrors()
                }
            }
        }
    }

    @Test func `a consult is handed over, and the outcome is the other doctor's then`() async throws
    {
        try await Scene.with { scene in
            try await scene.setOnCall()
            try await scene.setOnCall(.otherDoctor, Scene.otherDoctor)
            let asked = try await scene[.clinic].object(
                .post,
                "/requests",
                [
                    "patient": Deployment.patient, "specialty": "cardiology", "urgency": "urgent",
                    "furtherSpecialties": [["specialty": "emergency"] as [String: any Sendable]],
                ],
                expecting: 201
            )
            let request = try #require(asked["id"])
            var found: String?
            try await eventually("the group is offered") {
                found = try await scene[.clinic].object(.get, "/requests/\(request)")["booking"]
                return found != nil
            }
            let booking = try #require(found)
            for person in [Scene.Person.doctor, .otherDoctor] {
                _ = try await scene[person].object(.post, "/bookings/\(booking)/accept")
            }
            try await BrowserDriver.with(scene) { driver in
                let doctor = try await driver.open()
                let other = try await driver.open()
                try await doctor.come(to: scene, as: "doctor")
                try await other.come(to: scene, as: "other-doctor")
                for browser in [doctor, other] { try await browser.enterRoom(from: ".booking") }
                try await doctor.waits(
                    for: "the responsible doctor may give the outcome",
                    "document.querySelector('.outcome-closed')"
                )
                let mayConclude = try await other.script(
                    "return Boolean(document.querySelector('.outcome-closed'))"
                )
                #expect(mayConclude == .boolean(false))
                try await doctor.click(".tab-people")
                try await doctor.click(".person-acts .button")
                try await other.click(".banner.on-air .button")
                try await other.waits(
                    for: "the outcome is the other doctor's",
                    "document.querySelector('.outcome-closed')"
                )
                try await doctor.click(".tab-patient")
                try await doctor.waits(
                    for: "and no more the first one's",
                    "document.querySelector('#panel-patient') && "
                        + "!document.querySelector('.outcome-closed')"
                )
                for browser in [doctor, other] { try await browser.closeWithoutErrors() }
            }
        }
    }

    private func write(_ text: String, _ browser: Browser) async throws {
        try await browser.type(text, into: "#chat-text")
        try await browser.click(".chat-send")
        try await browser.waits(
            for: "it is sent",
            "document.querySelector('.message.own:last-child.sent')"
        )
    }

    private func reads(_ text: String, _ browser: Browser) async throws {
        try await browser.waits(
            for: "'\(text)' stands there, once",
            "[...document.querySelectorAll('.message p')]"
                + ".filter(one => one.innerText === '\(text)').length === 1"
        )
    }
}
