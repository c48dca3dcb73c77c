/// A decimal number as it was written: `digits` × 10^`power`.
///
/// Payloads carry decimals, and their units are converted and their base values added without
/// passing through binary floating point, so that no value slips over a band's edge on the way.
public struct ExactDecimal: Sendable, Hashable {
    /// The significant digits, at most 18 of them, with the sign.
    public let digits: Int64
    /// The power of ten that they are multiplied by; 0 for zero.
    public let power: Int
    /// Whether digits beyond the 18th were cut off, so that the true number lies further from zero.
    public let isCut: Bool

    /// More digits than this are not kept.
    public static let digitLimit = 18
    /// Exponents beyond ±10 000 are not read: no quantity of this world needs them.
    public static let powerLimit = 10_000
    private static let ceiling: Int64 = 1_000_000_000_000_000_000

    private init(digits: Int64, power: Int, isCut: Bool) {
        self.digits = digits
        self.power = digits == 0 ? 0 : power
        self.isCut = isCut
    }

    /// A whole number.
    public init(_ integer: Int64) {
        self.init(long: integer, power: 0)
    }

    /// `significand` × 10^`power`, as CBOR's decimal fractions write it; nil for a power beyond
    /// ±10 000.
    public init?(significand: Int64, power: Int64) {
        guard power.magnitude <= UInt64(ExactDecimal.powerLimit) else { return nil }
        self.init(long: significand, power: Int(power))
    }

    private init(long: Int64, power: Int) {
        var digits = long
        var power = power
        var isCut = false
        while digits.magnitude >= UInt64(ExactDecimal.ceiling) {
            isCut = isCut || digits % 10 != 0
            digits /= 10
            power += 1
        }
        self.init(digits: digits, power: power, isCut: isCut)
    }

    /// The shortest decimal that denotes this floating-point number, which is what was meant by
    /// whoever wrote 36.05 into one; nil when it is not finite.
    public init?(shortest number: Double) {
        guard number.isFinite else { return nil }
        self.init(text: number.description)
    }

    /// The shortest decimal that denotes this floating-point number; nil when it is not finite.
    public init?(shortest number: Float) {
        guard number.isFinite else { return nil }
        self.init(text: number.description)
    }

    /// Reads a number in JSON's grammar; nil when the text is anything else.
    public init?(text: String) {
        self.init(Array(text.utf8).span)
    }

    /// Reads a number in JSON's grammar; nil when the bytes are anything else.
    public init?(_ bytes: Span<UInt8>) {
        var scanner = DecimalScanner()
        for index in bytes.indices {
            guard scanner.take(bytes[index]) else { return nil }
        }
        guard scanner.isComplete else { return nil }
        self.init(
            digits: scanner.isNegative ? -scanner.digits : scanner.digits,
            power: scanner.totalPower,
            isCut: scanner.isCut
        )
    }

    /// Whether it is below zero.
    public var isNegative: Bool { digits < 0 }

    /// The exact sum; nil when it would need more than 18 digits.
    public func adding(_ other: ExactDecimal) -> ExactDecimal? {
        guard !isCut, !other.isCut else { return nil }
        if digits == 0 { return other }
        if other.digits == 0 { return self }
        let lower = min(power, other.power)
        guard let left = shifted(to: lower), let right = other.shifted(to: lower) else {
            return nil
        }
        var sum = left + right
        var power = lower
        while sum != 0, sum % 10 == 0 {
            sum /= 10
            power += 1
        }
        guard sum.magnitude < UInt128(ExactDecimal.ceiling) else { return nil }
        return ExactDecimal(digits: Int64(sum), power: power, isCut: false)
    }

    /// The number in the scale's target, cut towards negative infinity; nil beyond ±10^13 before
    /// or ±2^62 after it.
    ///
    /// Cutting keeps what rounding half-up to whole multiples of the target gives.
    public func floored(_ scale: DecimalScale) -> Int64? {
        guard digits == 0 || power <= 15 else { return nil }
        var value = Int128(digits)
        var power = power
        var isCut = isCut
        while power < -18 {
            guard value != 0 else {
                power = 0
                break
            }
            isCut = isCut || value % 10 != 0
            value /= 10
            power += 1
        }
        let down = ExactDecimal.tens(max(-power, 0))
        value *= ExactDecimal.tens(max(power, 0))
        guard value.magnitude <= UInt128(ExactDecimal.tens(13) * down) else { return nil }
        let numerator =
            (value * 100 - Int128(scale.zeroHundredths) * down) * Int128(scale.numerator)
        let denominator = 100 * down * Int128(scale.denominator)
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        var result = remainder < 0 ? quotient - 1 : quotient
        if isCut, isNegative, remainder == 0 { result -= 1 }
        guard result.magnitude < 1 << 62 else { return nil }
        return Int64(result)
    }

