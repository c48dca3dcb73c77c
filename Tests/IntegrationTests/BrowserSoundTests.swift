import Foundation
import Testing

/// The sound of high alarms in a real browser, its tones counted as they are made.
@Suite(.serialized) struct BrowserSoundTests {
    @Test func `a high alarm sounds, its mute is seen with the time left, and ends by itself`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                try await nurse.go(scene.address)
                _ = try await nurse.script(Self.counting)
                try await nurse.signIn("nurse", Deployment.password)
                #expect(try await nurse.script("return window.tones").integer == 0)
                _ = try await scene.failingPatient()
                try await nurse.waits(for: "the alarm sounds", "window.tones > 0")
                try await nurse.click(".sound:not(.muted):not(.wall-switch)")
                try await nurse.waits(
                    for: "the mute shows and counts down",
                    "/[01]:[0-9]{2}/.test(document.querySelector('.sound.muted')?.innerText)"
                )
                // Two minutes later, by the page's clock.
                _ = try await nurse.script(
                    """
                    window.before = window.tones;
                    const real = Date.now; Date.now = () => real() + 121000;
                    """
                )
                try await nurse.waits(
                    for: "the mute has ended",
                    "!document.querySelector('.sound.muted')"
                )
                try await nurse.waits(for: "it sounds again", "window.tones > window.before")
                try await nurse.click(".alarm.priority-high .button.danger")
                try await nurse.waits(
                    for: "the alarm is acknowledged",
                    "document.querySelector('.alarm.priority-high.signal-acknowledged')"
                )
                try await nurse.closeWithoutErrors()
            }
        }
    }

    private static let counting = """
        window.tones = 0;
        const make = BaseAudioContext.prototype.createOscillator;
        BaseAudioContext.prototype.createOscillator = function () {
            window.tones += 1;
            return make.call(this);
        };
        """
}
