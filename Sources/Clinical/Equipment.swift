import Vocabulary

/// What the equipment of one patient is known to lack.
struct Equipment: Sendable {
    /// The signs whose probes count as off after an event, until they measure again.
    private var offByEvent: SignSet = []
    private var offSince = Instant.distantPast
    /// Whether the event said nothing of what was measured before: any sign shows it is back.
    private var endsWithAny = false
    /// How many devices are silent.
    var silentDevices = 0
    /// Until when a low battery counts.
    var lowBatteryUntil: Instant?
    /// The newest press of the button.
    var lastPress = Instant.distantPast

    /// The signs whose absence the ward reports: what a probe on the body gives all the time.
    private static let probes: [Sign] = [.heartRate, .pulseRate, .oxygenSaturation]

    /// A probe or an electrode came off.
    mutating func probeCameOff(at: Instant, _ latest: LatestSamples) {
        guard at > offSince else { return }
        offSince = at
        offByEvent = []
        for sign in Equipment.probes {
            guard let sample = latest.scorable(sign), sample.at > at - .minutes(15) else {
                continue
            }
            offByEvent.insert(SignSet(sign))
        }
        endsWithAny = offByEvent.isEmpty
        if endsWithAny { offByEvent = SignSet(.oxygenSaturation) }
    }

    /// Whether a probe is off: by an event, or because its newest sample is a zero.
    ///
    /// It follows from the newest samples alone, so the order of readings does not matter.
    mutating func isProbeOff(_ latest: LatestSamples) -> Bool {
        if !offByEvent.isEmpty {
            for sign in Equipment.probes {
                guard let sample = latest.scorable(sign), sample.at > offSince else { continue }
                offByEvent.remove(SignSet(sign))
                if endsWithAny { offByEvent = [] }
            }
        }
        return !offByEvent.isEmpty
            || Equipment.probes.contains { sign in
                guard let sample = latest.newest(sign) else { return false }
                return sample.validity == .invalid && sample.value.thousandths == 0
            }
    }
}
