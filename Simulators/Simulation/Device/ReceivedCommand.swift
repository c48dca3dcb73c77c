import Wire

/// A command as a device reads it (device-protocol.md, `commands`).
public struct ReceivedCommand: Sendable, Equatable {
    /// What it asks for; nil where the device does not know the kind.
    public enum Order: Sendable, Equatable {
        /// Measure every so many seconds.
        case setInterval(seconds: Int64)
        /// Measure now.
        case measure
        /// Show the text.
        case showMessage(String)
    }

    /// Its id, the same for each copy.
    public let id: String
    /// What it asks for.
    public let order: Order?

    /// A command.
    public init(id: String, order: Order?) {
        self.id = id
        self.order = order
    }

    /// Reads a command; nil when the bytes are none.
    public init?(_ bytes: Span<UInt8>) {
        do throws(JSONError) {
            guard let command = try ReceivedCommand.read(bytes) else { return nil }
            self = command
        } catch {
            return nil
        }
    }

    /// The answer to it, for the `responses` topic.
    public func answer(_ state: String, detail: String? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("id")
            writer.value(id)
            writer.key("state")
            writer.value(state)
            guard let detail else { return }
            writer.key("detail")
            writer.value(detail)
        }
        return writer.bytes
    }

    private static func read(_ bytes: Span<UInt8>) throws(JSONError) -> ReceivedCommand? {
        var cursor = JSONCursor()
        var texts: [String: String] = [:]
        var seconds: Int64?
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            if key.equals("seconds", bytes) {
                seconds = try cursor.number(bytes).integer(bytes)
            } else if try cursor.peek(bytes) == .string {
                texts[key.string(bytes)] = try cursor.string(bytes).string(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        try cursor.finish(bytes)
        guard let id = texts["id"], let kind = texts["kind"] else { return nil }
        let order: Order? =
            switch kind {
            case "setInterval": seconds.map { .setInterval(seconds: $0) }
            case "measure": .measure
            case "showMessage": texts["text"].map { .showMessage($0) }
            default: nil
            }
        return ReceivedCommand(id: id, order: order)
    }
}
