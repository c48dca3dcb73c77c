import EventLoop
import Foundation
import Glibc
import Testing

/// Lost connections in real browsers: what is shown is never silently old, and goes on by itself.
@Suite(.serialized) struct BrowserLaneTests {
    private static let banner = "document.querySelector('.banner.bad')"

    @Test func `a server that falls silent is said to be, and the consult goes on where it was`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let met = try await MetInRoom(scene, driver)
                // The process stands still: to the browsers that is a dead network.
                scene.coordinator.send(SIGSTOP)
                defer { scene.coordinator.send(SIGCONT) }
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(
                        for: "the room says that it is not live, and since when",
                        "/[0-9]{2}:[0-9]{2}:[0-9]{2}/.test(\(Self.banner)?.innerText)"
                    )
                    // Picture and sound go from browser to browser.
                    try await browser.seesMovingPicture()
                }
                scene.coordinator.send(SIGCONT)
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(for: "the banner goes", "!\(Self.banner)")
                    try await browser.seesMovingPicture()
                    let tickets = try await browser.script(Self.tickets)
                    #expect(tickets.number == 1, "the place was resumed, not taken anew")
                }
                try await scene.measure(141, seq: 1)
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(
                        for: "the new heart rate shows",
                        "document.querySelector('.room-side .signs')?.innerText.includes('141')"
                    )
                    try await browser.closeWithoutErrors(except: ["WebSocket", "ERR_"])
                }
            }
        }
    }

    @Test func `a restarted server is found again by desk and room`() async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let port = try #require(LoopbackPort.free())
            let settings = ["http.requestsPerMinute=1000000", "http.port=\(port)"]
            let broker = try await deployment.startBroker()
            let (first, address) = try await deployment.startCoordinator(settings)
            let scene = try await Scene(deployment, first, address)
            try await BrowserDriver.with(scene) { driver in
                let met = try await MetInRoom(scene, driver)
                _ = try await first.end()
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(for: "the loss is said", Self.banner)
                }
                let (second, _) = try await deployment.startCoordinator(settings)
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(for: "the banner goes", "!\(Self.banner)")
                    try await browser.waits(
                        for: "the desk is live again",
                        "document.querySelector('.dot.live')"
                    )
                    try await browser.seesMovingPicture()
                }
                try await scene.measure(142, seq: 1)
                for browser in [met.nurse, met.doctor] {
                    try await browser.waits(
                        for: "the new heart rate shows",
                        "document.querySelector('.room-side .signs')?.innerText.includes('142')"
                    )
                    try await browser.closeWithoutErrors(except: ["WebSocket", "ERR_", "503"])
                }
                _ = try await second.end()
            }
            try await broker.end()
        }
    }

    /// How often the page asked for a ticket to the room.
    private static let tickets = """
        return performance.getEntriesByType('resource')
            .filter(one => one.name.endsWith('/join')).length
        """
}

extension Scene {
    /// The first patient's monitor tells a heart rate.
    func measure(_ rate: Int, seq: Int) async throws {
        let monitor = try await Monitor(
            port: deployment.brokerPort,
            topic: Deployment.topic,
            clientID: Deployment.device
        )
        try await monitor.publish(seq: seq, at: now(), "\"hr\":\(rate),\"spo2\":96")
        await monitor.stop()
    }
}
