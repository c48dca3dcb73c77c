import Foundation
import Testing
import WebServer

/// A booked consult in the console: it goes to another doctor, and the site's hours leave it outside.
@Suite(.serialized) struct BrowserMoveTests {
    private static let day = "2035-03-05"

    @Test
    func `a nurse asks another doctor for a consult, and a closed site names what it leaves out`()
        async throws
    {
        try await Scene.with { scene in
            let booking = try await booked(scene)
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                try await nurse.come(to: scene, as: "nurse")
                try await closeSite(nurse, booking, scene)
                try await askAnother(nurse)
                let offer = try await offered(to: .otherDoctor, Scene.otherDoctor, scene)
                #expect(offer["replaces"] == booking)
                let kept = try await scene[.clinic].object(.get, "/bookings/\(booking)")
                #expect(kept["state"] == "confirmed", "it stands until the yes")
                let id = try #require(offer["id"])
                _ = try await scene[.otherDoctor].object(.post, "/bookings/\(id)/accept")
                try await nurse.waits(
                    for: "the other doctor's name stands at the consult",
                    """
                    [...document.querySelectorAll('.upcoming .booking.state-confirmed')]
                        .some((one) => one.innerText.includes('Bình'))
                    """
                )
                try await nurse.closeWithoutErrors()
            }
        }
    }

    @Test func `a doctor finds another for a consult that does not suit any more`() async throws {
        try await Scene.with { scene in
            let booking = try await booked(scene)
            try await BrowserDriver.with(scene) { driver in
                let doctor = try await driver.open()
                try await doctor.come(to: scene, as: "doctor")
                try await doctor.click(".booking-change .linkish:first-child")
                try await doctor.click(".option:has(input[name=whose][value=true])")
                try await doctor.waits(
                    for: "only others' slots show, each with what speaks for it",
                    """
                    document.querySelector('.slot')
                    && [...document.querySelectorAll('.slot-who')].every((one) => /Bình/.test(one.innerText))
                    && document.querySelector('.slot-who .hint')
                    """
                )
                try await doctor.click(".slots .slot .button.primary")
                let offer = try await offered(to: .otherDoctor, Scene.otherDoctor, scene)
                #expect(offer["replaces"] == booking)
                try await doctor.closeWithoutErrors()
            }
        }
    }

    /// A confirmed consult on a day on which both doctors are there.
    private func booked(_ scene: Scene) async throws -> String {
        try await scene.keepHours(on: Self.day)
        try await scene.keepHours(on: Self.day, .otherDoctor, Scene.otherDoctor)
        let hold = try await scene[.doctor].object(
            .post,
            "/holds",
            [
                "patient": Deployment.patient, "specialty": "emergency", "urgency": "routine",
                "doctor": Deployment.doctor, "start": "\(Self.day)T02:00:00Z",
            ],
            expecting: 201
        )
        let id = try #require(hold["id"])
        _ = try await scene[.doctor].object(.post, "/bookings", ["hold": id], expecting: 201)
        return id
    }

    private func offered(
        to person: Scene.Person,
        _ doctor: String,
        _ scene: Scene
    ) async throws -> JSONObject {
        var found: JSONObject?
        try await eventually("the other doctor is asked") {
            let list = try await scene[person].object(.get, "/bookings?doctor=\(doctor)")
            found = list.list("items").first { $0["state"] == "offered" }
            return found != nil
        }
        return try #require(found)
    }

    /// The hours without a single window would leave the consult outside; the page says so.
    private func closeSite(_ nurse: Browser, _ booking: String, _ scene: Scene) async throws {
        try await nurse.click(".upcoming .section-head .linkish")
        try await nurse.click(".option:has(input[type=checkbox])")
        try await nurse.click(".step-foot .button.primary")
        try await nurse.waits(
            for: "the consult is named",
            "document.querySelectorAll('.note[role=alert] li').length === 1"
        )
        let before = try await scene[.clinic].call(.get, "/sites/\(Deployment.site)/opening")
        #expect(!before.text.contains("weekly"), "a look changes nothing")
        try await nurse.click(".step-foot .button.danger")
        try await nurse.waits(
            for: "the desk is back",
            "document.querySelector('.upcoming .booking.state-confirmed')"
        )
        let after = try await scene[.clinic].call(.get, "/sites/\(Deployment.site)/opening")
        #expect(after.text.contains("\"weekly\":[]"), "\(after.text)")
        let stands = try await scene[.clinic].object(.get, "/bookings/\(booking)")
        #expect(stands["state"] == "confirmed")
        // Open again, or no other time could be found.
        _ = try await scene[.clinic].object(.put, "/sites/\(Deployment.site)/opening", [:])
    }

    private func askAnother(_ nurse: Browser) async throws {
        try await nurse.click(".upcoming .booking-change .linkish:first-child")
        try await nurse.waits(for: "other times", "document.querySelector('.slot')")
        try await nurse.click(".option:has(input[name=whose][value=true])")
        try await nurse.waits(
            for: "another doctor's times",
            "[...document.querySelectorAll('.slot-who')].some((one) => /Bình/.test(one.innerText))"
        )
        try await nurse.click(".slots .slot .button.primary")
        try await nurse.waits(
            for: "the desk is back",
            "document.querySelector('.upcoming .booking')"
        )
    }
}
