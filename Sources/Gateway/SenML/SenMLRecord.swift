import Wire

/// One record of a SenML pack as it is written (RFC 8428, 4): base fields, then its own.
struct SenMLRecord {
    var baseName: JSONText?
    var baseTime: ExactDecimal?
    var baseUnit: JSONText?
    var baseValue: ExactDecimal?
    var baseSum: ExactDecimal?
    var baseVersion: ExactDecimal?
    var name: JSONText?
    var unit: JSONText?
    var value: ExactDecimal?
    var text: JSONText?
    var truth: Bool?
    var data: JSONText?
    var sum: ExactDecimal?
    var time: ExactDecimal?
    var updateTime: ExactDecimal?
    /// The fields that it has, a bit each.
    private(set) var fields: UInt32 = 0

    /// Notes a field; false when it stands in the record already.
    mutating func note(_ field: SenMLField) -> Bool {
        let bit: UInt32 = 1 << UInt32(field.rawValue)
        guard fields & bit == 0 else { return false }
        fields |= bit
        return true
    }

    /// Whether it sets base values for those after it and measures nothing itself.
    var hasOnlyBaseFields: Bool { fields >> UInt32(SenMLField.name.rawValue) == 0 }

    /// How many value fields it has.
    var valueCount: Int {
        (value == nil ? 0 : 1) + (text == nil ? 0 : 1) + (truth == nil ? 0 : 1)
            + (data == nil ? 0 : 1)
    }
}

/// A field of a record, with its label in JSON and in CBOR (RFC 8428, tables 1 and 4).
enum SenMLField: UInt8, CaseIterable {
    case baseName, baseTime, baseUnit, baseValue, baseSum, baseVersion
    case name, unit, value, text, truth, data, sum, time, updateTime

    /// The label in JSON.
    var label: StaticString {
        switch self {
        case .baseName: "bn"
        case .baseTime: "bt"
        case .baseUnit: "bu"
        case .baseValue: "bv"
        case .baseSum: "bs"
        case .baseVersion: "bver"
        case .name: "n"
        case .unit: "u"
        case .value: "v"
        case .text: "vs"
        case .truth: "vb"
        case .data: "vd"
        case .sum: "s"
        case .time: "t"
        case .updateTime: "ut"
        }
    }

    /// The field with this label of CBOR.
    init?(number: Int64) {
        switch number {
        case -1: self = .baseVersion
        case -2: self = .baseName
        case -3: self = .baseTime
        case -4: self = .baseUnit
        case -5: self = .baseValue
        case -6: self = .baseSum
        case 0: self = .name
        case 1: self = .unit
        case 2: self = .value
        case 3: self = .text
        case 4: self = .truth
        case 5: self = .sum
        case 6: self = .time
        case 7: self = .updateTime
        case 8: self = .data
        default: return nil
        }
    }

    private static let all = Array(allCases)

    /// The field with this label of JSON.
    init?(label: Span<UInt8>) {
        guard label.count <= 4 else { return nil }
        for field in SenMLField.all where label.equals(field.label) {
            self = field
            return
        }
        return nil
    }
}
