import CareLoop
import Clinical
import Gateway
import Scheduler
import Signalling
import Simulation
import Store
import TestKit
import Vocabulary

/// What must hold, at every step and at the end (faults.md).
extension World {
    // MARK: A: what was said is durable

    /// Every reading of an acknowledged message is stored.
    mutating func checkAcknowledged(_ numbers: [UInt64]) async throws {
        for number in numbers {
            guard let message = house?.broker.message(number) else { continue }
            let stored = try await storedKeys(of: message.device)
            for key in keys(message.payload) where !stored.contains(key) {
                broken.append("A: \(key) of device \(message.device + 1) was acknowledged unstored")
            }
        }
    }

    /// Every reading that a receipt covers is stored.
    mutating func checkCovered(_ covered: [SpoolEntry], of device: Int) async throws {
        let stored = try await storedKeys(of: device)
        for entry in covered {
            let key = "\(entry.boot) \(entry.sequence)"
            receipted.insert("\(device + 1) \(key)")
            if !stored.contains(key) {
                broken.append("A: the receipt for \(key) of device \(device + 1) was a lie")
            }
        }
    }

    private func storedKeys(of device: Int) async throws -> Set<String> {
        var keys: Set<String> = []
        for boot in try await memory.boots() where boot.device == nation.devices[device].number {
            let ranges = try await memory.durableSequences(device: boot.device, boot: boot.number)
            for range in ranges { keys.formUnion(range.map { "\(boot.boot) \($0)" }) }
        }
        return keys
    }

    /// What people are told is in the store, as told or newer.
    mutating func checkTold(_ notice: Notice) async throws {
        var isStored = false
        switch notice.subject {
        case .request(let request):
            let stored = try await memory.request(request.id)
            isStored = stored.map { $0.changedAt >= request.changedAt } ?? false
        case .booking(let booking):
            let stored = try await memory.booking(booking.id)
            isStored = stored.map { $0.changedAt >= booking.changedAt } ?? false
            checkPresence(booking)
        case .session(let session):
            let stored = try await memory.session(session.id)
            isStored = stored.map { $0.changedAt >= session.changedAt } ?? false
        }
        if !isStored { broken.append("A: told before it was stored: \(notice.why)") }
    }

    /// L: what is said of who is in a room is so.
    private mutating func checkPresence(_ booking: Booking) {
        let there = sockets.values.filter { $0.booking == booking.id }
        switch booking.state {
        case .noShow:
            if there.count == 2, there.allSatisfy(\.end.isTogether) {
                broken.append("L: \(booking.id) was given up while both were in its room")
            }
        case .inSession:
            let session = booking.session.flatMap { met[$0] } ?? []
            if there.count < 2, session.count < 2 {
                broken.append("L: both were said to be in the room of \(booking.id)")
            }
        case .offered, .held, .confirmed, .checkedIn, .fulfilled, .cancelled, .declined, .expired:
            break
        }
    }

    mutating func checkTold(_ alarm: Alarm) async throws {
        let stored = try await memory.alarm(alarm.id)
        if stored.map({ $0.changedAt < alarm.changedAt }) ?? true {
            broken.append("A: alarm \(alarm.id) was told before it was stored")
        }
        let lateness = alarm.raisedAt - alarm.sampleAt
        if alarm.cause.kind == .physiological, lateness > .seconds(905) {
            broken.append("H: alarm \(alarm.id) was raised by a sample \(lateness) old")
        }
    }

    /// A call that was answered with success has had its effect.
    mutating func checkAnswered(_ event: Event) async throws {
        switch event {
        case .answer(let booking, _):
            let stored = try await memory.booking(booking)
            if stored?.state ?? .offered == .offered {
                broken.append("A: the answer to \(booking) was taken and is not stored")
            }
        case .acknowledge(let alarm):
            if try await memory.alarm(alarm)?.acknowledgedBy == nil {
                broken.append("A: \(alarm) was acknowledged and that is not stored")
            }
        case .link, .join, .conclude, .beat, .kill, .start, .heal: break
        }
    }

    // MARK: K: a restart forgets nothing

    mutating func checkRestored(_ before: [Alarm], _ held: Set<AlarmID>) {
        guard let house else { return }
        for alarm in before where !held.contains(alarm.id) {
            // The readings that are replayed may have ended its condition and so closed it.
            let hasClosed = alarm.signal == .acknowledged || alarm.priority == .low
            if !hasClosed || alarm.request != nil {
                broken.append("K: alarm \(alarm.id) did not survive the restart")
            }
        }
        let causes = house.machine.ward.openAlarms().map { "\($0.patient) \($0.cause.name)" }
        if Set(causes).count != causes.count {
            broken.append("K: two open alarms of one patient and cause: \(causes)")
        }
    }

    // MARK: The end

    /// Whether nothing is left to be done.
    mutating func isDone() async throws -> Bool {
        guard let house, now >= Nation.start + World.chaos + .seconds(40) else { return false }
        for index in beds.indices where !beds[index].device.isFinished {
            // Whoever is still ill and unseen is measured on.
            let isWaiting =
                beds[index].scenario.isDeterioration && !beds[index].wasIll
                && !metPatients.contains(nation.patients[index].id)
            if !isWaiting || now > Nation.start + .minutes(8) { beds[index].device.rest() }
        }
        return house.runnable(at: now).isEmpty && house.broker.isEmpty
            && beds.allSatisfy { $0.device.spool.entries.isEmpty }
            && house.loop.openRequests.isEmpty && fromDevices.nextDue == nil
            && acknowledgements.nextDue == nil
            && beds.indices.allSatisfy {
                beds[$0].deterioration == nil || metPatients.contains(nation.patients[$0].id)
            }
    }

