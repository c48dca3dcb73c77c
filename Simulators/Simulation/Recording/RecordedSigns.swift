import Clinical
public import Vocabulary

extension Measurement {
    /// The recorded values as one measurement at `instant`, as recorded: nothing is mended.
    ///
    /// Where both were recorded the arterial line wins over the cuff. The Glasgow coma scale gives
    /// an approximate ACVPU (15 A, 14 C, 9–13 V, 4–8 P, 3 U), which is marked questionable.
    public init(_ values: [RecordedValue], at instant: Instant) {
        self.init(at: instant)
        for value in values { take(value) }
    }

    private mutating func take(_ recorded: RecordedValue) {
        let magnitude = Magnitude(rounding: recorded.value)
        switch recorded.name {
        case "HR": self[.heartRate] = magnitude
        case "PULSE": self[.pulseRate] = magnitude
        case "SpO2": self[.oxygenSaturation] = magnitude
        case "RR": self[.respiratoryRate] = magnitude
        case "ABPs": self[.systolicPressure] = magnitude
        case "ABPd": self[.diastolicPressure] = magnitude
        case "ABPm": self[.meanPressure] = magnitude
        case "NBPs": takeCuff(.systolicPressure, magnitude)
        case "NBPd": takeCuff(.diastolicPressure, magnitude)
        case "NBPm": takeCuff(.meanPressure, magnitude)
        case "TempC": self[.temperature] = magnitude
        case "TempF": self[.temperature] = Magnitude(rounding: (recorded.value - 32) / 1.8)
        case "O2flow": takeOxygen(flow: recorded.value, magnitude)
        case "GCS": takeComa(score: recorded.value)
        // Parts of the coma score, and FiO2 in two unmarked units: not guessed.
        default: break
        }
    }

    private mutating func takeCuff(_ sign: Sign, _ magnitude: Magnitude) {
        if self[sign] == nil { self[sign] = magnitude }
    }

    private mutating func takeOxygen(flow: Double, _ magnitude: Magnitude) {
        self[.oxygenFlow] = magnitude
        self[.supplementalOxygen] = Magnitude(flow > 0 ? 1 : 0)
    }

    private mutating func takeComa(score: Double) {
        let level: ACVPU
        switch score {
        case 15: level = .alert
        case 14: level = .confused
        case 9..<14: level = .voice
        case 4..<9: level = .pain
        case 3: level = .unresponsive
        default: return
        }
        self[.consciousness] = Magnitude(Int(level.rawValue))
        reading.questionable.insert(SignSet(.consciousness))
    }
}
