import Clinical
import Store
import Vocabulary
import Wire

/// A record with its pack's base values applied (RFC 8428, 4.6).
struct SenMLResolved {
    /// What the record says.
    enum Value {
        case number(ExactDecimal)
        case text(JSONText)
        case truth(Bool)
        case data(JSONText)
        /// Only a sum, which no sign has.
        case nothing
    }

    /// The base name, then the record's own: together they are the name.
    let baseName: JSONText?
    let name: JSONText?
    let unit: JSONText?
    let value: Value
    /// Base time and time, in seconds.
    let seconds: ExactDecimal
    /// Their sum in whole milliseconds.
    let milliseconds: Int64
    /// When the next value will come at the latest, in seconds from this one.
    let updateTime: ExactDecimal?

    /// Whether the time counts from receipt: below 2^28 s it does (RFC 8428, 4.5.3).
    var isRelative: Bool { abs(milliseconds) < SenMLResolved.absoluteSeconds * 1_000 }

    /// From here on a time is seconds since 1970.
    static let absoluteSeconds: Int64 = 268_435_456

    /// The time in milliseconds since 1970.
    func at(receivedAt now: Instant) -> Instant {
        Instant(milliseconds: isRelative ? now.milliseconds + milliseconds : milliseconds)
    }
}

/// Applies base values: each holds from its record on until it is set again.
struct SenMLResolver {
    private var name: JSONText?
    private var unit: JSONText?
    private var time = ExactDecimal(0)
    private var value: ExactDecimal?
    private var version: ExactDecimal?

    /// The versions that are read (RFC 8428, 4.1: "a receiver … MUST reject" later ones).
    private static let latestVersion: Int64 = 10

    /// The record resolved; nil for one that only sets base values.
    mutating func resolve(_ record: SenMLRecord) throws(Refusal) -> SenMLResolved? {
        try takeBase(record)
        guard record.fields == 0 || !record.hasOnlyBaseFields else { return nil }
        let count = record.valueCount
        guard count == 1 || count == 0 && record.sum != nil else {
            throw Refusal(
                .undecodable,
                "a SenML record must have exactly one of v, vs, vb and vd"
            )
        }
        let seconds = try sum(time, record.time ?? ExactDecimal(0), "bt")
        guard let milliseconds = seconds.floored(DecimalScale(1_000)),
            abs(milliseconds) <= Instant.distantFuture.milliseconds
        else { throw Refusal(.undecodable, "'t' lies beyond the year 9999") }
        return SenMLResolved(
            baseName: name,
            name: record.name,
            unit: record.unit ?? unit,
            value: try value(of: record),
            seconds: seconds,
            milliseconds: milliseconds,
            updateTime: record.updateTime
        )
    }

    private mutating func takeBase(_ record: SenMLRecord) throws(Refusal) {
        if let baseName = record.baseName { name = baseName }
        if let baseUnit = record.baseUnit { unit = baseUnit }
        if let baseTime = record.baseTime { time = baseTime }
        if let baseValue = record.baseValue { value = baseValue }
        guard let baseVersion = record.baseVersion else { return }
        let number = baseVersion.floored(DecimalScale(1)) ?? .max
        guard ExactDecimal(number).isSame(as: baseVersion), number >= 1 else {
            throw Refusal(.undecodable, "'bver' must be a whole number from 1")
        }
        guard number <= SenMLResolver.latestVersion else {
            throw Refusal(
                .undecodable,
                "'bver' is above \(SenMLResolver.latestVersion), the version that is read"
            )
        }
        guard version?.isSame(as: baseVersion) ?? true else {
            throw Refusal(.undecodable, "'bver' must be the same in all records")
        }
        version = baseVersion
    }

    private func value(of record: SenMLRecord) throws(Refusal) -> SenMLResolved.Value {
        if let number = record.value {
            return .number(
                try value.map { base throws(Refusal) in try sum(base, number, "bv") } ?? number
            )
        }
        if let text = record.text { return .text(text) }
        if let truth = record.truth { return .truth(truth) }
        return record.data.map { .data($0) } ?? .nothing
    }

    private func sum(
        _ base: ExactDecimal,
        _ own: ExactDecimal,
        _ label: String
    ) throws(Refusal) -> ExactDecimal {
        if base.digits == 0 { return own }
        guard let sum = base.adding(own) else {
            throw Refusal(.undecodable, "a sum with '\(label)' needs more than 18 digits")
        }
        return sum
    }
}
