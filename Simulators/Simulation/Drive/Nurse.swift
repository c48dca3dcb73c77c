import EventLoop
import Vocabulary

/// A clinic's staff: acknowledges the alarms of the site and joins its consults.
actor Nurse: DeskWorker {
    private let site: SiteID
    private let token: String
    private let surroundings: Surroundings
    private var joined: Set<BookingID> = []

    init(site: SiteID, token: String, surroundings: Surroundings) {
        self.site = site
        self.token = token
        self.surroundings = surroundings
    }

    /// Works at the clinic's desk until the task is cancelled.
    static func work(_ account: Population.ClinicAccount, _ surroundings: Surroundings) async {
        guard
            let token = await surroundings.token(
                account.token,
                user: account.user,
                password: account.password
            )
        else { return }
        let nurse = Nurse(site: account.site, token: token, surroundings: surroundings)
        await Desk(token: token, surroundings: surroundings).sit(nurse)
    }

    /// Acts on a record of the site.
    func received(_ type: String, _ record: JSONValue) async {
        switch type {
        case "alarm": await received(alarm: record)
        case "request": await surroundings.journal.note(request: record)
        case "booking": await received(booking: record)
        default: break
        }
    }

    private func received(alarm record: JSONValue) async {
        guard let alarm = await surroundings.journal.note(alarm: record) else { return }
        let isSounding = record["signal"]?.text == "on" || record["signal"]?.text == "latched"
        guard isSounding, await surroundings.journal.takesAcknowledgement(of: alarm) else { return }
        let delay = surroundings.delay(surroundings.options.acknowledgeMilliseconds)
        try? await Task.sleep(for: delay)
        guard !Task.isCancelled else { return }
        do throws(APIClient.Problem) {
            try await surroundings.api.post("/alarms/\(alarm)/acknowledge", token: token)
            await surroundings.journal.acknowledgedAlarm()
        } catch  where error.status == 409 {
            // It closed, or somebody else was faster, while the nurse was on the way.
        } catch {
            await surroundings.journal.failed(.http, error.description)
        }
    }

    private func received(booking record: JSONValue) async {
        guard let booking = BookingRecord(record), booking.site == site,
            booking.isJoinable(at: surroundings.clock.now()), joined.insert(booking.id).inserted
        else { return }
        let click = surroundings.delay(surroundings.options.clickMilliseconds)
        try? await Task.sleep(for: click)
        guard !Task.isCancelled else { return }
        let room = Room(
            side: .clinic,
            request: booking.request,
            patient: booking.patient,
            click: click,
            surroundings: surroundings
        )
        await room.attend(booking.id, token: token)
    }
}
