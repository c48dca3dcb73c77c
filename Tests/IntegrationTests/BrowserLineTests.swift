import Foundation
import Glibc
import Testing
import WebServer

/// The console over the lines of commune stations: thin ones, and ones that break.
@Suite(.serialized) struct BrowserLineTests {
    private static let banner = "document.querySelector('.banner.bad')"

    @Test func `at 256 kbit/s the desk comes packed below 300 KiB, and lives on changes alone`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                try await nurse.line(bitsPerSecond: 256_000, latency: .milliseconds(150))
                try await nurse.come(to: scene, as: "nurse")
                try await nurse.waits(
                    for: "both patients have tiles",
                    "document.querySelectorAll('.tile').length === 2"
                )
                let sizes = try await nurse.script(Self.sizes).items.compactMap(\.integer)
                let sent = try #require(sizes.first)
                let unpacked = try #require(sizes.last)
                #expect(sent < 300 * 1_024, "\(sent) bytes came for the first page")
                #expect(sent < unpacked / 2, "\(sent) bytes for \(unpacked) are hardly packed")

                _ = try await nurse.script("performance.clearResourceTimings(); window.same = 1")
                try await scene.measure(133, seq: 1)
                try await nurse.waits(
                    for: "the new heart rate shows",
                    "[...document.querySelectorAll('.tile')].some(e => e.innerText.includes('133'))"
                )
                let files = try await nurse.script(Self.filesSince)
                #expect(files.items.compactMap(\.text) == [], "a change loads no file again")
                #expect(try await nurse.script("return window.same").integer == 1)
                try await nurse.closeWithoutErrors()
            }
        }
    }

    @Test func `a cut line is said with the time, and what came meanwhile is there after it`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                try await nurse.come(to: scene, as: "nurse")
                try await nurse.waits(
                    for: "both patients have tiles",
                    "document.querySelectorAll('.tile').length === 2"
                )
                _ = try await nurse.script("window.same = 1")
                // The DevTools cut calls but no open socket: the server stands still for that one.
                try await nurse.line(bitsPerSecond: 0)
                scene.coordinator.send(SIGSTOP)
                defer { scene.coordinator.send(SIGCONT) }
                try await nurse.waits(
                    for: "the page says that it is not live, and since when",
                    "/[0-9]{2}:[0-9]{2}:[0-9]{2}/.test(\(Self.banner)?.innerText)"
                )
                let monitor = try await scene.deployment.failingMonitor()
                #expect(
                    try await nurse.script("return Boolean(document.querySelector('.alarm'))")
                        == .boolean(false),
                    "nothing comes over a line that is cut"
                )
                scene.coordinator.send(SIGCONT)
                try await nurse.freeLine()
                try await nurse.waits(for: "the banner goes", "!\(Self.banner)")
                try await nurse.waits(
                    for: "the alarm of the meantime shows",
                    "document.querySelector('.alarm.priority-high.signal-on')"
                )
                #expect(try await nurse.script("return window.same").integer == 1)
                await monitor.stop()
                try await nurse.closeWithoutErrors(except: ["WebSocket", "ERR_"])
            }
        }
    }

    /// Bytes as they came and as they are unpacked, of the page and of all that it loaded.
    private static let sizes = """
        const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
        const sum = (field) => all.reduce((total, one) => total + one[field], 0);
        return [sum('transferSize'), sum('decodedBodySize')];
        """

    /// What was loaded since then besides the API's answers.
    private static let filesSince = """
        return performance.getEntriesByType('resource').map(one => one.name)
            .filter(name => !name.includes('/api/v1/'));
        """
}
