public import Clinical
import Vocabulary

/// Something about an alarm that people are told besides its record.
public struct AlarmTelling: Sendable, Equatable {
    /// What happened.
    public enum News: String, Sendable, Equatable {
        /// It was offered to the next of its chain, or to the first anew.
        case offered
        /// Nobody of the chain took it.
        case chainEnded
        /// The pause of its signal is over.
        case pauseOver
        /// It is the first of an incident of its site.
        case incidentBegan
        /// The incident of its site is over: the last of its devices is back.
        case incidentOver
    }

    /// The record.
    public let alarm: Alarm
    /// Who is told.
    public let audiences: [CareAudience]
    /// What happened.
    public let news: News
    /// The number of the offer that it is about; 0 for none.
    public let number: Int

    /// What happened in a sentence without patient data.
    public var why: String {
        switch news {
        case .offered:
            switch alarm.offers?.last(where: { $0.number == number })?.to {
            case .nurse, nil: "nobody has taken the alarm; the site's staff are told again"
            case .siteDoctor: "nobody has taken the alarm; the site's doctor is told"
            case .onCallSpecialist: "nobody has taken the alarm; the specialist on call is told"
            }
        case .chainEnded: "nobody of the chain has taken the alarm"
        case .pauseOver: "the pause of the alarm's signal is over"
        case .incidentBegan: "many devices of the site fell silent at once"
        case .incidentOver: "the site's devices are heard again"
        }
    }
}

/// Tells each step of an alarm's chain once.
///
/// What it tells is durable already: it looks at records after their commit. A step that was stored
/// and not told before the process ended is not told again as news: every desk comes back then, and
/// its snapshot holds the alarms that wait for it.
public struct AlarmTeller: Sendable {
    private struct Told: Sendable {
        var offer = 0
        var end = 0
        var pauses = 0
    }

    private var told: [AlarmID: Told] = [:]
    /// The open alarms of each incident that is open.
    private var incidents: [IncidentID: Set<AlarmID>] = [:]

    /// A teller that takes up the work of a process that ended; `open` is what it had stored.
    public init(open: [Alarm]) {
        for alarm in open { _ = changed(alarm) }
    }

    /// What is to be told of a record that has become durable.
    public mutating func changed(_ alarm: Alarm) -> [AlarmTelling] {
        var known = told[alarm.id] ?? Told()
        var tellings: [AlarmTelling] = []
        for offer in alarm.offers ?? [] where offer.number > known.offer {
            // Whoever waits is being chosen; a step that ran out before that told nobody.
            if offer.doctors == nil, offer.state == .offered { break }
            known.offer = offer.number
            let doctors = offer.doctors ?? []
            // The first is told by the alarm itself, and a step without doctors told nobody.
            guard offer.number > 1, offer.to == .nurse || !doctors.isEmpty else { continue }
            let audiences: [CareAudience] = [.site(alarm.site)] + doctors.map { .doctor($0) }
            tellings.append(alarm.telling(.offered, offer.number, audiences))
        }
        if let last = alarm.offers?.last, alarm.wantsSomebody, last.number > known.end,
            last.state == .expired || last.state == .rejected
        {
            known.end = last.number
            tellings.append(
                alarm.telling(.chainEnded, last.number, [.site(alarm.site), .operations])
            )
        }
        let ended = (alarm.pauses ?? []).count { $0.endedAt != nil }
        if ended > known.pauses {
            known.pauses = ended
            if alarm.wantsSomebody {
                let doctors = alarm.offers?.last?.doctors ?? []
                let audiences: [CareAudience] = [.site(alarm.site)] + doctors.map { .doctor($0) }
                tellings.append(alarm.telling(.pauseOver, 0, audiences))
            }
        }
        told[alarm.id] = alarm.closedAt == nil ? known : nil
        if let incident = alarm.incident { tellings += follow(incident.id, alarm) }
        return tellings
    }

    /// One word when an incident begins and one when it is over, however many its alarms are.
    private mutating func follow(_ incident: IncidentID, _ alarm: Alarm) -> [AlarmTelling] {
        let audiences: [CareAudience] = [.site(alarm.site), .operations]
        let known = incidents[incident]
        if alarm.closedAt == nil {
            incidents[incident, default: []].insert(alarm.id)
            return known == nil ? [alarm.telling(.incidentBegan, 0, audiences)] : []
        }
        guard var children = known else { return [] }
        children.remove(alarm.id)
        incidents[incident] = children.isEmpty ? nil : children
        return children.isEmpty ? [alarm.telling(.incidentOver, 0, audiences)] : []
    }
}

extension Alarm {
    fileprivate func telling(
        _ news: AlarmTelling.News,
        _ number: Int,
        _ audiences: [CareAudience]
    ) -> AlarmTelling {
        AlarmTelling(alarm: self, audiences: audiences, news: news, number: number)
    }
}
