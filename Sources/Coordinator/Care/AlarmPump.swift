import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Takes what the gateway reports, already durable, to the care loop and to the screens.
struct AlarmPump: Sendable {
    let services: Services
    /// Tells each step of an alarm's chain once.
    var teller: AlarmTeller

    /// Works until the gateway ends its feed.
    mutating func run() async {
        for await event in services.gateway.events {
            switch event {
            case .alarms(let alarms): await announce(alarms)
            case .readings(let readings): await show(readings)
            case .presence: break
            case .commands(let commands): await services.follow(commands)
            case .incidents(let incidents): await services.record(incidents)
            }
        }
    }

    private mutating func announce(_ alarms: [Alarm]) async {
        for alarm in alarms {
            let patient = await services.directory.patient(alarm.patient)
            await services.care.note { loop, now in
                CareDecision(loop.alarmChanged(alarm, patient: patient, at: now))
            }
        }
        for alarm in alarms {
            let view = await AlarmRoutes.view(alarm, services)
            guard let body = try? jsonBytes(view) else { continue }
            var audiences: [Signalling.Audience] = [
                .desk(.site(alarm.site)), .desk(.nation), .patient(alarm.patient),
            ]
            // Its end goes to everybody who was told of it, so that it leaves their lists.
            let treating = await services.treatingDoctors(of: alarm.patient)
            for doctor in Set(treating + alarm.offeredDoctors) {
                audiences.append(.desk(.doctor(doctor)))
            }
            await services.switchboard.tell(audiences, .alarm, body)
            for telling in teller.changed(alarm) { await tell(telling) }
        }
    }

    private func tell(_ telling: AlarmTelling) async {
        let view = Beside(await AlarmRoutes.view(telling.alarm, services), Told(telling))
        guard let body = try? jsonBytes(view) else { return }
        let topics = telling.audiences.map { Signalling.Audience.desk(DeskTopic($0)) }
        await services.switchboard.tell(topics, .alarm, body)
    }

    /// Why an alarm is told once more.
    private struct Told: Encodable {
        let told: String
        let why: String

        init(_ telling: AlarmTelling) {
            told = telling.news.rawValue
            why = telling.why
        }
    }

    /// One hop for the names and one to the sockets, however many readings there are.
    private func show(_ readings: [Reading]) async {
        let named = await services.directory.named(readings)
        guard !named.isEmpty else { return }
        await services.switchboard.turn { exchange, now, effects in
            for (reading, patient, device) in named where exchange.hasSubscribers(patient) {
                let message = VitalsMessage(reading, patient: patient, device: device)
                exchange.publish(message, at: now, into: &effects)
            }
        }
    }
}

extension DeskTopic {
    /// The desks of an audience.
    init(_ audience: CareAudience) {
        self =
            switch audience {
            case .site(let site): .site(site)
            case .doctor(let doctor): .doctor(doctor)
            case .interpreter(let interpreter): .interpreter(interpreter)
            case .operations: .nation
            }
    }
}

extension VitalsMessage {
    /// The scorable signs of a reading.
    init(_ reading: Reading, patient: PatientID, device: DeviceID) {
        var signs: [VitalSample] = []
        for sign in Sign.allCases {
            guard let value = reading.scorable(sign) else { continue }
            signs.append(VitalSample(sign, value, at: reading.at))
        }
        self.init(patient: patient, device: device, signs: signs)
    }
}

extension VitalSample {
    /// A sign's value as it is shown.
    init(_ sign: Sign, _ value: Magnitude, at: Instant) {
        let content: Content
        if sign == .consciousness {
            let level = ACVPU(rawValue: UInt8(clamping: value.rounded)) ?? .unresponsive
            content = .text(String(level.letter))
        } else {
            content = .thousandths(value.thousandths)
        }
        self.init(sign: sign.name, value: content, at: at)
    }
}
