public import Clinical
public import Scheduler
public import Vocabulary

/// A time for each urgency.
public struct UrgencyTimes: Sendable, Equatable {
    /// For an emergency.
    public var emergency: Duration
    /// For an urgent request.
    public var urgent: Duration
    /// For a request of the day.
    public var soon: Duration
    /// For any other.
    public var routine: Duration

    /// A time for each urgency.
    public init(emergency: Duration, urgent: Duration, soon: Duration, routine: Duration) {
        self.emergency = emergency
        self.urgent = urgent
        self.soon = soon
        self.routine = routine
    }

    /// The time for one urgency.
    public subscript(urgency: Urgency) -> Duration {
        switch urgency {
        case .emergency: emergency
        case .urgent: urgent
        case .soon: soon
        case .routine: routine
        }
    }
}

/// What an alarm asks for.
public struct AlarmDemand: Sendable, Equatable {
    /// How soon.
    public let urgency: Urgency
    /// Of which specialty.
    public let specialty: Specialty
}

/// A site's policy for the loop: which alarm asks for which consult, and every time limit.
public struct LoopPolicy: Sendable, Equatable {
    /// From asking to the latest beginning of the consult; 30 and 60 min are the clinical rule's
    /// (NEWS2 ≥ 7, and 5–6 or a red parameter).
    public var due = UrgencyTimes(
        emergency: .minutes(30),
        urgent: .minutes(60),
        soon: .hours(36),
        routine: .hours(24 * 30)
    )
    /// Whether nothing is presumed of a patient: consents and the steps before a consult must be
    /// stated.
    public var explicitConsent = false
    /// How long a doctor has to answer an offer.
    public var offer = UrgencyTimes(
        emergency: .seconds(60),
        urgent: .minutes(3),
        soon: .minutes(10),
        routine: .hours(24)
    )
    /// How long after the start the doctor may come.
    public var doctorGrace = UrgencyTimes(
        emergency: .minutes(3),
        urgent: .minutes(5),
        soon: .minutes(10),
        routine: .minutes(10)
    )
    /// How long the one who is there waits for the other.
    public var partnerGrace = UrgencyTimes(
        emergency: .minutes(10),
        urgent: .minutes(10),
        soon: .minutes(10),
        routine: .minutes(15)
    )
    /// Between two searches for a request that nobody can serve.
    public var research = UrgencyTimes(
        emergency: .seconds(10),
        urgent: .seconds(30),
        soon: .minutes(2),
        routine: .minutes(10)
    )
    /// Before those who let an offer run out are asked again.
    public var askAgain = UrgencyTimes(
        emergency: .minutes(1),
        urgent: .minutes(3),
        soon: .minutes(15),
        routine: .hours(12)
    )
    /// Left before the start, so that there is time to answer.
    public var lead = UrgencyTimes(
        emergency: .zero,
        urgent: .zero,
        soon: .zero,
        routine: .hours(1)
    )
    /// Planned length.
    public var length = UrgencyTimes(
        emergency: .minutes(30),
        urgent: .minutes(30),
        soon: .minutes(20),
        routine: .minutes(20)
    )
    /// After the planned end, or the last reminder, before the outcome is asked for.
    public var outcomeGrace: Duration = .minutes(30)
    /// How long a slot is held for somebody who decides.
    public var holdLength: Duration = .minutes(3)
    /// How long before its start both ends of a booking are reminded, the longest first.
    public var reminders: [Duration] = [.hours(24), .hours(1)]
    /// Beside those, for a patient who has missed several consults of late.
    public var moreReminders: [Duration] = [.hours(3), .minutes(15)]
    /// How many missed consults are several, and for how long they are remembered.
    public var missesForReminders = 2
    /// For how long a missed consult is remembered.
    public var missMemory: Duration = .hours(24 * 90)
    /// How much an emergency may disturb routine bookings.
    public var displacement = DisplacementPolicy()
    /// Between two runs that plan for everybody who waits, the same for all sites; zero for none.
    public var replanning: Duration = .seconds(5)
    /// How suitable doctors are rung for an emergency.
    public var emergencyRinging = RingingPlan.standard
    /// How they are rung for an urgent request.
    public var urgentRinging = RingingPlan.oneByOne
    /// How long after the loss of the last connection a doctor still counts as reachable.
    public var reachGrace: Duration = .seconds(60)
    /// Specialties that serve an alarm's request when nobody of its own can, by its own.
    public var fallback: [Specialty: [Specialty]] = [
        .emergency: [.internalMedicine],
        .respiratory: [.emergency, .internalMedicine],
        .cardiology: [.emergency, .internalMedicine],
        .paediatrics: [.emergency, .internalMedicine],
        .obstetrics: [.emergency, .internalMedicine],
        .endocrinology: [.internalMedicine, .emergency],
        .neurology: [.emergency, .internalMedicine],
        .internalMedicine: [.emergency],
    ]

    /// The default policy.
    public init() {}

    /// How doctors are rung for a request of this urgency; nil when they get one offer after the
    /// other.
    public func ringing(_ urgency: Urgency) -> RingingPlan? {
        let plan: RingingPlan =
            switch urgency {
            case .emergency: emergencyRinging
            case .urgent: urgentRinging
            case .soon, .routine: .oneByOne
            }
        return plan.steps.isEmpty ? nil : plan
    }

    /// What the alarm asks for; nil when it asks for no consult.
    ///
    /// NEWS2 ≥ 7 (priority high): emergency. NEWS2 5–6 or a red parameter (medium): urgent. A
    /// child's PEWS likewise by its priority. SOS: emergency. A limit alarm of high priority: urgent. Any other, and every technical alarm:
    /// nothing. Children go to paediatrics and the pregnant to obstetrics whatever the cause.
    public func demand(of alarm: Alarm, patient: Patient?, at now: Instant) -> AlarmDemand? {
        guard let urgency = urgency(of: alarm) else { return nil }
        return AlarmDemand(
            urgency: urgency,
            specialty: specialty(of: alarm, patient: patient, at: now)
        )
    }

    private func urgency(of alarm: Alarm) -> Urgency? {
        switch alarm.cause {
        case .sos: .emergency
        case .news2:
            switch alarm.priority {
            case .high: .emergency
            case .medium: (alarm.score ?? 0) >= 7 ? .emergency : .urgent
            case .low: nil
            }
        case .pews:
            switch alarm.priority {
            case .high: .emergency
            case .medium: .urgent
            case .low: nil
            }
        case .low, .high: alarm.priority == .high ? .urgent : nil
        case .offline, .lowBattery, .sensorOff: nil
        }
    }

    /// The specialty that an alarm's patient and cause call for.
    func specialty(of alarm: Alarm, patient: Patient?, at now: Instant) -> Specialty {
        if let patient {
            if CivilTime(now).year - patient.birthYear < 16 { return .paediatrics }
            if patient.pregnant { return .obstetrics }
        }
        return switch alarm.cause {
        case .pews: .paediatrics
        case .news2, .sos, .offline, .lowBattery, .sensorOff: .emergency
        case .low(let sign), .high(let sign): specialty(of: sign)
        }
    }

    private func specialty(of sign: Sign) -> Specialty {
        switch sign {
        case .oxygenSaturation, .respiratoryRate, .endTidalCO2, .oxygenFlow,
            .supplementalOxygen:
            .respiratory
        case .heartRate, .pulseRate, .systolicPressure, .diastolicPressure, .meanPressure:
            .cardiology
        case .glucose: .endocrinology
        case .consciousness: .neurology
        case .temperature, .weight, .height, .pain: .internalMedicine
        }
    }
}
