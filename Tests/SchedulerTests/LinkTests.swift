import Scheduler
import Testing
import Vocabulary

/// What a site's link carries decides how a consult is held; only without sound whether it is.
@Suite struct LinkTests {
    private func roster(_ link: LinkQuality?) -> Roster {
        var roster = Register.roster([Register.doctor()])
        var clinic = Register.clinic
        clinic.link = link
        roster.update(clinic)
        return roster
    }

    private func match(_ link: LinkQuality?, _ urgency: Urgency) -> Match {
        let request = Register.request(urgency).carried(by: link)
        return Matcher().match(request, in: roster(link), at: Register.morning)
    }

    @Test func `a request by video becomes one by sound where the link carries no more`() {
        let asked = Register.request()
        for link in [nil, LinkQuality.video] {
            let same = asked.carried(by: link)
            #expect(same.modality == .video && same.wishedModality == nil)
        }
        for link in [LinkQuality.audio, .text] {
            let carried = asked.carried(by: link)
            #expect(carried.modality == .audio && carried.wishedModality == .video)
            #expect(carried.carried(by: .video) == carried, "as it was arranged")
            let moved = carried.moved(earliest: asked.earliest, deadline: asked.deadline)
            #expect(moved.wishedModality == .video)
        }
    }

    @Test
    func `nobody is refused for a link without video, and everybody reads why it is by sound`() {
        let why = "by sound: the site's link carries no video"
        for urgency in Urgency.allCases {
            let best = match(.audio, urgency).best
            #expect(best?.reasons.contains(why) == true, "\(urgency)")
            #expect(match(.video, urgency).best?.reasons.contains(why) == false)
            #expect(match(nil, urgency).best?.reasons.contains(why) == false)
        }
    }

    @Test func `without sound what can wait is refused, what presses is not`() {
        for urgency in [Urgency.emergency, .urgent] {
            #expect(match(.text, urgency).best != nil)
        }
        for urgency in [Urgency.soon, .routine] {
            let none = match(.text, urgency)
            #expect(none.best == nil && none.rejections.map(\.rule) == ["link"])
        }
        let request = Register.request(.soon).carried(by: .text)
        let why = Matcher().explain(
            request,
            booking: nil,
            in: roster(.text),
            at: Register.morning
        )
        #expect(why.blocking.map(\.rule) == ["link"])
        #expect(
            why.nearest.first?.blockedBy == ["the site's link carries neither picture nor sound"]
        )
        #expect(why.unlocks.map(\.text).contains("an answer in writing"))
    }

    @Test func `the table of sites may say what a link carries, and need not`() throws {
        var clinic = Register.clinic
        #expect(!SiteTable.write([Register.central, clinic]).contains(",link"))
        for link in LinkQuality.allCases {
            clinic.link = link
            let text = SiteTable.write([Register.central, clinic])
            #expect(text.contains(",link") && !text.contains("opening"))
            #expect(try SiteTable.read(text) == [Register.central, clinic])
            let wrong = text.replacing(",\(link.rawValue)\n", with: ",fibre\n")
            #expect(throws: TableErrors.self) { try SiteTable.read(wrong) }
        }
        clinic.opening = [WeeklyWindow(weekday: 1, fromMinute: 420, untilMinute: 1_020)]
        let both = [clinic, Register.central]
        #expect(try SiteTable.read(SiteTable.write(both)) == both)
    }
}
