import Clinical
import Vocabulary
import Wire

/// Compiles a vendor's JSON: paths become slots, texts become units and words.
extension ProfileMap {
    init(_ source: DeviceProfileSource) throws(DeviceProfileError) {
        self.init()
        guard source.names.isEmpty, source.units.isEmpty else {
            throw DeviceProfileError("'names' and 'units' belong to profiles of the form senml")
        }
        if let path = source.readings {
            readings = root.slot(try ProfilePath("$." + path.trimmingRoot).steps)
        }
        sequence = try source.seq.map { path throws(DeviceProfileError) in try slot(path) }
        boot = try source.boot.map { path throws(DeviceProfileError) in try slot(path) }
        time = try compile(source.time)
        sent = try compile(source.sent)
        if let quantity = source.battery {
            let unit = try MeasureUnit.named(quantity.unit ?? "%", for: "battery", .part)
            battery = (try slot(quantity.path), unit)
        }
        for (word, meaning) in source.quality.sorted(by: { $0.key < $1.key }) {
            qualities.append(.init(text: Array(word.utf8), meaning: try Validity(word: meaning)))
        }
        for (name, quantity) in source.signs.sorted(by: { $0.key < $1.key }) {
            rules.append(try rule(name, quantity))
        }
        if let list = source.list { self.list = try compile(list) }
        guard !rules.isEmpty || list != nil else {
            throw DeviceProfileError("the profile has neither 'signs' nor 'list'")
        }
    }

    /// The slot of a path; one from the root may be the reading's, when the payload is one.
    private mutating func slot(_ text: String) throws(DeviceProfileError) -> Slot {
        let path = try ProfilePath(text)
        guard path.isFromRoot, readings != nil else {
            return Slot(index: reading.slot(path.steps), isRoot: false)
        }
        return Slot(index: root.slot(path.steps), isRoot: true)
    }

    private mutating func ownSlot(_ text: String) throws(DeviceProfileError) -> Int {
        let slot = try slot(text)
        guard !slot.isRoot else {
            throw DeviceProfileError("'\(text)' lies outside the readings; a value cannot")
        }
        return slot.index
    }

    private mutating func compile(
        _ time: DeviceProfileSource.Time?
    ) throws(DeviceProfileError) -> (slot: Slot, format: TimeFormat)? {
        guard let time else { return nil }
        guard (time.format == "local") == (time.zone != nil) else {
            throw DeviceProfileError("'zone' belongs to the format local, and local needs it")
        }
        let format: TimeFormat
        switch time.format {
        case "rfc3339": format = .rfc3339
        case "seconds": format = .seconds
        case "milliseconds": format = .milliseconds
        case "local":
            let zone = time.zone ?? ""
            guard Instant(rfc3339: "2026-01-01T00:00:00" + zone) != nil else {
                throw DeviceProfileError("'zone' must be like +07:00")
            }
            format = .local(Array(zone.utf8))
        default:
            throw DeviceProfileError("'format' must be rfc3339, seconds, milliseconds or local")
        }
        return (try slot(time.path), format)
    }

    private mutating func rule(
        _ name: String,
        _ quantity: DeviceProfileSource.Quantity
    ) throws(DeviceProfileError) -> Rule {
        let sign = try Sign(profile: name)
        guard quantity.unitPath == nil || quantity.unit == nil else {
            throw DeviceProfileError("'\(name)' has a 'unit' and a 'unitPath'; keep one")
        }
        return Rule(
            sign: sign,
            slot: try ownSlot(quantity.path),
            unitSlot: try quantity.unitPath.map { path throws(DeviceProfileError) in
                try ownSlot(path)
            },
            qualitySlot: try quantity.quality.map { path throws(DeviceProfileError) in
                try ownSlot(path)
            },
            meaning: try Meaning(
                sign,
                unit: quantity.unit,
                units: quantity.units,
                hasUnitPath: quantity.unitPath != nil,
                absent: quantity.absent,
                values: quantity.values
            )
        )
    }

    private mutating func compile(
        _ source: DeviceProfileSource.List
    ) throws(DeviceProfileError) -> List {
        var list = List(slot: try ownSlot(source.path))
        list.code = list.tree.slot(try ProfilePath(source.code).steps)
        list.value = list.tree.slot(try ProfilePath(source.value).steps)
        if let unit = source.unit { list.unit = list.tree.slot(try ProfilePath(unit).steps) }
        if let path = source.quality { list.quality = list.tree.slot(try ProfilePath(path).steps) }
        for (code, meaning) in source.codes.sorted(by: { $0.key < $1.key }) {
            let sign = try Sign(profile: meaning.sign)
            list.codes.append(
                (
                    Array(code.utf8), sign,
                    try Meaning(
                        sign,
                        unit: meaning.unit,
                        units: meaning.units,
                        hasUnitPath: list.unit != nil && meaning.unit == nil,
                        absent: meaning.absent,
                        values: meaning.values
                    )
                )
            )
        }
        guard !list.codes.isEmpty else { throw DeviceProfileError("'list' has no codes") }
        return list
    }
}

