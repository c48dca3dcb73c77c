public import Clinical
import EventLoop
import MQTT
public import Store
import Vocabulary

/// Commands to devices: durable first, then published until the device answers.
extension Gateway {
    /// Asks a device to do something; returns when the command and the changes are durable.
    ///
    /// Throws `tooManyCommands` when the device has as many under way as are kept.
    public func send(
        _ command: DeviceCommand,
        with changes: [Change] = []
    ) async throws(GatewayError) {
        guard phase.isOpen else { throw .stopped }
        guard machine.commands.add(command) else { throw .tooManyCommands(CommandBook.limit) }
        do throws(StoreError) {
            try await store.apply([.command(command)] + changes)
        } catch {
            machine.commands.remove(command.id)
            throw .store(error)
        }
        publish(commands: [command.id])
        planWakeUp()
    }

    /// Takes the commands that were under way at the last end; they go out again.
    func loadCommands() async throws(StoreError) {
        for command in try await store.openCommands() { _ = machine.commands.add(command) }
    }

    /// Publishes commands that are not answered yet; without a connection they wait for one.
    func publish(commands ids: [CommandID]) {
        guard !ids.isEmpty, let publisher, canPublish else { return }
        let announcements = machine.send(ids, at: clock.now())
        publisher.assumeIsolated { client in
            for announcement in announcements {
                let text = configuration.commandText(announcement.command)
                var message = MQTTMessage(
                    topic: announcement.topic,
                    payload: announcement.payload(text: text),
                    contentType: "application/json"
                )
                message.responseTopic = announcement.responseTopic
                message.correlation = Array(announcement.command.id.rawValue.utf8)
                message.expirySeconds = announcement.expirySeconds
                client.send(message)
            }
        }
    }

    /// Sends devices that came online what waits for them.
    func publishCommands(to devices: [DevicePresence]) {
        for device in devices where device.isOnline {
            publish(commands: machine.commands.unanswered(by: device.device))
        }
    }
}
