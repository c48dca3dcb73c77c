public import Vocabulary

/// What everybody who takes part writes down: the one place that knows both ends of a consult.
public actor Journal {
    private var ledger = RoomLedger()
    private var report: SimulationReport
    private var answers = Samples()
    private var clicks = Samples()
    private var acknowledged: Set<AlarmID> = []
    /// How many people have been welcomed at their desks.
    private(set) var seated = 0
    /// When a reading of a patient with this event time was published.
    private let published: @Sendable (PatientID, Instant) async -> Instant?
    private let treated: @Sendable (PatientID) async -> Void

    /// An empty journal; `published` and `treated` reach into the fleet, if there is one.
    public init(
        _ report: SimulationReport,
        published: @escaping @Sendable (PatientID, Instant) async -> Instant? = { _, _ in nil },
        treated: @escaping @Sendable (PatientID) async -> Void = { _ in }
    ) {
        self.report = report
        self.published = published
        self.treated = treated
    }

    /// An alarm record reached a desk.
    func saw(alarm: AlarmID, of patient: PatientID, sampleAt: Instant, request: RequestID?) {
        ledger.saw(alarm: alarm, of: patient, sampleAt: sampleAt, request: request)
    }

    /// Whether nobody has taken it on to acknowledge the alarm; takes it on.
    func takesAcknowledgement(of alarm: AlarmID) -> Bool {
        if acknowledged.count > RoomLedger.capacity { acknowledged.removeAll() }
        return acknowledged.insert(alarm).inserted
    }

    /// An acknowledgement was accepted.
    func acknowledgedAlarm() {
        report.alarms.acknowledged += 1
    }

    /// A request record reached a desk.
    func saw(request: RequestID, alarm: AlarmID?) {
        ledger.saw(request: request, alarm: alarm)
    }

    /// An offer reached a doctor.
    func sawOffer() {
        report.offers.seen += 1
    }

    /// A doctor answered an offer; `outcome` says how it went.
    func answered(_ request: RequestID, seen: Instant, at instant: Instant, _ outcome: Answer) {
        // Nobody waits for the answer of a doctor who is rung when another has said yes.
        if outcome != .refused { ledger.answered(request, seen: seen, answered: instant) }
        answers.add(Int((instant - seen).wholeMilliseconds))
        switch outcome {
        case .accepted: report.offers.accepted += 1
        case .declined: report.offers.declined += 1
        case .refused: report.offers.failed += 1
        }
    }

    /// How an answer to an offer went.
    enum Answer {
        case accepted
        case declined
        /// The coordinator did not take it.
        case refused
    }

    /// One of our people entered a room.
    func entered(click: Duration) {
        report.sessions.open += 1
        clicks.add(Int(click.wholeMilliseconds))
    }

    /// One of our people left a room.
    func left() {
        report.sessions.open -= 1
    }

    /// An end holds the other.
    func met(_ request: RequestID, side: RoomSide, at instant: Instant, click: Duration) async {
        guard let room = ledger.met(request, side: side, at: instant, click: click),
            let patient = room.patient, let sampleAt = room.sampleAt,
            let sent = await published(patient, sampleAt)
        else { return }
        ledger.settle(room, publishedAt: sent)
    }

    /// A doctor's outcome was accepted; the treatment begins.
    func concluded(_ request: RequestID, patient: PatientID) async {
        ledger.concluded(request)
        await treated(patient)
    }

    /// Something arrived in a room.
    func received(_ traffic: ConsultTraffic) {
        switch traffic {
        case .description: report.signalling.descriptionsReceived += 1
        case .candidates: report.signalling.candidatesReceived += 1
        case .vitals: report.signalling.vitalsReceived += 1
        }
    }

    /// Something went wrong.
    func failed(_ place: FailurePlace, _ text: String) {
        switch place {
        case .mqtt: report.errors.mqtt += 1
        case .http: report.errors.http += 1
        case .socket: report.errors.socket += 1
        }
        if report.errors.samples.count < SimulationReport.Errors.sampleLimit {
            report.errors.samples.append(text)
        }
    }

    /// Somebody was welcomed at a desk for the first time.
    func sat() {
        seated += 1
    }

    /// Rooms that our people are in.
    var openRooms: Int { report.sessions.open }

    /// The report so far, with what the fleet says of itself.
    func report(at instant: Instant, fleet: FleetFigures?) -> SimulationReport {
        var report = report
        report.alarms.seen = ledger.alarmsSeen
        report.sessions.started = ledger.started
        report.sessions.completed = ledger.completed
        report.alarmToRoomMs = ledger.alarmToRoom.summary
        report.reactionMs.answer = answers.summary
        report.reactionMs.click = clicks.summary
        return report.with(fleet, at: instant)
    }
}

/// Where something went wrong.
enum FailurePlace {
    /// At the broker.
    case mqtt
    /// At the HTTP API.
    case http
    /// On a WebSocket.
    case socket
}

/// What a fleet says of itself, for the report.
public struct FleetFigures: Sendable {
    /// Connections.
    public var connections = SimulationReport.Devices()
    /// Readings.
    public var readings = SimulationReport.Readings()
    /// Sending to receipt.
    public var receipts = Summary(count: 0, p50: nil, p99: nil, max: nil)
    /// What went wrong at the broker.
    public var errors = SimulationReport.Errors()
}
