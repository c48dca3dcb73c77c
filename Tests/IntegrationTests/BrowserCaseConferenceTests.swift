import Foundation
import Glibc
import Testing
import WebServer

/// The console's room over a real conference server.
@Suite(.serialized, .timeLimit(.minutes(6))) struct BrowserCaseConferenceTests {
    /// Four browsers on one machine: pictures that cost little.
    private static let slowCamera = ["--use-fake-device-for-media-stream=fps=5"]

    @Test func `a consult moves to the conference server as it grows, and back when that dies`()
        async throws
    {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let server = try ConferenceServer(deployment)
            let janus = try await server.start()
            let line = try CuttableLine(to: server.port)
            defer { line.end() }
            let settings = server.settings(over: line.port)
            try await Scene.with(in: deployment, settings: settings) { scene in
                let (booking, session) = try await scene.groupOfFour()
                try await BrowserDriver.with(scene) { driver in
                    var browsers: [Browser] = []
                    let people = [
                        ("doctor", ".booking"), ("nurse", ".rooms .booking"),
                        ("other-doctor", ".booking"), ("other-nurse", ".rooms .booking"),
                    ]
                    for (user, card) in people {
                        let browser = try await driver.open(Self.slowCamera)
                        try await browser.come(to: scene, as: user)
                        try await browser.enterRoom(from: card)
                        try await browser.watchPage()
                        browsers.append(browser)
                        if browsers.count == 2 { try await browser.seesMovingPicture() }
                    }
                    // The fifth end is one too many for a mesh.
                    let fifth = try await scene.room(booking, of: .clinic, as: "secretary")
                    try await expectPictures("sfu", browsers)
                    #expect(try await server.rooms()?.count == 1)
                    try await expectWayRetaken(over: line, browsers)
                    try await janus.end(SIGKILL)
                    try await expectPictures("mesh", browsers)
                    let record = try await scene[.doctor].object(.get, "/sessions/\(session)")
                    #expect(record["state"] == "live", "the consult went on through both moves")
                    for browser in browsers {
                        try await browser.expectStayed()
                        try await browser.closeWithoutErrors(except: ["WebSocket", "ERR_"])
                    }
                    fifth.close()
                }
            }
        }
    }

    /// The conference server is lost from sight for a moment: each end goes back in by itself, and
    /// the consult stays where it is.
    private func expectWayRetaken(over line: CuttableLine, _ browsers: [Browser]) async throws {
        let gathering = "window.page.room.gathering"
        for browser in browsers {
            _ = try await browser.script(
                "const { conference, generation } = \(gathering);"
                    + "window.before = { conference, generation };"
            )
        }
        line.cut()
        line.mend()
        for browser in browsers {
            try await browser.waits(
                for: "the way is another one",
                "\(gathering).conference && \(gathering).conference !== window.before.conference"
            )
        }
        try await expectPictures("sfu", browsers)
        for browser in browsers {
            let isSame = try await browser.script(
                "return \(gathering).generation === window.before.generation"
            )
            #expect(isSame == .boolean(true), "nobody was moved")
        }
    }

    /// Media flow that way, and everybody sees the three others move.
    private func expectPictures(_ mode: String, _ browsers: [Browser]) async throws {
        for browser in browsers {
            try await browser.waits(
                for: "media go over \(mode)",
                "window.page.room.gathering.mode === '\(mode)'"
            )
            try await browser.seesMovingPictures(of: 3)
        }
    }
}
