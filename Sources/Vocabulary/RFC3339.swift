/// RFC 3339 timestamps, read from bytes without allocation and written in UTC with milliseconds.
extension Instant {
    /// Reads `2026-11-20T08:15:30.250+07:00`; nil when the bytes are not exactly one RFC 3339 time.
    ///
    /// Fractions beyond the millisecond are cut off. The zone is required: a local time without
    /// one is ambiguous. A leap second (`:60`) is read as the last millisecond before it ends.
    public init?(rfc3339 text: Span<UInt8>) {
        guard text.count >= 20, text.count <= 40,
            let year = text.decimal(at: 0, count: 4), text[4] == UInt8(ascii: "-"),
            let month = text.decimal(at: 5, count: 2), text[7] == UInt8(ascii: "-"),
            let day = text.decimal(at: 8, count: 2),
            text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t")
                || text[10] == UInt8(ascii: " "),
            let hour = text.decimal(at: 11, count: 2), text[13] == UInt8(ascii: ":"),
            let minute = text.decimal(at: 14, count: 2), text[16] == UInt8(ascii: ":"),
            let second = text.decimal(at: 17, count: 2),
            year >= 1, (1...12).contains(month),
            day >= 1, day <= CivilTime.days(inMonth: month, of: year),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }

        var index = 19
        var fraction = 0
        if text[index] == UInt8(ascii: ".") {
            index += 1
            var scale = 100
            let first = index
            while index < text.count, let digit = text.digit(at: index) {
                fraction += digit * scale
                scale /= 10
                index += 1
            }
            guard index > first else { return nil }
        }

        guard let zoneMinutes = text.zone(at: index) else { return nil }
        let days = CivilTime.daysSinceEpoch(year: year, month: month, day: day)
        let clock = (hour * 60 + minute - zoneMinutes) * 60_000
        let millisecond = second == 60 ? 59_999 : second * 1_000 + fraction
        self.init(milliseconds: Int64(days * 86_400_000 + clock + millisecond))
        // The zone may have moved it out of the years that can be written.
        guard self >= .distantPast, self <= .distantFuture else { return nil }
    }

    /// Reads an RFC 3339 time; nil when the text is not exactly one.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        self.init(rfc3339: bytes.span)
    }

    /// The time in UTC with milliseconds: `2026-11-20T01:15:30.250Z`.
    public var rfc3339: String {
        let civil = CivilTime(self)
        let second = civil.millisecondOfDay / 1_000
        return
            "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2))"
            + "T\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
            + ".\(padded(civil.millisecondOfDay % 1_000, 3))Z"
    }
}

extension Instant: CustomStringConvertible {
    /// The RFC 3339 form.
    public var description: String { rfc3339 }
}

extension Instant: Codable {
    /// Decodes an RFC 3339 string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected an RFC 3339 time with zone"
            )
        }
        self = instant
    }

    /// Encodes an RFC 3339 string in UTC.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Span<UInt8> {
    fileprivate func digit(at index: Int) -> Int? {
        let byte = self[index]
        return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            ? Int(byte - UInt8(ascii: "0")) : nil
    }

    fileprivate func decimal(at start: Int, count digits: Int) -> Int? {
        var value = 0
        for index in start..<start + digits {
            guard let digit = digit(at: index) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// The zone's offset in minutes east of UTC when it ends the text exactly, else nil.
    fileprivate func zone(at index: Int) -> Int? {
        guard index < count else { return nil }
        let mark = self[index]
        if mark == UInt8(ascii: "Z") || mark == UInt8(ascii: "z") {
            return index + 1 == count ? 0 : nil
        }
        guard mark == UInt8(ascii: "+") || mark == UInt8(ascii: "-"), index + 6 == count,
            let hours = decimal(at: index + 1, count: 2), self[index + 3] == UInt8(ascii: ":"),
            let minutes = decimal(at: index + 4, count: 2), hours <= 23, minutes <= 59
        else { return nil }
        return (mark == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
    }
}
