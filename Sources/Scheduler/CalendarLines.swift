import Vocabulary

/// How iCalendar writes times, texts and lines (RFC 5545).
enum CalendarLines {
    /// The lines as one text, folded, each with CRLF.
    static func text(_ lines: [String]) -> String {
        lines.map { folded($0) + "\r\n" }.joined()
    }

    /// The value of a parameter in quotes, which may hold no quotes and no control characters
    /// (RFC 5545, 3.2).
    static func parameter(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        let plain = kept.map { $0 == "\"" ? "'" : $0 }
        var quoted = "\""
        quoted.unicodeScalars.append(contentsOf: plain)
        return quoted + "\""
    }

    /// `20261120T011530Z`; the seconds' fraction has no place in iCalendar.
    static func utc(_ instant: Instant) -> String {
        let digits = instant.rfc3339.utf8.prefix(19).filter {
            $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":")
        }
        return String(decoding: digits, as: UTF8.self) + "Z"
    }

    /// TEXT of RFC 5545, 3.3.11: backslash, semicolon, comma and newline are escaped.
    static func escaped(_ text: String) -> String {
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: ","):
                escaped += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): escaped += Array("\\n".utf8)
            // A bare carriage return, or any other control character, may not stand in TEXT.
            case 0..<0x20 where byte != UInt8(ascii: "\t"): continue
            case 0x7F: continue
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Lines of at most 75 octets, folded between characters: CRLF and a space (RFC 5545, 3.1).
    static func folded(_ line: String) -> String {
        var folded = ""
        var octets = 0
        for scalar in line.unicodeScalars {
            let length = scalar.utf8.count
            if octets + length > 75 {
                folded += "\r\n "
                octets = 1
            }
            folded.unicodeScalars.append(scalar)
            octets += length
        }
        return folded
    }
}
