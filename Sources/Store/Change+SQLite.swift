import SQLite
import Scheduler

extension Connection {
    /// Writes one change into the open transaction.
    borrowing func apply(_ change: Change) throws(StoreError) {
        if case .booking(let booking) = change { return try apply(booking) }
        try translated { () throws(SQLiteError) in try write(change) }
    }

    private borrowing func write(_ change: Change) throws(SQLiteError) {
        switch change {
        case .site(let site): try put(site)
        case .doctor(let doctor): try put(doctor)
        case .interpreter(let interpreter): try put(interpreter)
        case .patient(let patient): try put(patient)
        case .device(let device): try put(device)
        case .binding(let binding): try put(binding)
        case .command(let command): try put(command)
        case .user(let user): try put(user)
        case .alarm(let alarm): try put(alarm)
        case .request(let request): try put(request)
        case .booking(let booking): try put(booking)
        case .session(let session): try put(session)
        case .chat(let line): try put(line)
        case .place(let write): try apply(write)
        case .answer(let answer): try put(answer)
        case .revoked(let token): try put(token)
        case .quarantineResolved(let id, let at): try resolveQuarantine(id, at)
        case .audit(let entry): try append(entry)
        }
    }
}
