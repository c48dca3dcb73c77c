/// What a device publishes under its topic.
public enum TopicLeaf: Sendable {
    /// Readings.
    case vitals
    /// Online or offline; also the Will.
    case status
    /// A button, a probe, a battery.
    case events
    /// Answers to commands.
    case responses
}

/// The parts of `telehealth/v1/{province}/{site}/{device}/{leaf}`, as ranges of the topic.
struct TopicPath {
    let province: Range<Int>
    let site: Range<Int>
    let device: Range<Int>
    let leaf: TopicLeaf

    /// The parts, nil when the topic has another form.
    init?(_ topic: Span<UInt8>) {
        let prefix: StaticString = "telehealth/v1/"
        var start = prefix.utf8CodeUnitCount
        guard topic.count > start, topic.extracting(0..<start).equals(prefix) else { return nil }
        guard let province = TopicPath.part(topic, &start),
            let site = TopicPath.part(topic, &start),
            let device = TopicPath.part(topic, &start)
        else { return nil }
        self.province = province
        self.site = site
        self.device = device
        let rest = topic.extracting(start..<topic.count)
        if rest.equals("vitals") {
            leaf = .vitals
        } else if rest.equals("status") {
            leaf = .status
        } else if rest.equals("events") {
            leaf = .events
        } else if rest.equals("responses") {
            leaf = .responses
        } else {
            return nil
        }
    }

    /// The part that starts at `start` and ends before the next slash; steps over both.
    private static func part(_ topic: Span<UInt8>, _ start: inout Int) -> Range<Int>? {
        var index = start
        while index < topic.count, topic[index] != UInt8(ascii: "/") { index += 1 }
        // An identifier is 1–40 bytes; anything else cannot be in the registry.
        guard index < topic.count, (1...40).contains(index - start) else { return nil }
        defer { start = index + 1 }
        return start..<index
    }
}

extension Span<UInt8> {
    /// Whether the bytes are exactly the ASCII text.
    func equals(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        return text.withUTF8Buffer { expected in
            for index in indices where unsafe expected[index] != self[index] { return false }
            return true
        }
    }

    /// Whether the bytes are exactly those of the array.
    func equals(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    /// A copy of at most `limit` bytes.
    func copied(limit: Int = .max) -> [UInt8] {
        let size = Swift.min(count, limit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        for index in 0..<size { bytes.append(self[index]) }
        return bytes
    }

    /// A copy as text; what is no UTF-8 is replaced.
    func text() -> String {
        String(decoding: copied(), as: UTF8.self)
    }

    /// FNV-1a, for tables whose keys are short and come from the registry.
    func hashed() -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in indices {
            hash = (hash ^ UInt64(self[index])) &* 0x100_0000_01B3
        }
        return hash
    }
}
