/// Whether a session description, as it stands escaped in a JSON text, offers to send a picture.
///
/// A cheap look, for the while in which pictures are not allowed: a video section whose port is not
/// 0 and which is neither `recvonly` nor `inactive` sends (RFC 8866, 6.7). A description with
/// escapes that none needs counts as one that does, so that nothing can be hidden behind them.
func sendsVideo(_ description: Span<UInt8>) -> Bool {
    var isInVideo = false
    var sends = false
    var start = 0
    while start < description.count {
        let end = lineEnd(description, from: start)
        let line = description.extracting(start..<end)
        if line.hasPrefix("m=") {
            if isInVideo, sends { return true }
            isInVideo = line.hasPrefix("m=video ") && !line.hasPrefix("m=video 0 ")
            sends = true
        } else if line.hasPrefix("a=recvonly") || line.hasPrefix("a=inactive") {
            sends = false
        }
        start = end
        while start < description.count, description[start] == UInt8(ascii: "\\") {
            guard start + 1 < description.count else { return true }
            switch description[start + 1] {
            case UInt8(ascii: "r"), UInt8(ascii: "n"): start += 2
            case UInt8(ascii: "u"): return true
            default: start += 2
            }
        }
    }
    return isInVideo && sends
}

/// Where the line that begins at `start` ends: at the next escape.
private func lineEnd(_ text: Span<UInt8>, from start: Int) -> Int {
    var end = start
    while end < text.count, text[end] != UInt8(ascii: "\\") { end += 1 }
    return end
}

extension Span<UInt8> {
    /// Whether the bytes begin with the ASCII text.
    fileprivate func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<expected.count where unsafe expected[index] != self[index] {
                return false
            }
            return true
        }
    }
}
