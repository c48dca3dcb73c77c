public import Vocabulary
import Wire

/// A value of one vital sign, as it is shown.
public struct VitalSample: Sendable, Equatable {
    /// The value.
    public enum Content: Sendable, Equatable {
        /// A number, in thousandths: exact, as the reading carries it.
        case thousandths(Int32)
        /// A word, such as the level of consciousness.
        case text(String)
    }

    /// The sign's field name (`hr`, `spo2` …).
    public let sign: String
    /// The value.
    public let value: Content
    /// When it was measured.
    public let at: Instant

    /// A value.
    public init(sign: String, value: Content, at: Instant) {
        self.sign = sign
        self.value = value
        self.at = at
    }
}

/// What one device measured of one patient.
public struct VitalsMessage: Sendable, Equatable {
    /// The patient.
    public let patient: PatientID
    /// The device.
    public let device: DeviceID
    /// The signs.
    public let signs: [VitalSample]

    /// Values of one device.
    public init(patient: PatientID, device: DeviceID, signs: [VitalSample]) {
        self.patient = patient
        self.device = device
        self.signs = signs
    }

    /// The whole frame.
    func frame() -> [UInt8] {
        var writer = JSONWriter(capacity: 96 + signs.count * 64)
        writer.object { writer in
            writer.key("t")
            writer.value("vitals")
            writer.key("b")
            writer.object { writer in
                writer.key("patient")
                writer.value(patient.rawValue)
                writer.key("device")
                writer.value(device.rawValue)
                writer.key("signs")
                writer.object { writer in
                    for sample in signs { sample.write(to: &writer) }
                }
            }
        }
        return writer.bytes
    }
}

extension VitalSample {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key(sign)
        writer.object { writer in
            writer.key("value")
            switch value {
            case .thousandths(let number): writer.raw(decimal(number))
            case .text(let text): writer.value(text)
            }
            writer.key("at")
            writer.value(at)
        }
    }
}

/// The number without needless zeros: 36500 is `36.5`, 72000 is `72`.
private func decimal(_ thousandths: Int32) -> String {
    let magnitude = thousandths.magnitude
    let sign = thousandths < 0 ? "-" : ""
    var fraction = magnitude % 1_000
    guard fraction > 0 else { return "\(sign)\(magnitude / 1_000)" }
    var width = 3
    while fraction % 10 == 0 {
        fraction /= 10
        width -= 1
    }
    let digits = String(fraction)
    let zeros = String(repeating: "0", count: width - digits.count)
    return "\(sign)\(magnitude / 1_000).\(zeros)\(digits)"
}

/// The newest value of each (patient, device, sign) that a slow socket has not been sent.
struct HeldVitals: Sendable {
    private var messages: [VitalsMessage] = []
    /// The most (patient, device) pairs that are held; a subscription limit keeps it far below.
    private static let limit = 256

    /// Whether nothing is held.
    var isEmpty: Bool { messages.isEmpty }

    /// Holds the message and returns how many values of the same sign it replaced.
    mutating func hold(_ message: VitalsMessage) -> Int {
        guard
            let index = messages.firstIndex(where: {
                $0.patient == message.patient && $0.device == message.device
            })
        else {
            if messages.count >= HeldVitals.limit { messages.removeFirst() }
            messages.append(message)
            return 0
        }
        let kept = messages[index].signs.filter { old in
            !message.signs.contains { $0.sign == old.sign }
        }
        let replaced = messages[index].signs.count - kept.count
        messages[index] = VitalsMessage(
            patient: message.patient,
            device: message.device,
            signs: kept + message.signs
        )
        return replaced
    }

    /// Forgets a patient's values.
    mutating func drop(_ patient: PatientID) {
        messages.removeAll { $0.patient == patient }
    }

    /// Takes everything.
    mutating func take() -> [VitalsMessage] {
        defer { messages = [] }
        return messages
    }
}
