import Clinical
import Scheduler
import Signalling
import Store
import Vocabulary

/// The tables of a store in memory, with the rules that the databases' schemas keep.
///
/// A change writes at once and notes how to take it back, so that nothing is copied.
struct MemoryTables: Sendable {
    var sites: [SiteID: Site] = [:]
    var doctors: [DoctorID: Doctor] = [:]
    var interpreters: [InterpreterID: Interpreter] = [:]
    var patients: [PatientID: Patient] = [:]
    var devices: [DeviceID: Device] = [:]
    var bindings: [BindingKey: DeviceBinding] = [:]
    var users: [UserID: UserAccount] = [:]
    var patientNumbers: [PatientNumber: PatientID] = [:]
    var deviceNumbers: [DeviceNumber: DeviceID] = [:]
    var alarms: [AlarmID: Alarm] = [:]
    var commands: [CommandID: DeviceCommand] = [:]
    var requests: [RequestID: ConsultRequest] = [:]
    var bookings: [BookingID: Booking] = [:]
    var liveOf: [Claimant: Set<BookingID>] = [:]
    var sessions: [SessionID: SessionRecord] = [:]
    var chat: [SessionID: [ChatRecord]] = [:]
    var places = StoredPlaces()
    var answers: [AnswerKey: IdempotentAnswer] = [:]
    var tokens: [String: RevokedToken] = [:]
    var audit: [AuditedEntry] = []
    var measured: MemoryReadings
    private var undo: [@Sendable (inout MemoryTables) -> Void] = []

    struct BindingKey: Hashable {
        let device: DeviceID
        let from: Instant
    }

    struct AnswerKey: Hashable {
        let principal: String
        let key: String
    }

    init(quarantineRows: Int, retention: Retention) {
        measured = MemoryReadings(quarantineRows: quarantineRows, retention: retention)
    }

    // MARK: Writing

    mutating func apply(_ changes: [Change]) throws(StoreError) {
        do throws(StoreError) {
            for change in changes { try apply(change) }
            undo.removeAll(keepingCapacity: true)
        } catch {
            takeBack()
            throw error
        }
    }

    /// Alarms, commands and boots can be refused, so they come first; the rest always succeeds.
    mutating func commit(_ batch: IngestBatch) throws(StoreError) -> IngestOutcome {
        for boot in batch.boots {
            guard measured.accepts(boot) else {
                throw .constraint("boots: the number or the text is taken")
            }
        }
        try apply(batch.alarms.map(Change.alarm) + batch.commands.map(Change.command))
        return measured.store(batch)
    }

    mutating func tamper(withAudit sequence: Int64) {
        let index = Int(sequence) - 1
        guard audit.indices.contains(index) else { return }
        let old = audit[index]
        let spoilt = AuditEntry(
            at: old.entry.at,
            principal: old.entry.principal + "?",
            action: old.entry.action,
            object: old.entry.object,
            address: old.entry.address,
            detail: old.entry.detail
        )
        audit[index] = AuditedEntry(sequence: old.sequence, entry: spoilt, hash: old.hash)
    }

    private mutating func takeBack() {
        while let step = undo.popLast() { step(&self) }
    }