    /// Whether both denote the same number.
    public func isSame(as other: ExactDecimal) -> Bool {
        guard isCut == other.isCut, digits.signum() == other.digits.signum() else { return false }
        let lower = min(power, other.power)
        guard let left = shifted(to: lower), let right = other.shifted(to: lower) else {
            return false
        }
        return left == right
    }

    /// The number as JSON writes it, exactly.
    public var text: String {
        guard power != 0 else { return String(digits) }
        guard power < 0, power >= -ExactDecimal.digitLimit else { return "\(digits)e\(power)" }
        var figures = String(digits.magnitude)
        if figures.count <= -power {
            figures = String(repeating: "0", count: -power - figures.count + 1) + figures
        }
        let point = figures.index(figures.endIndex, offsetBy: power)
        return (digits < 0 ? "-" : "") + figures[..<point] + "." + figures[point...]
    }

    private func shifted(to lower: Int) -> Int128? {
        let gap = digits == 0 ? 0 : power - lower
        return gap <= 18 ? Int128(digits) * ExactDecimal.tens(gap) : nil
    }

    /// 10^`exponent`; the callers' exponents are 0 to 18.
    private static func tens(_ exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

/// How a number of one unit becomes one of another: (x − zero) × numerator ÷ denominator.
public struct DecimalScale: Sendable, Hashable {
    /// Where the target's zero lies in the number's unit, in hundredths: 3 200 for °F.
    public let zeroHundredths: Int64
    /// The factor's numerator, from 1 to 10^12.
    public let numerator: Int64
    /// The factor's denominator, from 1 to 10^8.
    public let denominator: Int64

    /// A scale; its parts keep every product within 128 bits.
    public init(_ numerator: Int64, over denominator: Int64 = 1, zeroHundredths: Int64 = 0) {
        precondition(
            (1...1_000_000_000_000).contains(numerator) && (1...100_000_000).contains(denominator)
                && (0...100_000).contains(zeroHundredths),
            "a scale's parts are beyond what can be converted exactly"
        )
        self.zeroHundredths = zeroHundredths
        self.numerator = numerator
        self.denominator = denominator
    }
}

/// Reads JSON's number grammar byte by byte.
private struct DecimalScanner {
    private enum Place {
        /// Nothing yet, or the sign: a digit follows.
        case start, sign
        /// A leading zero: a point, an exponent or the end follows.
        case zero
        /// Digits before the point.
        case whole
        /// The point: a digit follows.
        case point
        /// Digits after it.
        case fraction
        /// The letter, or the exponent's sign: a digit follows.
        case letter, exponentSign
        /// The exponent's digits.
        case exponent
    }

    private var place = Place.start
    private(set) var digits: Int64 = 0
    private(set) var isNegative = false
    private(set) var isCut = false
    private var power = 0
    private var exponent = 0
    private var isExponentNegative = false

    var isComplete: Bool {
        switch place {
        case .zero, .whole, .fraction, .exponent: exponent <= ExactDecimal.powerLimit
        case .start, .sign, .point, .letter, .exponentSign: false
        }
    }

    var totalPower: Int { power + (isExponentNegative ? -exponent : exponent) }

    mutating func take(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return digit(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "-"): return minus()
        case UInt8(ascii: "+"): return move(place == .letter, to: .exponentSign)
        case UInt8(ascii: "."): return move(place == .zero || place == .whole, to: .point)
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            return move(place == .zero || place == .whole || place == .fraction, to: .letter)
        default: return false
        }
    }

    private mutating func digit(_ value: UInt8) -> Bool {
        switch place {
        case .start, .sign:
            place = value == 0 ? .zero : .whole
            keep(value, isFraction: false)
        case .zero: return false
        case .whole: keep(value, isFraction: false)
        case .point, .fraction:
            place = .fraction
            keep(value, isFraction: true)
        case .letter, .exponentSign, .exponent:
            place = .exponent
            exponent = min(exponent * 10 + Int(value), 100_000)
        }
        return true
    }

    private mutating func keep(_ value: UInt8, isFraction: Bool) {
        if digits < 100_000_000_000_000_000 {
            digits = digits * 10 + Int64(value)
            if isFraction { power -= 1 }
        } else {
            isCut = isCut || value != 0
            if !isFraction { power += 1 }
        }
    }

    private mutating func minus() -> Bool {
        if place == .start {
            isNegative = true
            place = .sign
            return true
        }
        isExponentNegative = true
        return move(place == .letter, to: .exponentSign)
    }

    private mutating func move(_ isAllowed: Bool, to next: Place) -> Bool {
        if isAllowed { place = next }
        return isAllowed
    }
}
