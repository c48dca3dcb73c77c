/// A sign's value in exact thousandths of the sign's unit: 36.8 °C is 36 800.
///
/// Fixed point and not `Double`, so that a decimal that a device wrote is compared with a band
/// edge exactly: 36.05 rounds half-up to 36.1, which its nearest `Double` does not.
public struct Magnitude: Hashable, Sendable {
    /// Thousandths of the unit.
    public let thousandths: Int32

    /// The magnitude with this many thousandths of the unit.
    public init(thousandths: Int32) {
        self.thousandths = thousandths
    }

    /// A whole number of units.
    public init(_ units: Int) {
        self.thousandths = Int32(clamping: units * 1_000)
    }

    /// The nearest magnitude to a floating-point number, for converted units; saturates.
    public init(rounding value: Double) {
        self.thousandths = Int32(
            (value * 1_000).rounded().clamped(to: Double(Int32.min)...Double(Int32.max))
        )
    }

    /// The value as a floating-point number, for charts and JSON.
    public var value: Double { Double(thousandths) / 1_000 }

    /// The nearest whole unit, half-up.
    public var rounded: Int { (Int(thousandths) + 500).floored(to: 1_000) }

    /// The nearest tenth of a unit in tenths, half-up.
    public var roundedTenths: Int { (Int(thousandths) + 50).floored(to: 100) }
}

extension Magnitude: Comparable {
    /// The order of the values.
    public static func < (left: Magnitude, right: Magnitude) -> Bool {
        left.thousandths < right.thousandths
    }
}

extension Magnitude: Codable {
    /// Decodes a number.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer().decode(Double.self)
        guard value.isFinite else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "expected a finite number")
            )
        }
        self.init(rounding: value)
    }

    /// Encodes a number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}

extension Int {
    /// The whole steps in the number, rounded towards negative infinity.
    fileprivate func floored(to step: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: step)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