    private mutating func apply(_ change: Change) throws(StoreError) {
        switch change {
        case .site(let site):
            guard site.stations >= 0 else { throw .constraint("sites.stations") }
            put(site, at: site.id, in: \.sites)
        case .doctor(let doctor):
            try require(sites[doctor.hospital] != nil, "doctors.hospital")
            put(doctor, at: doctor.id, in: \.doctors)
        case .interpreter(let interpreter):
            put(interpreter, at: interpreter.id, in: \.interpreters)
        case .patient(let patient):
            try require(sites[patient.site] != nil, "patients.site")
            let holder = patientNumbers[patient.number]
            try require(patient.number > 0 && holder ?? patient.id == patient.id, "patients.number")
            put(nil, at: patients[patient.id]?.number ?? patient.number, in: \.patientNumbers)
            put(patient.id, at: patient.number, in: \.patientNumbers)
            put(patient, at: patient.id, in: \.patients)
        case .device(let device):
            try require(sites[device.site] != nil, "devices.site")
            let holder = deviceNumbers[device.number]
            try require(device.number > 0 && holder ?? device.id == device.id, "devices.number")
            put(nil, at: devices[device.id]?.number ?? device.number, in: \.deviceNumbers)
            put(device.id, at: device.number, in: \.deviceNumbers)
            put(device, at: device.id, in: \.devices)
        case .binding(let binding):
            try require(devices[binding.device] != nil, "bindings.device")
            try require(patients[binding.patient] != nil, "bindings.patient")
            try require(binding.until ?? binding.from >= binding.from, "bindings.until")
            let key = BindingKey(device: binding.device, from: binding.from)
            put(binding, at: key, in: \.bindings)
        case .command(let command):
            try require(devices[command.device] != nil, "device_commands.device")
            put(command, at: command.id, in: \.commands)
        case .user(let user):
            try require(user.site.map { sites[$0] != nil } ?? true, "users.site")
            try require(user.doctor.map { doctors[$0] != nil } ?? true, "users.doctor")
            put(user, at: user.id, in: \.users)
        case .alarm(let alarm):
            try require(patients[alarm.patient] != nil, "alarms.patient")
            try require(sites[alarm.site] != nil, "alarms.site")
            put(alarm, at: alarm.id, in: \.alarms)
        case .request(let request):
            try require(patients[request.patient] != nil, "requests.patient")
            try require(sites[request.site] != nil, "requests.site")
            put(request, at: request.id, in: \.requests)
        case .booking(let booking): try apply(booking)
        case .session(let session):
            try require(bookings[session.booking] != nil, "sessions.booking")
            put(session, at: session.id, in: \.sessions)
        case .chat(let line):
            try require(sessions[line.session] != nil, "chat.session")
            let lines = chat[line.session] ?? []
            let isKnown = lines.contains {
                $0.number == line.number || $0.from == line.from && $0.message == line.message
            }
            if !isKnown { put(lines + [line], at: line.session, in: \.chat) }
        case .place(let write):
            let old = places
            undo.append { $0.places = old }
            places.apply(write)
        case .answer(let answer): apply(answer)
        case .revoked(let token): put(token, at: token.id, in: \.tokens)
        case .quarantineResolved(let id, let instant):
            let old = measured.resolvedAt(id)
            measured.resolve(id, at: old ?? instant)
            undo.append { $0.measured.resolve(id, at: old) }
        case .audit(let entry):
            audit.append(AuditChain.follow(audit.last, with: entry))
            undo.append { $0.audit.removeLast() }
        }
    }

    private mutating func apply(_ booking: Booking) throws(StoreError) {
        if booking.takesTime, booking.taken.contains(where: { isTaken($0, by: booking.id) }) {
            throw .doubleBooking(booking.id)
        }
        try require(requests[booking.request] != nil, "bookings.request")
        try require(doctors[booking.doctor] != nil, "bookings.doctor")
        try require(sites[booking.site] != nil, "bookings.site")
        try require(patients[booking.patient] != nil, "bookings.patient")
        try require(booking.end > booking.start, "bookings.end")
        try require(booking.doctorFreeAt >= booking.end, "bookings.doctorFreeAt")
        try require(
            booking.claims?.allSatisfy { isKnown($0.on) } ?? true,
            "booking_claims.claimant"
        )
        let old = bookings[booking.id]
        undo.append { tables in
            tables.index(booking, isLive: false)
            tables.bookings[booking.id] = old
            if let old { tables.index(old, isLive: old.takesTime) }
        }
        if let old { index(old, isLive: false) }
        bookings[booking.id] = booking
        index(booking, isLive: booking.takesTime)
    }

    private func isTaken(_ time: TakenTime, by booking: BookingID) -> Bool {
        let others = (liveOf[time.claimant] ?? []).filter { $0 != booking }
            .compactMap { bookings[$0] }.flatMap(\.taken).filter { $0.meets(time) }
        guard case .site(let site) = time.claimant else { return !others.isEmpty }
        guard let stations = sites[site]?.stations else { return false }
        let spans = others.map { $0.from.milliseconds..<$0.until.milliseconds }
        return StationUse.peak(of: spans, from: time.from.milliseconds) >= stations
    }

    private func isKnown(_ claimant: Claimant) -> Bool {
        switch claimant {
        case .doctor(let id): doctors[id] != nil
        case .site(let id): sites[id] != nil
        case .interpreter(let id): interpreters[id] != nil
        case .patient: false
        }
    }

    private mutating func index(_ booking: Booking, isLive: Bool) {
        for time in booking.taken {
            if isLive {
                liveOf[time.claimant, default: []].insert(booking.id)
            } else {
                liveOf[time.claimant]?.remove(booking.id)
            }
        }
    }

    private mutating func apply(_ answer: IdempotentAnswer) {
        let kept = answers
        undo.append { $0.answers = kept }
        answers = answers.filter { $0.value.at > answer.at - .hours(24) }
        let key = AnswerKey(principal: answer.principal, key: answer.key)
        if answers[key] == nil { answers[key] = answer }
    }

    private mutating func put<Key: Hashable & Sendable, Record: Sendable>(
        _ record: Record?,
        at key: Key,
        in table: any WritableKeyPath<MemoryTables, [Key: Record]> & Sendable
    ) {
        let old = self[keyPath: table][key]
        undo.append { $0[keyPath: table][key] = old }
        self[keyPath: table][key] = record
    }

    private func require(_ isKept: Bool, _ rule: String) throws(StoreError) {
        if !isKept { throw .constraint(rule) }
    }
}
