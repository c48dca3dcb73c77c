import EventLoop
import Vocabulary
import Wire

/// A doctor on call: answers offers and holds the consults.
actor Consultant: DeskWorker {
    private let doctor: DoctorID
    private let token: String
    private let surroundings: Surroundings
    private var answered: Set<BookingID> = []
    private var joined: Set<BookingID> = []

    init(doctor: DoctorID, token: String, surroundings: Surroundings) {
        self.doctor = doctor
        self.token = token
        self.surroundings = surroundings
    }

    /// Goes on call, works at the desk until the task is cancelled, and goes off.
    static func work(_ account: Population.DoctorAccount, _ surroundings: Surroundings) async {
        guard
            let token = await surroundings.token(
                account.token,
                user: account.user,
                password: account.password
            )
        else { return }
        let doctor = Consultant(
            doctor: account.doctor,
            token: token,
            surroundings: surroundings
        )
        await doctor.set(presence: "onCall")
        await Desk(token: token, surroundings: surroundings).sit(doctor)
    }

    /// Says that the doctor is no longer to be asked; after the work, from a task that still runs.
    static func goOff(_ account: Population.DoctorAccount, _ surroundings: Surroundings) async {
        guard let token = account.token else { return }
        let doctor = Consultant(
            doctor: account.doctor,
            token: token,
            surroundings: surroundings
        )
        await doctor.set(presence: "off")
    }

    /// Acts on a record that concerns the doctor.
    func received(_ type: String, _ record: JSONValue) async {
        switch type {
        case "alarm": await surroundings.journal.note(alarm: record)
        case "request": await surroundings.journal.note(request: record)
        case "booking":
            guard let booking = BookingRecord(record), booking.doctor == doctor else { return }
            if booking.state == "offered" {
                await answer(booking)
            } else if booking.isJoinable(at: surroundings.clock.now()) {
                await join(booking)
            }
        default: break
        }
    }

    private func answer(_ booking: BookingRecord) async {
        guard answered.insert(booking.id).inserted else { return }
        let seen = surroundings.clock.now()
        await surroundings.journal.sawOffer()
        let isDeclined = surroundings.chance(surroundings.options.decline)
        try? await Task.sleep(for: surroundings.delay(surroundings.options.answerMilliseconds))
        guard !Task.isCancelled else { return }
        let verb = isDeclined ? "decline" : "accept"
        let at = surroundings.clock.now()
        do throws(APIClient.Problem) {
            let record = try await surroundings.api.post(
                "/bookings/\(booking.id)/\(verb)",
                token: token
            )
            let outcome: Journal.Answer = isDeclined ? .declined : .accepted
            await surroundings.journal.answered(booking.request, seen: seen, at: at, outcome)
            // The answer is the news; the desk may tell it later or earlier.
            let now = surroundings.clock.now()
            if let confirmed = BookingRecord(record), confirmed.isJoinable(at: now) {
                await join(confirmed)
            }
        } catch {
            await surroundings.journal.answered(booking.request, seen: seen, at: at, .refused)
            if error.status != 409 {
                await surroundings.journal.failed(.http, error.description)
            }
        }
    }

    private func join(_ booking: BookingRecord) async {
        guard joined.insert(booking.id).inserted else { return }
        let click = surroundings.delay(surroundings.options.clickMilliseconds)
        try? await Task.sleep(for: click)
        guard !Task.isCancelled else { return }
        let room = Room(
            side: .doctor,
            request: booking.request,
            patient: booking.patient,
            click: click,
            surroundings: surroundings
        )
        await room.attend(booking.id, token: token)
    }

    private func set(presence: String) async {
        do throws(APIClient.Problem) {
            try await surroundings.api.put("/doctors/\(doctor)/presence", token: token) { body in
                body.key("state")
                body.value(presence)
            }
        } catch {
            await surroundings.journal.failed(.http, error.description)
        }
    }
}
