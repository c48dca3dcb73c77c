import EventLoop
import Foundation
import Glibc
import Testing

/// Two browsers in a consult whose network is cut and whose server is killed.
///
/// Both reach the house over lines that the test cuts, and each other through the relay alone.
@Suite(.serialized, .timeLimit(.minutes(6))) struct BrowserRecoveryTests {
    @Test func `neither a cut network nor a killed server costs the consult a picture or a word`()
        async throws
    {
        try await withHouse { house in
            let met = try await MetInRoom(house.scene, house.driver, overRelays: true)
            let browsers = [met.nurse, met.doctor]
            for browser in browsers { try await expectRelayed(browser) }
            try await write("trước", met.nurse, isSent: true)
            try await house.measure([101, 102])
            try await expectSeen([101, 102], by: browsers)

            for line in house.lines { line.cut() }
            for browser in browsers {
                try await expectSaid("Picture, sound and vital signs are interrupted", browser)
                try await expectRestartWaits(browser)
            }
            try await write("mất mạng", met.nurse, isSent: false)
            try await house.measure([103, 104])
            for line in house.lines { line.mend() }
            try await expectRecovered(browsers)
            try await expectSeen([101, 102, 103, 104], by: browsers)
            try await expectRead(["trước", "mất mạng"], by: browsers)

            try await house.kill()
            for browser in browsers {
                try await expectSaid("Picture and sound go on", browser)
                try await browser.seesMovingPicture()
            }
            try await write("máy chủ mất", met.doctor, isSent: false)
            try await house.measure([105, 106])
            try await house.restart()
            try await expectRecovered(browsers)
            try await house.measure([107])
            try await expectSeen(Array(101...107), by: browsers)
            try await expectRead(["trước", "mất mạng", "máy chủ mất"], by: browsers)
            for browser in browsers {
                try await browser.closeWithoutErrors(except: ["WebSocket", "ERR_", "502", "503"])
            }
        }
    }

    // MARK: What people do and see

    private func write(_ text: String, _ browser: Browser, isSent: Bool) async throws {
        try await browser.click(".tab-chat")
        try await browser.type(text, into: "#chat-text")
        try await browser.click(".chat-send")
        let kind = isSent ? ".sent" : ".sending"
        try await browser.waits(
            for: "'\(text)' stands there",
            "document.querySelector('.message.own:last-child\(kind)')"
        )
        try await browser.click(".tab-patient")
    }

    /// One line says that the server is not reached, and what goes on all the same.
    private func expectSaid(_ words: String, _ browser: Browser) async throws {
        try await browser.waits(
            for: "the loss is said",
            "document.querySelector('.banner.bad')?.innerText.includes('\(words)')"
        )
        let count = try await browser.script(
            "return document.querySelectorAll('.banner.bad').length"
        )
        #expect(count.integer == 1, "it is said once")
    }

    /// The link to the other end has failed, and nothing of it waits for the server: neither an
    /// offer that would meet the other's there nor what would blame the line for the network.
    private func expectRestartWaits(_ browser: Browser) async throws {
        try await browser.waits(
            for: "the picture is lost, and its link has failed",
            """
            document.querySelector('.person:not(.self).dim')
              && [...window.page.room.gathering.links.values()][0].state === 'failing'
            """
        )
        let waiting = try await browser.script(
            "return window.page.room.lane.kept.map((one) => one.t)"
        )
        #expect(Set(waiting.items.compactMap(\.text)).isSubset(of: ["chat"]))
    }

    /// The consult went on where it was: same page, same place, and the picture moves as before.
    private func expectRecovered(_ browsers: [Browser]) async throws {
        for browser in browsers {
            // "Try now", unless the page was faster.
            _ = try await browser.script(
                "document.querySelector('.banner.bad .button')?.click()"
            )
        }
        for browser in browsers {
            try await browser.waits(
                for: "nothing speaks of a loss any more",
                "!document.querySelector('.banner.bad, .person.dim, .not-live')"
            )
            try await browser.seesMovingPicture()
            try await browser.expectStayed()
            let isHeldBack = try await browser.script(
                "return Boolean(document.querySelector('.level-note'))"
            )
            #expect(isHeldBack == .boolean(false), "the line is not blamed")
        }
    }

    /// Every word that was written stands there once, in order.
    private func expectRead(_ said: [String], by browsers: [Browser]) async throws {
        for browser in browsers {
            try await browser.click(".tab-chat")
            let words = "[...document.querySelectorAll('.message p')].map((one) => one.innerText)"
            try await browser.waits(
                for: "everything that was written stands there",
                "\(words).length >= \(said.count) && !document.querySelector('.message.own:not(.sent)')"
            )
            let read = try await browser.script("return \(words)")
            #expect(read.items.compactMap(\.text) == said)
            try await browser.click(".tab-patient")
        }
    }

    /// The newest heart rate shows, and the trend has every reading, in order, once.
    private func expectSeen(_ rates: [Int], by browsers: [Browser]) async throws {
        let last = try #require(rates.last)
        for browser in browsers {
            try await browser.waits(
                for: "the newest heart rate shows",
                "document.querySelector('.room-side .signs')?.innerText.includes('\(last)')"
            )
            let seen =
                "(document.querySelector('.room-side .trend')?.trend.points.hr ?? []).map((one) => one[1])"
            try await browser.waits(
                for: "all readings are there",
                "\(seen).length >= \(rates.count)"
            )
            let points = try await browser.script("return \(seen)")
            #expect(points.items.compactMap(\.integer) == rates)
        }
    }

    /// Sound and picture go through the relay, there being no other way.
    private func expectRelayed(_ browser: Browser) async throws {
        try await browser.watchPage()
        _ = try await browser.script(
            """
            window.kinds = null;
            (async () => {
              const [link] = window.page.room.gathering.links.values();
              const stats = [...(await link.connection.getStats()).values()];
              const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated);
              const type = (id) => stats.find((one) => one.id === id)?.candidateType;
              window.kinds = [type(pair?.localCandidateId), type(pair?.remoteCandidateId)];
            })();
            """
        )
        try await browser.waits(for: "the way is known", "window.kinds")
        let kinds = try await browser.script("return window.kinds")
        #expect(kinds.items.compactMap(\.text) == ["relay", "relay"])
    }

    // MARK: The house

    /// A coordinator behind a line and a relay behind another, and a monitor at a bedside.
    private final class House {
        let scene: Scene
        let driver: BrowserDriver
        let lines: [CuttableLine]
        private var coordinator: RunningProgram
        private let settings: [String]
        private let monitor: Monitor
        private var sequence = 0

        init(
            _ scene: Scene,
            _ driver: BrowserDriver,
            _ lines: [CuttableLine],
            _ settings: [String]
        ) async throws {
            self.scene = scene
            self.driver = driver
            self.lines = lines
            self.settings = settings
            coordinator = scene.coordinator
            monitor = try await Monitor(
                port: scene.deployment.brokerPort,
                topic: Deployment.topic,
                clientID: Deployment.device
            )
        }

        /// The server ends without a word.
        func kill() async throws { try await coordinator.end(SIGKILL) }

        /// The next server on the same data.
        func restart() async throws {
            (coordinator, _) = try await scene.deployment.startCoordinator(settings)
        }

        /// Readings with these heart rates, one after the other.
        func measure(_ rates: [Int]) async throws {
            for rate in rates {
                sequence += 1
                try await monitor.publish(seq: sequence, at: now(), "\"hr\":\(rate),\"spo2\":96")
            }
        }

        func end() async throws {
            await monitor.stop()
            #expect(try await coordinator.end() == 0)
        }
    }

    private func withHouse(_ body: (House) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let relay = try RelayServer(deployment)
            let port = try #require(LoopbackPort.free())
            try await CuttableLine.with(to: [port, relay.port]) { lines in
                let address = "http://127.0.0.1:\(lines[0].port)"
                let settings =
                    [
                        "http.requestsPerMinute=1000000", "http.port=\(port)",
                        "http.publicUrl=\(address)",
                    ] + relay.settings(deployment, over: lines[1].port)
                let broker = try await deployment.startBroker()
                let (coordinator, _) = try await deployment.startCoordinator(settings)
                try await relay.running {
                    let scene = try await Scene(deployment, coordinator, address)
                    try await BrowserDriver.with(scene) { driver in
                        let house = try await House(scene, driver, lines, settings)
                        try await body(house)
                        try await house.end()
                    }
                }
                try await broker.end()
            }
        }
    }
}
