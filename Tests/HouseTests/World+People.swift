import CareLoop
import Clinical
import Gateway
import Scheduler
import Signalling
import Simulation
import TestKit
import Vocabulary

/// Doctors and nurses at their consoles.
extension World {
    // MARK: Hearing

    mutating func hear(_ audiences: [CareAudience], _ notice: Notice) {
        guard case .booking(let booking) = notice.subject else { return }
        if audiences.contains(.doctor(booking.doctor)) { hear(booking) }
        if audiences.contains(.site(booking.site)) { clinicHears(booking) }
    }

    /// A doctor sees a booking at the desk.
    mutating func hear(_ booking: Booking) {
        guard let manner = manners[booking.doctor],
            let index = nation.doctors.firstIndex(where: { $0.id == booking.doctor })
        else { return }
        switch booking.state {
        case .offered:
            guard manner != .deaf else { return }
            schedule(.answer(booking.id, doctor: index), in: pause(1, 20))
        case .confirmed, .checkedIn, .inSession:
            guard manner != .absent, !leavers.contains(booking.id) else { return }
            schedule(.join(booking.id, .doctor), in: pause(1, 15))
        case .held, .fulfilled, .noShow, .cancelled, .declined, .expired: break
        }
    }

    mutating func clinicHears(_ booking: Booking) {
        switch booking.state {
        case .confirmed, .checkedIn, .inSession:
            // Now and then nobody at the clinic comes to the first booking.
            if skipped.isEmpty, random.chance(0.05) { skipped.insert(booking.id) }
            guard !skipped.contains(booking.id) else { return }
            schedule(.join(booking.id, .clinic), in: pause(1, 15))
        case .offered, .held, .fulfilled, .noShow, .cancelled, .declined, .expired: break
        }
    }

    // MARK: Calls

    mutating func answer(_ booking: BookingID, _ doctor: Int) {
        guard !answered.contains(booking) else { return }
        let id = nation.doctors[doctor].id
        let event = Event.answer(booking, doctor: doctor)
        guard house != nil else { return schedule(event, in: pause(1, 5)) }
        callCount += 1
        calls[callCount] = event
        house?.waiting.append(
            .answer(
                booking,
                manners[id] == .declining ? .decline : .accept,
                id,
                call: callCount
            )
        )
    }

    mutating func acknowledge(_ alarm: AlarmID) {
        let event = Event.acknowledge(alarm)
        guard let house else { return schedule(event, in: pause(1, 5)) }
        guard house.machine.ward.openAlarms().contains(where: { $0.id == alarm }) else { return }
        // Now and then the nurse hushes it first, or leaves it to the next.
        let nurse = UserID(trusted: "nurse")
        if random.chance(0.15) {
            self.house?.hush(alarm, by: nurse, at: now)
            return schedule(event, in: pause(3, 30))
        }
        if random.chance(0.1) {
            self.house?.passOn(alarm, by: nurse, at: now)
            return schedule(event, in: pause(3, 30))
        }
        callCount += 1
        calls[callCount] = event
        self.house?.acknowledge(
            alarm,
            by: UserID(trusted: "nurse"),
            call: callCount,
            at: now
        )
    }

    mutating func answered(_ call: Int, _ isDone: Bool) async throws {
        guard let event = calls.removeValue(forKey: call) else { return }
        if isDone { try await checkAnswered(event) }
        // An answer may get lost on its way: whoever asked asks again.
        let isLost = !isHealed && random.chance(0.1)
        switch event {
        case .answer(let booking, let doctor):
            if isLost {
                schedule(event, in: .seconds(5))
            } else if isDone {
                answered.insert(booking)
            } else if house?.loop.booking(booking)?.state == .offered {
                schedule(.answer(booking, doctor: doctor), in: .seconds(2))
            }
        case .acknowledge: if isLost || !isDone { schedule(event, in: .seconds(5)) }
        case .link, .join, .conclude, .beat, .kill, .start, .heal: break
        }
    }

    // MARK: Rooms

