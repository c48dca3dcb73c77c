import Foundation
import Testing

/// The consult room in real browsers: the device check, what is sent, and the room's parts.
@Suite(.serialized) struct BrowserRoomTests {
    @Test func `devices are checked and chosen before the room, and a poor line sends less`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                try await scene.setOnCall()
                _ = try await scene.confirmed()
                let nurse = try await driver.open()
                let doctor = try await driver.open()
                try await nurse.come(to: scene, as: "nurse")
                try await doctor.come(to: scene, as: "doctor")
                try await check(nurse)
                try await doctor.enterRoom(from: ".booking")
                for browser in [nurse, doctor] { try await browser.seesMovingPicture() }
                try await sendLess(doctor, to: nurse)
                try await walkTabs(nurse)
                for browser in [nurse, doctor] { try await browser.closeWithoutErrors() }
            }
        }
    }

    /// The devices have names, the microphone is heard, another one is chosen, and the start is answered.
    private func check(_ nurse: Browser) async throws {
        try await nurse.click(".rooms .booking .booking-actions .button")
        for kind in ["audio", "video"] {
            try await nurse.waits(
                for: "the \(kind) devices have names",
                "document.querySelector('#device-\(kind) option')?.innerText.length > 3"
            )
        }
        try await nurse.waits(
            for: "the microphone is heard",
            "document.querySelector('.level .lit')"
        )
        let other = "document.querySelector('#device-audio option:last-child').value"
        _ = try await nurse.script(
            """
            const choice = document.querySelector('#device-audio');
            choice.value = \(other);
            choice.dispatchEvent(new Event('change', { bubbles: true }));
            """
        )
        try await nurse.waits(
            for: "the other microphone is heard",
            "document.querySelector('#device-audio')?.value === \(other) "
                + "&& document.querySelector('.level .lit')"
        )
        try await nurse.click("input[name=identified]")
        for answer in ["consent-video-true", "consent-vitals-true", "start-urgency-urgent"] {
            try await nurse.click(".\(answer)")
            try await nurse.waits(
                for: "\(answer) is taken",
                "document.querySelector('.\(answer)[aria-pressed=true]')"
            )
        }
        try await nurse.click(".check-enter:not([disabled])")
    }

    /// Stills, then sound alone, then pictures again: the other end sees each, and is told which.
    private func sendLess(_ doctor: Browser, to nurse: Browser) async throws {
        let still = "document.querySelector('.person.still img')"
        try await choose("stills", doctor)
        try await nurse.waits(
            for: "a still comes, and says its age",
            "\(still)?.naturalWidth === 320"
        )
        let first = try await nurse.script("return \(still).src")
        try await nurse.waits(
            for: "another still follows",
            "\(still).src !== '\(try #require(first.text))'"
        )
        try await choose("audio", doctor)
        try await nurse.waits(
            for: "there is no picture, and it is said why",
            "!\(still) && document.querySelector('.person:not(.self).dim .person-status')"
        )
        try await choose("video", doctor)
        try await nurse.waits(
            for: "the picture is back",
            "!document.querySelector('.person:not(.self).dim')"
        )
        try await nurse.seesMovingPicture()
    }

    private func choose(_ level: String, _ browser: Browser) async throws {
        _ = try await browser.script(
            """
            const choice = document.querySelector('.choose-level select');
            choice.value = '\(level)';
            choice.dispatchEvent(new Event('change', { bubbles: true }));
            """
        )
    }

    /// The parts beside the picture are reached by keys alone.
    private func walkTabs(_ nurse: Browser) async throws {
        for part in ["people", "chat", "patient"] {
            // U+E014 is the right arrow of WebDriver.
            try await nurse.type("\u{E014}", into: ".room-tabs [aria-selected=true]")
            try await nurse.waits(
                for: "\(part) shows and has the focus",
                """
                document.querySelector('.tab-\(part)[aria-selected=true]') === document.activeElement
                && document.querySelector('#panel-\(part)')
                """
            )
        }
    }
}