    func unfinished() async -> String {
        let spools = beds.map { "\($0.scenario) \($0.device.spool.entries.count)" }
        let requests = house?.loop.openRequests.map { "\($0.id) \($0.state)" } ?? []
        return "spools \(spools), requests \(requests), met \(metPatients.sorted()), "
            + "ill \(beds.filter { $0.deterioration != nil }.map(\.number))"
    }

    mutating func checkEnd() async throws {
        try await checkReadings()
        try await checkSteps()
        try await checkCare()
        try await checkRooms()
    }

    /// B: every published reading is stored once, with its values.
    private mutating func checkReadings() async throws {
        let boots = try await memory.boots()
        for (index, bed) in beds.enumerated() {
            let stored = try await memory.readings(
                of: nation.patients[index].number,
                from: .distantPast,
                until: .distantFuture,
                limit: 1_000_000
            )
            var byKey: [String: Reading] = [:]
            for reading in stored {
                let boot = boots.first {
                    $0.device == reading.device && $0.number == reading.boot
                }
                let key = "\(boot?.boot ?? "?") \(reading.sequence)"
                if byKey.updateValue(reading, forKey: key) != nil {
                    broken.append("B: \(key) of device \(bed.number) is stored twice")
                }
            }
            for measured in bed.measured {
                let key = "\(measured.boot) \(measured.sequence)"
                guard published.contains("\(bed.number) \(key)") else { continue }
                guard let reading = byKey.removeValue(forKey: key) else {
                    broken.append("A: \(key) of device \(bed.number) was published and is lost")
                    continue
                }
                let isSame =
                    reading.at == measured.measurement.at
                    && reading[.heartRate] == measured.measurement[.heartRate]
                if !isSame { broken.append("B: \(key) of device \(bed.number) was changed") }
            }
            for key in byKey.keys.sorted() {
                broken.append("B: \(key) of device \(bed.number) was never measured")
            }
        }
    }

    /// K and C: who got worse got an alarm, a request, a booking and a room; nobody else did.
    private mutating func checkCare() async throws {
        let alarms = try await memory.alarms(AlarmFilter(limit: 1_000_000))
        let requests = try await memory.requests(RequestFilter(limit: 1_000_000))
        let bookings = try await memory.bookings(BookingFilter(limit: 1_000_000))
        for (index, bed) in beds.enumerated() {
            let patient = nation.patients[index].id
            let own = alarms.filter { $0.patient == patient }
            let asked = requests.filter { $0.patient == patient }
            if bed.deterioration != nil {
                if !own.contains(where: { $0.cause == .news2 }) {
                    broken.append("K: \(patient) got worse and no NEWS2 alarm was raised")
                }
                if !asked.contains(where: { $0.urgency == .emergency }) {
                    broken.append("K: \(patient) got worse and no emergency was asked for")
                }
                let sessions = bookings.filter { $0.patient == patient }.compactMap(\.session)
                if !sessions.contains(where: { met[$0]?.count == 2 }) {
                    broken.append("L: \(patient) and a doctor never met")
                }
            }
            let isWell = bed.wasIll || !bed.scenario.isDeterioration
            if isWell, !asked.isEmpty {
                broken.append("H: \(patient), who is well (\(bed.scenario)), had a request")
            }
            if bed.wasIll, own.contains(where: { $0.cause.kind == .physiological }) {
                broken.append("H: backfill of \(patient) raised an alarm")
            }
        }
        for request in requests {
            guard let cause = request.alarm, let alarm = alarms.first(where: { $0.id == cause })
            else { continue }
            if alarm.request == nil {
                broken.append("K: \(cause) does not know its \(request.id)")
            }
        }
        for alarm in alarms where alarm.closedAt == nil {
            let request = requests.first { $0.id == alarm.request }
            if alarm.condition == .absent, request?.state.isFinal == true,
                alarm.signal == .acknowledged
            {
                broken.append("K: \(alarm.id) waits for \(request?.id.rawValue ?? "") for ever")
            }
        }
        checkOverlaps(bookings)
    }

    private mutating func checkOverlaps(_ bookings: [Booking]) {
        let held = bookings.filter { $0.takesTime || $0.state == .fulfilled }
        for (place, left) in held.enumerated() {
            for right in held[(place + 1)...]
            where left.doctor == right.doctor && left.start < right.doctorFreeAt
                && right.start < left.doctorFreeAt
            {
                broken.append("C: \(left.id) and \(right.id) overlap for \(left.doctor)")
            }
            let stations = nation.sites.first { $0.id == left.site }?.stations ?? 0
            let peak = held.count {
                $0.site == left.site && $0.start <= left.start && left.start < $0.end
            }
            if peak > stations { broken.append("C: \(peak) consults at once at \(left.site)") }
        }
    }

    /// G and L: no room outlives its session, and its people are told.
    private mutating func checkRooms() async throws {
        guard let house else { return }
        for booking in try await memory.bookings(BookingFilter(limit: 1_000_000)) {
            guard let id = booking.session else { continue }
            let session = try await memory.session(id)
            if session?.state.isFinal == true, house.exchange.session(id) != nil {
                broken.append("G: the room of \(id) (\(session?.state.rawValue ?? "")) stays open")
            }
        }
        if house.exchange.statistics.sockets > 0 {
            broken.append("L: people sit in rooms whose consults are over")
        }
    }
}
