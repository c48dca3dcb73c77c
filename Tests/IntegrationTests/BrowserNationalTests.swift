import Foundation
import Testing

/// The national desk in a real browser: map, forecast and report.
@Suite(.serialized) struct BrowserNationalTests {
    @Test func `the national desk finds the site that waits, the forecast and the report`()
        async throws
    {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
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
                let errors = try await desk.errors().filter { !$0.contains("/api/v1/me") }
                #expect(errors == [], "the browser's console")
                try await desk.close()
            }
        }
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
