import Clinical
public import Vocabulary
import Wire

/// Writes the project's own JSON (device-protocol.md, payload 1).
public enum NativePayload {
    /// One reading as a payload of its own.
    public static func single(
        _ measurement: Measurement,
        boot: String,
        sequence: Int64,
        sent: Instant
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.object { object in
            members(of: measurement, sequence: sequence, into: &object)
            object.key("boot")
            object.value(boot)
            object.key("sent")
            object.value(sent)
        }
        return writer.bytes
    }

    /// A store-and-forward backlog of one boot.
    public static func backlog(
        _ entries: some Collection<SpoolEntry>,
        boot: String,
        sent: Instant
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + 192 * entries.count)
        writer.object { object in
            object.key("boot")
            object.value(boot)
            object.key("sent")
            object.value(sent)
            object.key("readings")
            object.array { array in
                for entry in entries {
                    array.object { member in
                        members(of: entry.measurement, sequence: entry.sequence, into: &member)
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Backlog messages of the entries in their order: one boot each, at most `backlogLimit` readings.
    public static func backlogs(_ entries: [SpoolEntry], sent: Instant) -> [[UInt8]] {
        cut(entries).map { backlog($0, boot: $0.first?.boot ?? "", sent: sent) }
    }

    /// The most readings in one backlog message (device-protocol.md: 1,000 are allowed).
    public static let backlogLimit = 500

    /// The entries in pieces of one boot and at most `backlogLimit` readings.
    static func cut(_ entries: [SpoolEntry]) -> [ArraySlice<SpoolEntry>] {
        var pieces: [ArraySlice<SpoolEntry>] = []
        var rest = entries[...]
        while let first = rest.first {
            let piece = rest.prefix { $0.boot == first.boot }.prefix(backlogLimit)
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    /// `{"state":"online"}` or `{"state":"offline"}`.
    public static func status(isOnline: Bool) -> [UInt8] {
        Array(#"{"state":"\#(isOnline ? "online" : "offline")"}"#.utf8)
    }

    /// `{"event":"sensorOff"}`, with the time at which it happened.
    public static func event(_ name: String, at instant: Instant) -> [UInt8] {
        Array(#"{"event":"\#(name)","at":"\#(instant.rfc3339)"}"#.utf8)
    }

    private static func members(
        of measurement: Measurement,
        sequence: Int64,
        into object: inout JSONWriter
    ) {
        object.key("seq")
        object.value(sequence)
        object.key("at")
        object.value(measurement.at)
        measurement.reading.signs.forEachSign { sign in
            guard let magnitude = measurement[sign] else { return }
            object.key(sign.name)
            switch sign {
            case .consciousness:
                let level = ACVPU(rawValue: UInt8(clamping: magnitude.rounded)) ?? .alert
                object.value(String(level.letter))
            case .supplementalOxygen: object.value(magnitude.rounded != 0)
            default: object.value(magnitude.value)
            }
        }
        if let battery = measurement.battery {
            object.key("battery")
            object.value(battery)
        }
        quality(of: measurement.reading, into: &object)
    }

    private static func quality(of reading: Reading, into object: inout JSONWriter) {
        guard !reading.invalid.union(reading.questionable).isEmpty else { return }
        object.key("quality")
        object.object { member in
            reading.invalid.forEachSign { sign in
                member.key(sign.name)
                member.value("invalid")
            }
            reading.questionable.subtracting(reading.invalid).forEachSign { sign in
                member.key(sign.name)
                member.value("questionable")
            }
        }
    }
}
