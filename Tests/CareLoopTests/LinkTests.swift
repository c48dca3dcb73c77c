import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// A consult with a site whose link carries no video: arranged by sound, and begun so.
@Suite struct LinkTests {
    private let now = Nation.morning
    private let doctor = DoctorID(trusted: "doctor")

    private func loop(_ link: LinkQuality?) throws -> CareLoop {
        let all = Nation.doctor("doctor", presence: .onCall)
        var loop = Nation.loop([all])
        var clinic = try #require(loop.roster.site(Nation.clinic))
        clinic.link = link
        _ = loop.siteChanged(clinic, at: now)
        return loop
    }

    /// The request and the session of an urgent consult that the doctor has accepted.
    private func consult(
        _ link: LinkQuality?,
        _ modality: Modality = .video
    ) throws -> (request: ConsultRequest, session: SessionRecord) {
        var loop = try loop(link)
        var draft = Nation.draft(urgency: .urgent)
        draft.modality = modality
        _ = try loop.requestAsked(draft, at: now)
        let offer = try #require(loop.liveBookings.first)
        _ = try loop.offerAnswered(offer.id, .accept, by: doctor, at: now)
        #expect(loop.violations() == [])
        return (try #require(loop.openRequests.first), try #require(loop.openSessions.first))
    }

    @Test(arguments: [
        (nil, Modality.video, nil), (LinkQuality.video, .video, nil),
        (LinkQuality.audio, .audio, MediaLevel.audio), (LinkQuality.text, .audio, .text),
    ])
    func `the link decides by what the consult is held, and how it begins`(
        _ link: LinkQuality?,
        _ modality: Modality,
        _ level: MediaLevel?
    ) throws {
        let (request, session) = try consult(link)
        #expect(request.modality == modality)
        #expect(request.wishedModality == (modality == .video ? nil : .video))
        #expect(session.firstLevel == level)
    }

    @Test func `who asks for sound gets it, whatever the link carries`() throws {
        let (request, session) = try consult(.video, .audio)
        #expect(request.modality == .audio && request.wishedModality == nil)
        #expect(session.firstLevel == .audio)
    }
}