extension ProfileMap.Meaning {
    fileprivate init(
        _ sign: Sign,
        unit: String?,
        units: [String: String],
        hasUnitPath: Bool,
        absent: [DeviceProfileSource.Word],
        values: [String: DeviceProfileSource.Word]
    ) throws(DeviceProfileError) {
        self.init()
        for word in absent {
            guard word.isNumber else {
                self.absent.append(.word(Array(word.text.utf8)))
                continue
            }
            guard let number = ExactDecimal(text: word.text) else {
                throw DeviceProfileError("'\(word.text)' in 'absent' is no number that JSON has")
            }
            self.absent.append(.number(number))
        }
        for (word, meaning) in values.sorted(by: { $0.key < $1.key }) {
            words.append(
                .init(text: Array(word.utf8), meaning: try sign.magnitude(word: meaning.text))
            )
        }
        guard let dimension = sign.dimension else {
            guard unit == nil, units.isEmpty else {
                throw DeviceProfileError("'\(sign.name)' has no unit")
            }
            return
        }
        guard hasUnitPath || unit != nil || dimension == .points else {
            throw DeviceProfileError("'\(sign.name)' needs its 'unit' as a UCUM code")
        }
        guard !hasUnitPath || !units.isEmpty else {
            throw DeviceProfileError("'\(sign.name)' needs 'units': the device's texts in UCUM")
        }
        if let unit {
            self.unit = try MeasureUnit.named(unit, for: sign.name, dimension)
        } else if !hasUnitPath {
            self.unit = MeasureUnit.points
        }
        for (text, ucum) in units.sorted(by: { $0.key < $1.key }) {
            self.units.append(
                .init(
                    text: Array(text.utf8),
                    meaning: try MeasureUnit.named(ucum, for: sign.name, dimension)
                )
            )
        }
    }
}

extension SenMLDialect {
    init(_ source: DeviceProfileSource) throws(DeviceProfileError) {
        self.init()
        guard source.signs.isEmpty, source.list == nil, source.readings == nil else {
            throw DeviceProfileError("a profile of the form senml has 'names' and 'units' only")
        }
        let table = NativeFieldTable()
        for (name, field) in source.names.sorted(by: { $0.key < $1.key }) {
            guard let meaning = table.field(Array(field.utf8).span) else {
                throw DeviceProfileError("'names': '\(field)' is no field of the native payload")
            }
            names.append(.init(text: Array(name.utf8), meaning: meaning))
        }
        for (text, ucum) in source.units.sorted(by: { $0.key < $1.key }) {
            guard let unit = MeasureUnit.of(ucum: ucum) else {
                throw DeviceProfileError("'units': '\(ucum)' is no UCUM code that is read")
            }
            units.append(.init(text: Array(text.utf8), meaning: unit))
        }
    }
}

extension ProfileMap.Validity {
    fileprivate init(word: String) throws(DeviceProfileError) {
        switch word {
        case "valid": self = .valid
        case "questionable": self = .questionable
        case "invalid", "calibrating": self = .invalid
        default:
            throw DeviceProfileError(
                "'quality' maps to valid, questionable, invalid or calibrating, not '\(word)'"
            )
        }
    }
}

extension Sign {
    fileprivate init(profile name: String) throws(DeviceProfileError) {
        guard let sign = Sign(name: name) else {
            let known = Sign.allCases.map(\.name).joined(separator: ", ")
            throw DeviceProfileError("'\(name)' is no sign; known are \(known)")
        }
        self = sign
    }

    /// The magnitude that a profile's word stands for.
    fileprivate func magnitude(word: String) throws(DeviceProfileError) -> Magnitude {
        switch self {
        case .consciousness:
            if word.count == 1, let letter = word.first, let level = ACVPU(letter: letter) {
                return Magnitude(Int(level.rawValue))
            }
            throw DeviceProfileError("'avpu' has the values A, C, V, P and U, not '\(word)'")
        case .supplementalOxygen:
            if word == "true" || word == "false" { return Magnitude(word == "true" ? 1 : 0) }
            throw DeviceProfileError("'o2' has the values true and false, not '\(word)'")
        case .heartRate, .pulseRate, .oxygenSaturation, .respiratoryRate, .systolicPressure,
            .diastolicPressure, .meanPressure, .temperature, .glucose, .weight, .endTidalCO2,
            .oxygenFlow, .pain, .height:
            throw DeviceProfileError("'\(name)' is a number and has no 'values'")
        }
    }
}

extension MeasureUnit {
    fileprivate static func named(
        _ ucum: String,
        for name: String,
        _ dimension: Dimension
    ) throws(DeviceProfileError) -> MeasureUnit {
        guard let unit = MeasureUnit.of(ucum: ucum), unit.dimension == dimension else {
            let known = all.filter { $0.dimension == dimension }.map(\.ucum)
            throw DeviceProfileError(
                "'\(ucum)' does not measure '\(name)'; known are \(known.joined(separator: ", "))"
            )
        }
        return unit
    }
}

extension String {
    /// The path without the mark of the root.
    fileprivate var trimmingRoot: String { hasPrefix("$.") ? String(dropFirst(2)) : self }
}