    mutating func join(_ id: BookingID, as role: ParticipantRole) async throws {
        guard !sockets.values.contains(where: { $0.booking == id && $0.role == role }),
            role != .doctor || !leavers.contains(id)
        else { return }
        guard house != nil else { return schedule(.join(id, role), in: pause(1, 5)) }
        guard
            let (ticket, session) = try await house?.join(id, as: role, user: "u-\(role)", at: now)
        else { return }
        socketCount += 1
        let socket = SocketID(socketCount)
        let end = ConsultEnd(role: role.rawValue, patient: session.patient)
        house?.turn(at: now) { $0.opened(socket, address: "10.0.0.1", at: $1, into: &$2) }
        sockets[socket] = Room(
            booking: id,
            session: session.id,
            patient: session.patient,
            role: role,
            end: end
        )
        perform(end.opened(ticket: ticket), on: socket)
        schedule(.beat(socket), in: .seconds(5))
    }

    mutating func take(_ frame: Frame) {
        if frame.isToServer {
            house?.turn(at: now) {
                $0.received(frame.socket, text: frame.bytes.span, at: $1, into: &$2)
            }
        } else if var room = sockets[frame.socket] {
            let effects = room.end.receive(frame.bytes)
            sockets[frame.socket] = room
            perform(effects, on: frame.socket)
        }
    }

    private mutating func perform(_ effects: [ConsultEffect], on socket: SocketID) {
        guard let room = sockets[socket] else { return }
        for effect in effects {
            switch effect {
            case .send(let bytes):
                let frame = Frame(socket: socket, bytes: bytes, isToServer: true)
                frames.send(frame, at: now, using: &random)
            case .metOther:
                note("\(room.role.rawValue) meets the other in \(room.session)")
                met[room.session, default: []].insert(room.role)
                if met[room.session]?.count == 2, metPatients.insert(room.patient).inserted {
                    let bed = nation.patients.firstIndex { $0.id == room.patient }
                    if let bed { beds[bed].device.treat(at: now) }
                }
                if room.role == .doctor { schedule(.conclude(room.booking), in: pause(3, 20)) }
            case .outcomeAccepted: note("outcome of \(room.session)")
            case .received: break
            case .fault(let why):
                let expected = ["no_peer", "session_ended", "bad_link", "stale", "internal"]
                if !expected.contains(why) { note("fault \(why)") }
            }
        }
    }

    mutating func conclude(_ booking: BookingID) {
        let socket = sockets.first { $0.value.booking == booking && $0.value.role == .doctor }?.key
        guard let socket, var room = sockets[socket] else { return }
        guard room.end.isTogether else { return schedule(.conclude(booking), in: pause(3, 20)) }
        let effects = room.end.conclude(note: "n", disposition: "treatLocally")
        sockets[socket] = room
        perform(effects, on: socket)
        // Should no answer come, again.
        schedule(.conclude(booking), in: .seconds(20))
    }

    mutating func beat(_ socket: SocketID) {
        guard var room = sockets[socket] else { return }
        if !isHealed, random.chance(0.05) {
            lose(socket)
            house?.turn(at: now) { $0.closed(socket, at: $1, into: &$2) }
            return
        }
        let effects = room.end.beat()
        sockets[socket] = room
        perform(effects, on: socket)
        schedule(.beat(socket), in: .seconds(5))
    }

    /// Takes down who has met, as the process knows it.
    mutating func noteRooms() {
        for room in house?.exchange.rooms ?? [] where room.haveMet { roomsMet.insert(room.session) }
    }

    /// A socket is gone; whoever sat at it comes back as long as there is something to come to.
    mutating func lose(_ socket: SocketID) {
        frames.lose { $0.socket == socket }
        guard let room = sockets.removeValue(forKey: socket) else { return }
        noteRooms()
        // Now and then a doctor does not come back who had come before anybody else.
        let isAlone = !roomsMet.contains(room.session) && room.role == .doctor
        if isAlone, leavers.count < 2, random.chance(0.3) { leavers.insert(room.booking) }
        guard !leavers.contains(room.booking) || room.role != .doctor else { return }
        schedule(.join(room.booking, room.role), in: pause(1, 5))
    }
}
