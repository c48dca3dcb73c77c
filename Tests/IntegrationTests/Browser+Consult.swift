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
    init(_ scene: Scene, _ driver: BrowserDriver, patient: String = Deployment.patient) async throws
    {
        try await scene.setOnCall()
        let made = try await scene.confirmed(patient: patient)
        booking = made.booking
        session = made.session
        nurse = try await driver.open()
        doctor = try await driver.open()
        try await nurse.come(to: scene, as: "nurse")
        try await doctor.come(to: scene, as: "doctor")
        try await doctor.enterRoom(from: ".booking")
        try await nurse.enterRoom(from: ".rooms .booking")
        for browser in [nurse, doctor] { try await browser.seesMovingPicture() }
    }
}
