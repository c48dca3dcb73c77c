import Clinical
import Store
import Wire

/// What a CodeableConcept stands for.
enum FHIRCode: Equatable {
    /// A vital sign.
    case sign(Sign)
    /// A panel whose values are its components.
    case panel
    /// Nothing that the project knows.
    case unknown

    private static let loinc: StaticString = "http://loinc.org"
    private static let mdc: StaticString = "urn:iso:std:iso:11073:10101"

    /// LOINC's panels: vital signs, blood pressure, and blood pressure as Synthea codes it.
    private static let panels: [String] = [
        SignCode.vitalSignsPanel, SignCode.bloodPressurePanel, "55284-4",
    ]

    /// What the CodeableConcept at `offset` stands for.
    ///
    /// Codings must agree. Only MDC may say more precisely what LOINC says: its pulse rate is
    /// LOINC's heart rate, which has no code of its own for a rate that was counted at a finger.
    init(_ bytes: Span<UInt8>, at offset: Int) throws(Refusal) {
        var byLOINC = FHIRCode.unknown
        var byMDC = FHIRCode.unknown
        try FHIRCode.forEachCoding(bytes, at: offset) { system, code throws(Refusal) in
            if system.equals(FHIRCode.loinc, bytes) {
                try byLOINC.join(FHIRCode(loinc: bytes.extracting(code.range)))
            } else if system.equals(FHIRCode.mdc, bytes) {
                try byMDC.join(FHIRCode(mdc: bytes.extracting(code.range)))
            }
        }
        if byMDC == .sign(.pulseRate), byLOINC == .sign(.heartRate) {
            self = byMDC
        } else {
            self = byLOINC
            try join(byMDC)
        }
    }

    /// The level of consciousness that the CodeableConcept at `offset` stands for.
    static func level(_ bytes: Span<UInt8>, at offset: Int) throws(Refusal) -> ACVPU? {
        var level: ACVPU?
        var isContradictory = false
        try forEachCoding(bytes, at: offset) { system, code throws(Refusal) in
            guard system.equals(loinc, bytes),
                let answer = ACVPU.allCases.first(where: { code.equals($0.loincAnswer, bytes) })
            else { return }
            isContradictory = isContradictory || level != nil && level != answer
            level = answer
        }
        return isContradictory ? nil : level
    }

    private init(loinc code: Span<UInt8>) {
        if let sign = SignCode.sign(loinc: code) {
            self = .sign(sign)
        } else {
            self = FHIRCode.panels.contains { code.equals($0) } ? .panel : .unknown
        }
    }

    private init(mdc code: Span<UInt8>) {
        guard code.count <= 7, let value = ExactDecimal(code)?.floored(DecimalScale(1)),
            let number = UInt32(exactly: value)
        else {
            self = .unknown
            return
        }
        if let sign = SignCode.sign(mdc: number) {
            self = .sign(sign)
        } else {
            self = number == SignCode.bloodPressurePanelMDC ? .panel : .unknown
        }
    }

    private mutating func join(_ other: FHIRCode) throws(Refusal) {
        guard self != .unknown else {
            self = other
            return
        }
        guard other == .unknown || other == self else {
            throw Refusal(.undecodable, "the codes of one concept stand for different signs")
        }
    }

    private static func forEachCoding(
        _ bytes: Span<UInt8>,
        at offset: Int,
        _ body: (JSONText, JSONText) throws(Refusal) -> Void
    ) throws(Refusal) {
        var cursor = RefusingCursor(offset: offset)
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            guard key.equals("coding", bytes) else {
                try cursor.skipValue(bytes)
                continue
            }
            guard try cursor.peek(bytes) == .array else {
                throw Refusal(.undecodable, "'coding' must be an array")
            }
            try cursor.enterArray(bytes)
            while try cursor.nextElement(bytes) {
                let texts = try FHIRTexts(["system", "code"], bytes, &cursor)
                if let system = texts[0], let code = texts[1] { try body(system, code) }
            }
        }
    }
}

/// Some members of an object that must be texts.
struct FHIRTexts {
    private var texts: InlineArray<2, JSONText?>

    subscript(index: Int) -> JSONText? { texts[index] }

    /// Reads the object at the cursor and steps over it.
    init(
        _ names: InlineArray<2, StaticString>,
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) {
        texts = [nil, nil]
        guard try cursor.peek(bytes) == .object else {
            throw Refusal(.undecodable, "a coding must be an object")
        }
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            let index = names.indices.first { key.equals(names[$0], bytes) }
            guard let index else {
                try cursor.skipValue(bytes)
                continue
            }
            guard try cursor.peek(bytes) == .string else {
                throw Refusal(.undecodable, "'\(names[index])' of a coding must be a text")
            }
            texts[index] = try cursor.string(bytes)
        }
    }
}
