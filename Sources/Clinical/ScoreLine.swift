public import Wire

/// Why a line could not be scored.
public enum ScoreLineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line is not JSON of the expected shape.
    case json(JSONError)
    /// A field has a value that it cannot have.
    case field(String, expected: String)
    /// A field stands twice.
    case duplicate(String)

    /// What is wrong and what is expected.
    public var description: String {
        switch self {
        case .json(let error): error.description
        case .field(let name, let expected): "\(name): expected \(expected)"
        case .duplicate(let name): "\(name): the field stands twice"
        }
    }
}

/// Scores one line of `telehealth score`: NEWS2's inputs in, the score out, as JSON.
///
/// `{"rr":18,"spo2":96,"scale":1,"o2":false,"sys":120,"hr":80,"avpu":"A","temp":37.0}`; a missing
/// or null field makes the score partial, a missing scale is scale 1, unknown fields are skipped.
/// The total of a partial score is its lower bound. Appends one object to `writer`.
public func scoreLine(
    _ bytes: Span<UInt8>,
    into writer: inout JSONWriter
) throws(ScoreLineError) {
    let score = News2Score(try News2Values(line: bytes))
    writer.object { object in
        object.key("total")
        object.value(score.total)
        object.key("band")
        object.value(score.band.rawValue)
        object.key("red")
        object.value(score.red)
        object.key("points")
        object.object { points in
            for parameter in News2Parameter.allCases {
                points.key(parameter.name)
                if let value = score[parameter] { points.value(value) } else { points.null() }
            }
        }
        object.key("state")
        object.value((score.isComplete ? News2State.complete : .partial).rawValue)
        object.key("low")
        object.value(score.low)
        object.key("high")
        object.value(score.high)
    }
}

extension News2Values {
    /// Reads one line of `telehealth score`.
    public init(line bytes: Span<UInt8>) throws(ScoreLineError) {
        self.init()
        try read(bytes)
    }

    private mutating func read(_ bytes: Span<UInt8>) throws(ScoreLineError) {
        guard isUTF8(bytes) else { throw .json(JSONError(reason: .notUTF8, offset: 0)) }
        var cursor = JSONCursor()
        var seen: UInt8 = 0
        try json { () throws(JSONError) in try cursor.enterObject(bytes) }
        while let key = try json({ () throws(JSONError) in try cursor.nextKey(bytes) }) {
            guard let field = ScoreLineField(key, bytes) else {
                try json { () throws(JSONError) in _ = try cursor.skipValue(bytes) }
                continue
            }
            guard seen & field.bit == 0 else { throw .duplicate(field.name) }
            seen |= field.bit
            if try json({ () throws(JSONError) in try cursor.peek(bytes) }) == .null {
                try json { () throws(JSONError) in try cursor.null(bytes) }
                continue
            }
            try read(field, &cursor, bytes)
        }
        try json { () throws(JSONError) in try cursor.finish(bytes) }
    }

    private mutating func read(
        _ field: ScoreLineField,
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws(ScoreLineError) {
        switch field {
        case .respiratoryRate: respiratoryRate = try magnitude(field, &cursor, bytes)
        case .oxygenSaturation: oxygenSaturation = try magnitude(field, &cursor, bytes)
        case .systolicPressure: systolicPressure = try magnitude(field, &cursor, bytes)
        case .pulse: pulse = try magnitude(field, &cursor, bytes)
        case .temperature: temperature = try magnitude(field, &cursor, bytes)
        case .scale:
            switch try magnitude(field, &cursor, bytes).thousandths {
            case 1_000: scale = .one
            case 2_000: scale = .two
            default: throw .field(field.name, expected: "1 or 2")
            }
        case .oxygen:
            guard try json({ () throws(JSONError) in try cursor.peek(bytes) }) == .boolean else {
                throw .field(field.name, expected: "true or false")
            }
            onOxygen = try json { () throws(JSONError) in try cursor.boolean(bytes) }
        case .consciousness: consciousness = try level(&cursor, bytes)
        }
    }

    private func magnitude(
        _ field: ScoreLineField,
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws(ScoreLineError) -> Magnitude {
        guard try json({ () throws(JSONError) in try cursor.peek(bytes) }) == .number else {
            throw .field(field.name, expected: "a number")
        }
        let number = try json { () throws(JSONError) in try cursor.number(bytes) }
        guard let thousandths = number.thousandths(bytes) else {
            throw .field(field.name, expected: "a number between -2000000 and 2000000")
        }
        return Magnitude(thousandths: thousandths)
    }

    private func level(
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws(ScoreLineError) -> ACVPU {
        let expected = "one of \"A\", \"C\", \"V\", \"P\", \"U\""
        guard try json({ () throws(JSONError) in try cursor.peek(bytes) }) == .string else {
            throw .field("avpu", expected: expected)
        }
        let text = try json { () throws(JSONError) in try cursor.string(bytes) }
        guard text.range.count == 1 else { throw .field("avpu", expected: expected) }
        switch bytes[text.range.lowerBound] {
        case UInt8(ascii: "A"): return .alert
        case UInt8(ascii: "C"): return .confused
        case UInt8(ascii: "V"): return .voice
        case UInt8(ascii: "P"): return .pain
        case UInt8(ascii: "U"): return .unresponsive
        // Some records say only "not alert", which scores like every level but A.
        case UInt8(ascii: "N"): return .confused
        default: throw .field("avpu", expected: expected)
        }
    }

    private func json<Value>(
        _ body: () throws(JSONError) -> Value
    ) throws(ScoreLineError) -> Value {
        do {
            return try body()
        } catch {
            throw .json(error)
        }
    }
}

private enum ScoreLineField: UInt8 {
    case respiratoryRate
    case oxygenSaturation
    case scale
    case oxygen
    case systolicPressure
    case pulse
    case consciousness
    case temperature

    var bit: UInt8 { 1 << rawValue }

    var name: String {
        switch self {
        case .respiratoryRate: "rr"
        case .oxygenSaturation: "spo2"
        case .scale: "scale"
        case .oxygen: "o2"
        case .systolicPressure: "sys"
        case .pulse: "hr"
        case .consciousness: "avpu"
        case .temperature: "temp"
        }
    }

    init?(_ key: JSONText, _ bytes: Span<UInt8>) {
        if key.equals("rr", bytes) {
            self = .respiratoryRate
        } else if key.equals("spo2", bytes) {
            self = .oxygenSaturation
        } else if key.equals("scale", bytes) {
            self = .scale
        } else if key.equals("o2", bytes) {
            self = .oxygen
        } else if key.equals("sys", bytes) {
            self = .systolicPressure
        } else if key.equals("hr", bytes) {
            self = .pulse
        } else if key.equals("avpu", bytes) {
            self = .consciousness
        } else if key.equals("temp", bytes) {
            self = .temperature
        } else {
            return nil
        }
    }
}
