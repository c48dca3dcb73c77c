import Clinical
import Store
import Vocabulary
import Wire

/// Commands to devices, and what devices answer.
extension IngestMachine {
    /// Takes `{"id":…,"state":"accepted"|"done"|"failed","detail":…}`.
    ///
    /// The id may be left out where MQTT 5's correlation data has it. A second copy, or an answer
    /// to a command that is over, changes nothing.
    mutating func takeResponse(
        _ payload: Span<UInt8>,
        correlation: [UInt8],
        _ message: Message
    ) throws(Refusal) {
        guard let slot = message.slot else { return }
        let answer = try signals.answer(payload)
        let correlated = CommandID(rawValue: String(decoding: correlation, as: UTF8.self))
        guard let id = answer.id ?? correlated, correlated ?? id == id else {
            throw Refusal(.undecodable, "'id' is missing, or is not the correlation data")
        }
        heard(slot, at: message.now)
        let changed = commands.take(
            answer.answer,
            to: id,
            of: registry.entries[slot].device.id,
            detail: answer.detail,
            at: message.now
        )
        if let changed { turn.batch.commands.append(changed) }
    }

    /// What is to be published so that the devices get these commands.
    mutating func send(_ ids: [CommandID], at now: Instant) -> [CommandAnnouncement] {
        ids.compactMap { id in
            guard let command = commands.send(id, at: now),
                let slot = registry.slot(named: Array(command.device.rawValue.utf8).span),
                let topic = registry.topic(slot, "commands"),
                let responseTopic = registry.topic(slot, "responses")
            else { return nil }
            return CommandAnnouncement(
                command: command,
                topic: topic,
                responseTopic: responseTopic,
                // Whole seconds, at least one: 0 would let the broker drop it at once.
                expirySeconds: UInt32(
                    clamping: max(1, (command.expiresAt - now).components.seconds)
                )
            )
        }
    }

    /// Gives up what is too late; returns what is to be sent again.
    mutating func advanceCommands(to now: Instant) -> [CommandID] {
        let (expired, again) = commands.advance(to: now)
        turn.batch.commands.append(contentsOf: expired)
        return again
    }
}

/// A command on its way to a device.
struct CommandAnnouncement: Sendable {
    let command: DeviceCommand
    let topic: String
    let responseTopic: String
    let expirySeconds: UInt32

    /// `{"id":…,"kind":…,…,"at":…,"expiresAt":…,"responseTopic":…}`.
    ///
    /// A device that speaks MQTT 3.1.1 has no properties, so all of it is in the payload too.
    func payload(text: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("id")
            writer.value(command.id.rawValue)
            writer.key("kind")
            writer.value(command.order.name)
            switch command.order {
            case .setInterval(let seconds):
                writer.key("seconds")
                writer.value(Int64(seconds))
            case .measure(let signs):
                writer.key("signs")
                writer.array { writer in for sign in signs { writer.value(sign.name) } }
            case .showMessage:
                writer.key("text")
                writer.value(text ?? "")
            }
            writer.key("at")
            writer.value(command.issuedAt)
            writer.key("expiresAt")
            writer.value(command.expiresAt)
            writer.key("responseTopic")
            writer.value(responseTopic)
        }
        return writer.bytes
    }
}

extension SignalDecoder {
    /// What a device says of a command; the id is nil where it is left out.
    func answer(
        _ bytes: Span<UInt8>
    ) throws(Refusal) -> (id: CommandID?, answer: DeviceCommand.Answer, detail: String?) {
        let texts = try texts(bytes, of: ["id", "state", "detail"])
        guard let answer = texts["state"].flatMap(DeviceCommand.Answer.init(rawValue:)) else {
            throw Refusal(.undecodable, "'state' must be accepted, done or failed")
        }
        guard let text = texts["id"] else { return (nil, answer, texts["detail"]) }
        guard let id = CommandID(rawValue: text) else {
            throw Refusal(.undecodable, "'id' must be the id of the command")
        }
        return (id, answer, texts["detail"])
    }

    /// The texts under these names; other members are passed over.
    private func texts(
        _ bytes: Span<UInt8>,
        of names: Set<String>
    ) throws(Refusal) -> [String: String] {
        guard isUTF8(bytes) else { throw Refusal(JSONError(reason: .notUTF8, offset: 0)) }
        var cursor = RefusingCursor()
        var texts: [String: String] = [:]
        var keys: Set<String> = []
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            let name = key.string(bytes)
            guard keys.insert(name).inserted else { throw cursor.duplicateKey }
            if names.contains(name), try cursor.peek(bytes) == .string {
                texts[name] = try cursor.string(bytes).string(bytes)
            } else {
                try cursor.skipStrictly(bytes)
            }
        }
        try cursor.finish(bytes)
        return texts
    }
}
