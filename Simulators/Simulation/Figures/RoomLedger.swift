public import Vocabulary

/// Puts together, from what clinics, doctors and devices saw, how long each alarm took to a room.
///
/// Alarm-to-room time: from the publishing of the last triggering sample until doctor and clinic
/// both hold a snapshot with the other in it. What people take to answer and to click is not the
/// system's and is taken off: the time in which an offer of the request lay before a doctor (before
/// several at once: counted once), and the click of the end that came last. Bounded: past `capacity` the oldest consult and alarm are forgotten.
public struct RoomLedger: Sendable {
    /// The most requests, and the most alarms, that are followed at a time.
    public static let capacity = 20_000

    private struct Consult {
        var alarm: AlarmID?
        /// When an offer lay before a doctor, in the order of the answers.
        var answers: [Range<Instant>] = []
        var ends: [RoomSide: Arrival] = [:]
        var isConcluded = false
    }

    private struct Arrival {
        let at: Instant
        let click: Duration
    }

    private struct KnownAlarm {
        let patient: PatientID
        let sampleAt: Instant
    }

    /// Alarm to room, people's own times taken off, in milliseconds.
    public private(set) var alarmToRoom = Samples()
    /// Consults in which both ends held the other.
    public private(set) var started = 0
    /// Consults whose outcome was accepted.
    public private(set) var completed = 0
    /// Alarms that were seen.
    public private(set) var alarmsSeen = 0
    private var alarms: [AlarmID: KnownAlarm] = [:]
    private var consults: [RequestID: Consult] = [:]
    private var order: [RequestID] = []
    private var alarmOrder: [AlarmID] = []

    /// An empty ledger.
    public init() {}

    /// An alarm was seen; returns whether for the first time.
    @discardableResult
    public mutating func saw(
        alarm: AlarmID,
        of patient: PatientID,
        sampleAt: Instant,
        request: RequestID?
    ) -> Bool {
        let isNew =
            alarms.updateValue(
                KnownAlarm(patient: patient, sampleAt: sampleAt),
                forKey: alarm
            ) == nil
        if isNew {
            alarmsSeen += 1
            alarmOrder.append(alarm)
            if alarmOrder.count > RoomLedger.capacity { alarms[alarmOrder.removeFirst()] = nil }
        }
        if let request { saw(request: request, alarm: alarm) }
        return isNew
    }

    /// A request was seen.
    public mutating func saw(request: RequestID, alarm: AlarmID?) {
        with(request) { consult in consult.alarm = consult.alarm ?? alarm }
    }

    /// A doctor saw an offer at `seen` and answered it at `answered`, whatever the answer.
    public mutating func answered(_ request: RequestID, seen: Instant, answered: Instant) {
        with(request) { $0.answers.append(seen..<max(seen, answered)) }
    }

    /// One end holds the other; `click` is what its person took from the confirmation to the click.
    ///
    /// Returns the alarm whose times can be looked up when this made the room complete.
    public mutating func met(
        _ request: RequestID,
        side: RoomSide,
        at instant: Instant,
        click: Duration
    ) -> RoomOpened? {
        var opened: RoomOpened?
        with(request) { consult in
            guard consult.ends[side] == nil else { return }
            consult.ends[side] = Arrival(at: instant, click: click)
            guard consult.ends.count == 2,
                let last = consult.ends.values.max(by: { $0.at < $1.at })
            else { return }
            opened = RoomOpened(
                alarm: consult.alarm,
                at: last.at,
                people: union(of: consult.answers) + last.click
            )
        }
        if opened != nil { started += 1 }
        if let alarm = opened?.alarm, let known = alarms[alarm] {
            opened?.patient = known.patient
            opened?.sampleAt = known.sampleAt
        }
        return opened
    }

    /// The triggering sample of an opened room was published at `instant`.
    public mutating func settle(_ room: RoomOpened, publishedAt instant: Instant) {
        let span = room.at - instant - room.people
        alarmToRoom.add(max(0, Int(span.wholeMilliseconds)))
    }

    /// The outcome of the request's consult was accepted.
    public mutating func concluded(_ request: RequestID) {
        var isFirst = false
        with(request) { consult in
            isFirst = !consult.isConcluded
            consult.isConcluded = true
        }
        if isFirst { completed += 1 }
    }

    private mutating func with(_ request: RequestID, _ change: (inout Consult) -> Void) {
        if consults[request] == nil {
            order.append(request)
            if order.count > RoomLedger.capacity { consults[order.removeFirst()] = nil }
        }
        change(&consults[request, default: Consult()])
    }
}

/// Which end of a consult.
public enum RoomSide: Sendable, Hashable {
    /// The asking clinic.
    case clinic
    /// The doctor.
    case doctor
}

/// A room that both ends have just come to hold each other in.
public struct RoomOpened: Sendable, Equatable {
    /// The alarm that led to it, nil for a request by people.
    public let alarm: AlarmID?
    /// When the later end held the other.
    public let at: Instant
    /// What people took on the way.
    public let people: Duration
    /// The alarm's patient, once known.
    public internal(set) var patient: PatientID?
    /// Event time of the alarm's triggering sample, once known.
    public internal(set) var sampleAt: Instant?
}

/// How long at least one of the spans lasts.
private func union(of spans: [Range<Instant>]) -> Duration {
    var total = Duration.zero
    var end = Instant.distantPast
    for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) where span.upperBound > end {
        total += span.upperBound - max(end, span.lowerBound)
        end = span.upperBound
    }
    return total
}
