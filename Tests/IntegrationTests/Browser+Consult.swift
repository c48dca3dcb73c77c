import Testing

/// What people do in a consult, and what they see of each other.
extension Browser {
    /// Opens the console and signs in.
    func come(to scene: Scene, as user: String) async throws {
        try await go(scene.address)
        try await signIn(user, Deployment.password)
    }

    /// Goes through the device check into the room of the booking on a card.
    func enterRoom(from card: String) async throws {
        try await click("\(card) .booking-actions .button")
        try await click(".check-enter:not([disabled])")
        try await waits(for: "the room shows", "document.querySelector('.room .stage')")
    }

    /// Waits until somebody else's picture comes and goes on.
    func seesMovingPicture() async throws {
        let video = "document.querySelector('.stage .person:not(.self) video')"
        let quality = "\(video)?.getVideoPlaybackQuality().totalVideoFrames"
        try await waits(for: "a picture comes", "\(quality) > 5")
        let before = try await script("return [\(quality), \(video).currentTime]")
        let frames = try #require(before.items.first?.number)
        let time = try #require(before.items.last?.number)
        try await waits(
            for: "the picture moves",
            "\(quality) > \(frames + 5) && \(video).currentTime > \(time)"
        )
    }

    /// Waits until so many others' pictures move.
    func seesMovingPictures(of count: Int) async throws {
        let frames =
            "[...document.querySelectorAll('.stage .person:not(.self) video')]"
            + ".map((one) => one.getVideoPlaybackQuality().totalVideoFrames)"
        try await waits(
            for: "\(count) pictures come",
            "\(frames).filter((one) => one > 5).length === \(count)"
        )
        _ = try await script("window.framesBefore = \(frames)")
        try await waits(
            for: "\(count) pictures move",
            "\(frames).filter((one, at) => one > window.framesBefore[at] + 3).length === \(count)"
        )
    }

    /// Lets scripts see the page's own state as `window.page`, gone with the page.
    func watchPage() async throws {
        _ = try await script(
            "import('/app/state.js').then(({ state }) => { window.page = state; })"
        )
        try await waits(for: "the page is seen", "window.page")
    }

    /// The page was never loaded anew since it is watched, and took one ticket to the room.
    func expectStayed() async throws {
        #expect(try await script("return Boolean(window.page?.room)") == .boolean(true))
        let tickets = try await script(
            "return performance.getEntriesByType('resource')"
                + ".filter((one) => one.name.endsWith('/join')).length"
        )
        #expect(tickets.number == 1, "the place was resumed, not taken anew")
    }

    /// Nothing was logged as an error, but for what is expected; then the browser is closed.
    func closeWithoutErrors(except expected: [String] = []) async throws {
        // Whether somebody is signed in is asked first; that nobody is, is no error of the page.
        let errors = try await errors().filter { line in
            !(["/api/v1/me"] + expected).contains { line.contains($0) }
        }
        #expect(errors == [], "the browser's console")
        try await close()
    }
}

/// A nurse and a doctor in the room of a booking that was made over the API.
struct MetInRoom {
    let nurse: Browser
    let doctor: Browser
    let booking: String
    let session: String

    /// Both enter and see each other move.
    init(
        _ scene: Scene,
        _ driver: BrowserDriver,
        patient: String = Deployment.patient,
        overRelays: Bool = false
    ) async throws {
        try await scene.setOnCall()
        let made = try await scene.confirmed(patient: patient)
        booking = made.booking
        session = made.session
        nurse = try await driver.open()
        doctor = try await driver.open()
        if overRelays {
            for browser in [nurse, doctor] { try await browser.useRelaysAlone() }
        }
        try await nurse.come(to: scene, as: "nurse")
        try await doctor.come(to: scene, as: "doctor")
        try await doctor.enterRoom(from: ".booking")
        try await nurse.enterRoom(from: ".rooms .booking")
        for browser in [nurse, doctor] { try await browser.seesMovingPicture() }
    }
}
