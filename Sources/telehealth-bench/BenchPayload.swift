import Foundation
import Vocabulary

/// One reading of a monitor, eight signs, in each of the forms that are measured.
enum BenchPayload: String, CaseIterable, Codable {
    case json
    case senml
    case cbor

    /// MQTT 5's content type; none for what is taken without one.
    var contentType: String? {
        switch self {
        case .json: nil
        case .senml: "application/senml+json"
        case .cbor: "application/senml+cbor"
        }
    }

    /// The reading's bytes.
    func bytes(_ sequence: Int, at: Instant) -> [UInt8] {
        switch self {
        case .json: Array(nativePayload(sequence, at: at).utf8)
        case .senml: Array(senml(sequence, at).utf8)
        case .cbor: cbor(sequence, at)
        }
    }

    private func senml(_ sequence: Int, _ at: Instant) -> String {
        let seconds = String(format: "%.3f", Double(at.milliseconds) / 1_000)
        return #"[{"bn":"urn:dev:mac:0024befffe804ff1:","bt":\#(seconds),"n":"boot","vs":"b1"},"#
            + #"{"n":"seq","v":\#(sequence)},{"n":"hr","u":"beat/min","v":\#(60 + sequence % 30)},"#
            + #"{"n":"spo2","u":"/","v":0.97},{"n":"rr","u":"1/min","v":16},"#
            + #"{"n":"sys","u":"Pa","v":16000},{"n":"dia","u":"Pa","v":10665},"#
            + #"{"n":"temp","u":"Cel","v":36.8},{"n":"avpu","vs":"A"},{"n":"o2","vb":false}]"#
    }

    private func cbor(_ sequence: Int, _ at: Instant) -> [UInt8] {
        var pack = CBORText()
        pack.array(10)
        pack.map(4)
        pack.label(-2, "urn:dev:mac:0024befffe804ff1:")
        pack.label(-3, Double(at.milliseconds) / 1_000)
        pack.label(0, "boot")
        pack.label(3, "b1")
        pack.map(2)
        pack.label(0, "seq")
        pack.label(2, Double(sequence))
        for (name, unit, value) in [
            ("hr", "beat/min", Double(60 + sequence % 30)), ("spo2", "/", 0.97),
            ("rr", "1/min", 16), ("sys", "Pa", 16_000), ("dia", "Pa", 10_665),
            ("temp", "Cel", 36.8),
        ] {
            pack.map(3)
            pack.label(0, name)
            pack.label(1, unit)
            pack.label(2, value)
        }
        pack.map(2)
        pack.label(0, "avpu")
        pack.label(3, "A")
        pack.map(2)
        pack.label(0, "o2")
        pack.label(4, false)
        return pack.bytes
    }
}

/// The little of CBOR (RFC 8949) that a SenML pack needs; texts have at most 255 bytes.
private struct CBORText {
    private(set) var bytes: [UInt8] = []

    mutating func array(_ count: UInt8) { bytes.append(0x80 | count) }
    mutating func map(_ count: UInt8) { bytes.append(0xA0 | count) }

    mutating func label(_ label: Int, _ text: String) {
        key(label)
        let count = UInt8(text.utf8.count)
        bytes += count < 24 ? [0x60 | count] : [0x78, count]
        bytes += text.utf8
    }

    mutating func label(_ label: Int, _ number: Double) {
        key(label)
        bytes.append(0xFB)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> shift))
        }
    }

    mutating func label(_ label: Int, _ isTrue: Bool) {
        key(label)
        bytes.append(isTrue ? 0xF5 : 0xF4)
    }

    private mutating func key(_ label: Int) {
        bytes.append(label >= 0 ? UInt8(label) : 0x20 | UInt8(-1 - label))
    }
}
