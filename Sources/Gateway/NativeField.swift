import Clinical
import Wire

/// A field of the native payload.
enum NativeField: UInt8 {
    case heartRate, pulseRate, oxygenSaturation, respiratoryRate, systolicPressure
    case diastolicPressure, meanPressure, temperature, glucose, weight, endTidalCO2
    case consciousness, supplementalOxygen, oxygenFlow, pain, height
    case sequence, at, boot, sent, battery, quality, readings

    /// The sign that the field carries; fields and signs are numbered alike.
    var sign: Sign? { Sign(rawValue: rawValue) }

    /// The bit in a set of fields.
    var bit: UInt32 { 1 << UInt32(rawValue) }
}

/// Finds the field of a key, by the key's bytes as one number; every name has at most 8.
struct NativeFieldTable {
    private let names: [UInt64]

    init() {
        names =
            (Sign.allCases.map(\.name)
            + ["seq", "at", "boot", "sent", "battery", "quality", "readings"])
            .map { name in
                name.utf8.reversed().reduce(0) { packed, byte in packed << 8 | UInt64(byte) }
            }
    }

    /// The field with this key, nil for one that the protocol does not know.
    func field(_ key: Span<UInt8>) -> NativeField? {
        guard key.count <= 8, !key.isEmpty else { return nil }
        var packed: UInt64 = 0
        var index = key.count
        while index > 0 {
            index -= 1
            packed = packed << 8 | UInt64(key[index])
        }
        for index in names.indices where names[index] == packed {
            return NativeField(rawValue: UInt8(index))
        }
        return nil
    }
}
