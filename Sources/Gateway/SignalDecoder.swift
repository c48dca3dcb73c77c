import Clinical
import Store
import Vocabulary
import Wire

/// Reads what devices send on their `status` and `events` topics.
struct SignalDecoder {
    private let values = NativeDecoder()

    /// Whether `{"state": …}` says that the device is online.
    func status(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        let (word, _) = try word(bytes, of: "state")
        if word == "online" { return true }
        if word == "offline" { return false }
        throw Refusal(.undecodable, "'state' must be online or offline")
    }

    /// What `{"event": …, "at": …}` tells, and when it happened if the device says so.
    func event(_ bytes: Span<UInt8>) throws(Refusal) -> (event: DeviceEvent, at: Instant?) {
        let (word, at) = try word(bytes, of: "event")
        switch DeviceEvent(rawValue: word) {
        case .sos: return (.sos, at)
        case .leadOff: return (.leadOff, at)
        case .sensorOff: return (.sensorOff, at)
        case .lowBattery: return (.lowBattery, at)
        case .online, .offline, nil:
            throw Refusal(.undecodable, "'event' must be sos, leadOff, sensorOff or lowBattery")
        }
    }

    private func word(
        _ bytes: Span<UInt8>,
        of name: StaticString
    ) throws(Refusal) -> (String, Instant?) {
        guard isUTF8(bytes) else { throw Refusal(JSONError(reason: .notUTF8, offset: 0)) }
        var cursor = RefusingCursor()
        var word: String?
        var at: Instant?
        var keys: Set<String> = []
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            guard keys.insert(key.string(bytes)).inserted else { throw cursor.duplicateKey }
            if key.equals(name, bytes) {
                guard try cursor.peek(bytes) == .string else {
                    throw Refusal(.undecodable, "'\(name)' must be a string")
                }
                word = try cursor.string(bytes).string(bytes)
            } else if key.equals("at", bytes) {
                at = try values.instant(bytes, &cursor)
            } else {
                try cursor.skipStrictly(bytes)
            }
        }
        try cursor.finish(bytes)
        guard let word else { throw Refusal(.undecodable, "'\(name)' is missing") }
        return (word, at)
    }
}
