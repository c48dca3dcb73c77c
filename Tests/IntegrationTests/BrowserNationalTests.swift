import Foundation
import Testing

/// The national desk in a real browser: map, forecast and report.
@Suite(.serialized) struct BrowserNationalTests {
    @Test func `the national desk finds the site that waits, the forecast and the report`()
        async throws
    {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
            try await refuse(scene)
            try await BrowserDriver.with(scene) { driver in
                let desk = try await driver.open()
                try await desk.go(scene.address)
                try await desk.signIn("admin", Deployment.password)
                try await findSite(desk)
                try await desk.click(".tabs .tab:nth-child(3)")
                try await desk.waits(
                    for: "the forecast has a line a specialty",
                    "document.querySelectorAll('.forecast tbody tr').length > 0"
                )
                try await desk.click(".tabs .tab:nth-child(4)")
                try await desk.waits(
                    for: "the alarm's request is counted",
                    "document.querySelector('.report .total td')?.innerText === '1'"
                )
                try await administer(desk)
                // That nobody is signed in, and that the payload is refused again, is as it should be.
                let errors = try await desk.errors().filter {
                    !$0.contains("/api/v1/me") && !$0.contains("/replay")
                }
                #expect(errors == [], "the browser's console")
                try await desk.close()
            }
        }
    }

    /// Something that is not JSON.
    private func refuse(_ scene: Scene) async throws {
        let monitor = try await Monitor(
            port: scene.deployment.brokerPort,
            topic: Scene.canaryTopic,
            clientID: "m-canary"
        )
        try await monitor.publish(seq: 1, at: now(), "\"hr\":")
        await monitor.stop()
    }

    /// A refused payload is given to the gateway again, devices are listed, and who logged in is on record.
    private func administer(_ desk: Browser) async throws {
        try await desk.click(".tabs .tab:nth-child(6)")
        try await desk.click(".records .button")
        try await desk.waits(for: "it is still refused", "document.querySelector('.toast.error')")
        try await desk.click(".tabs .tab:nth-child(5)")
        try await desk.waits(
            for: "both devices are listed",
            "document.querySelectorAll('.records tbody tr').length === 2"
        )
        try await desk.click(".tabs .tab:nth-child(9)")
        try await desk.waits(
            for: "the log-in is on record",
            "document.querySelector('.records tbody')?.innerText.includes('user/admin')"
        )
    }

    /// The map is drawn, and the list beside it leads to the site and its alarm.
    private func findSite(_ desk: Browser) async throws {
        try await desk.click(".tabs .tab:nth-child(2)")
        try await desk.waits(
            for: "the map is drawn inside its frame",
            "document.querySelector('.map .leaflet-container canvas')"
        )
        try await desk.click(".map-side .choice:has(.site-work.unmatched, .site-work.high)")
        try await desk.waits(
            for: "the site shows its alarm",
            "document.querySelector('.map-side .alarm.priority-high')"
        )
    }
}
