import Clinical
import Vocabulary

/// 2026-11-20T01:00:00Z: the zero of the tests' clocks.
let start = Instant(seconds: 1_795_136_400)

let nurse = UserID(trusted: "nurse-1")

func patient(
    _ number: PatientNumber = 1,
    birthYear: Int = 1960,
    spo2Scale: SpO2Scale = .one,
    prescriber: String? = nil,
    pregnant: Bool = false,
    limits: AlarmLimits? = nil
) -> Patient {
    Patient(
        id: PatientID(trusted: "p-\(number)"),
        number: number,
        site: SiteID(trusted: "site-1"),
        birthYear: birthYear,
        sex: .unknown,
        spo2Scale: spo2Scale,
        scalePrescriber: prescriber,
        pregnant: pregnant,
        limits: limits
    )
}

func device(_ number: DeviceNumber = 1, period: Int = 5) -> Device {
    Device(
        id: DeviceID(trusted: "d-\(number)"),
        number: number,
        site: SiteID(trusted: "site-1"),
        periodSeconds: period
    )
}

/// A reading `seconds` after the start, received `late` seconds after it was measured.
func reading(
    _ seconds: Double,
    _ values: [Sign: Double],
    device: DeviceNumber = 1,
    patient: PatientNumber = 1,
    late: Double = 0,
    questionable: SignSet = [],
    invalid: SignSet = []
) -> Reading {
    let at = start + .milliseconds(Int(seconds * 1_000))
    var reading = Reading(
        device: device,
        patient: patient,
        boot: 1,
        sequence: Int64(seconds * 1_000),
        at: at,
        receivedAt: at + .milliseconds(Int(late * 1_000))
    )
    for (sign, value) in values { reading[sign] = Magnitude(rounding: value) }
    reading.questionable = questionable
    reading.invalid = invalid
    return reading
}

func time(_ seconds: Double) -> Instant { start + .milliseconds(Int(seconds * 1_000)) }

/// A ward with the changes it reported.
struct WardUnderTest {
    var ward: Ward
    var changes: [Alarm] = []

    init(
        limits: AlarmLimits = AlarmLimits(signs: []),
        policy: WardPolicy = .withoutChain,
        patients: [Patient] = [patient()],
        seed: UInt64 = 1
    ) {
        ward = Ward(defaults: limits, policy: policy, seed: seed)
        for patient in patients { ward.admit(patient) }
    }

    /// The alarms that this reading raised or changed.
    @discardableResult
    mutating func receive(_ reading: Reading) -> [Alarm] {
        note { ward, changed in ward.receive(reading, at: reading.receivedAt, changed: &changed) }
    }

    /// The alarms that values measured and received `seconds` after the start raised or changed.
    @discardableResult
    mutating func receive(_ seconds: Double, _ values: [Sign: Double]) -> [Alarm] {
        receive(reading(seconds, values))
    }

    @discardableResult
    mutating func advance(to seconds: Double) -> [Alarm] {
        note { ward, changed in ward.advance(to: time(seconds), changed: &changed) }
    }

    @discardableResult
    mutating func receive(
        _ event: DeviceEvent,
        device: DeviceNumber = 1,
        at seconds: Double,
        late: Double = 0
    ) -> [Alarm] {
        note { ward, changed in
            ward.receive(
                event,
                of: device,
                patient: 1,
                at: time(seconds),
                now: time(seconds + late),
                changed: &changed
            )
        }
    }

    @discardableResult
    mutating func acknowledge(_ alarm: Alarm, at seconds: Double) throws -> [Alarm] {
        var changed: [Alarm] = []
        try ward.acknowledge(alarm.id, by: nurse, at: time(seconds), changed: &changed)
        changes += changed
        return changed
    }

    @discardableResult
    mutating func note(_ body: (inout Ward, inout [Alarm]) -> Void) -> [Alarm] {
        var changed: [Alarm] = []
        body(&ward, &changed)
        changes += changed
        return changed
    }

    /// The open alarm of a cause.
    func open(_ cause: AlarmCause) -> Alarm? {
        ward.openAlarms().first { $0.cause == cause }
    }
}

extension WardPolicy {
    /// Alarms stay with whoever sees them, so that one thing can be looked at alone.
    static var withoutChain: WardPolicy {
        var policy = WardPolicy()
        policy.escalation = .none
        return policy
    }
}

/// A single limit: SpO2 below 90, hysteresis 2, dwell 10 s with 2 samples.
func saturationLimit(
    _ priority: AlarmPriority = .high,
    dwell: Int = 10,
    samples: Int = 2
) -> AlarmLimits {
    AlarmLimits(signs: [
        SignLimit(
            sign: .oxygenSaturation,
            low: Magnitude(90),
            high: nil,
            hysteresis: Magnitude(2),
            dwellSeconds: dwell,
            samples: samples,
            priority: priority
        )
    ])
}

/// NEWS2 out of the way, so that one limit can be looked at alone: a patient too young for it.
func child(limits: AlarmLimits? = nil) -> Patient { patient(birthYear: 2015, limits: limits) }
