import EventLoop
import Foundation
import Gateway
import MQTT
import Vocabulary

/// Many devices behind a few clinic hubs, each heard in turn, at a steady rate.
///
/// A hub publishes for its devices, as a clinic's does. What is measured is what a device could
/// measure: from the publishing of a reading to the receipt that says it is durable.
struct PacedLoad {
    /// How many devices there are.
    let devices: Int
    /// Messages a second, all devices together.
    let rate: Int
    /// How many messages are published in all.
    let messages: Int

    /// Devices publish through this many connections at most.
    static let hubs = 100
    private static let tick = Duration.milliseconds(20)

    /// Publishes everything and waits for the last receipts; `progress` is called each second.
    func run(port: Int, progress: (Int) -> Void) async throws -> ReceiptTimes.Figures {
        let loop = MQTTLoop(name: "devices")
        loop.start()
        let times = ReceiptTimes(devices: devices)
        let listener = try await listen(times, port: port, on: loop)
        var hubs: [MQTTClient] = []
        for number in 0..<min(devices, PacedLoad.hubs) {
            hubs.append(try await connect("hub-\(number)", port: port, on: loop))
        }
        try await publish(through: hubs, times, progress)
        // A receipt comes within a second of its reading, or the device would send again.
        let deadline = ContinuousClock.now + .seconds(30)
        while times.figures.outstanding > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
        }
        for client in hubs + [listener] { await client.disconnect() }
        await loop.stop()
        return times.figures
    }

    private func publish(
        through hubs: [MQTTClient],
        _ times: ReceiptTimes,
        _ progress: (Int) -> Void
    ) async throws {
        let clock = SteadyClock()
        let start = ContinuousClock.now
        var published = 0
        var turn = 0
        var ticks = 0
        while published < messages {
            let due = min(messages, Int(start.duration(to: .now).seconds * Double(rate)))
            if due > published {
                // One hub a tick: the devices of one clinic, one reading each, in turn.
                let hub = turn % hubs.count
                let now = clock.now()
                var batch: [MQTTMessage] = []
                for number in published..<due {
                    let device = device(number - published, of: hub, hubs: hubs.count, turn)
                    batch.append(message(of: device, at: now, times))
                }
                await hubs[hub].send(batch)
                published = due
                turn += 1
            }
            ticks += 1
            if ticks % 50 == 0 { progress(published) }
            try await Task.sleep(until: start + PacedLoad.tick * ticks, clock: .continuous)
        }
    }

    /// The devices of a hub take turns.
    private func device(_ index: Int, of hub: Int, hubs: Int, _ turn: Int) -> Int {
        let share = devices / hubs
        let perTurn = max(1, Int(Double(rate) * PacedLoad.tick.seconds))
        return hub * share + (turn / hubs * perTurn + index) % share + 1
    }

    private func message(of device: Int, at now: Instant, _ times: ReceiptTimes) -> MQTTMessage {
        let sequence = times.published(by: device, at: .now)
        return MQTTMessage(topic: benchTopic(device), text: nativePayload(sequence, at: now))
    }

    private func listen(
        _ times: ReceiptTimes,
        port: Int,
        on loop: MQTTLoop
    ) async throws -> MQTTClient {
        var configuration = MQTTConfiguration(port: port, clientID: "receipts")
        configuration.receiveMaximum = 10_000
        configuration.subscriptions = [
            MQTTSubscription("telehealth/v1/+/+/+/receipt")
        ]
        let client = try MQTTClient(
            configuration,
            on: loop,
            received: { batch in
                for index in batch.entries.indices {
                    times.receipt(topic: batch.topicText(index), batch.payloadBytes(index))
                }
            }
        )
        await client.connect()
        try await client.connected()
        return client
    }

    private func connect(_ id: String, port: Int, on loop: MQTTLoop) async throws -> MQTTClient {
        var configuration = MQTTConfiguration(port: port, clientID: id)
        configuration.pendingLimit = 100_000
        let client = try MQTTClient(configuration, on: loop)
        await client.connect()
        try await client.connected()
        return client
    }
}

/// When each device's readings were published, and how long their receipts took.
final class ReceiptTimes: Sendable {
    /// What was found.
    struct Figures: Sendable {
        /// From the publishing of a device's newest reading to its receipt.
        var latency = LatencyHistogram()
        /// Devices whose newest reading no receipt has covered yet.
        var outstanding = 0
    }

    private struct Device {
        var sequence: Int64 = 0
        var publishedAt = ContinuousClock.now
        var isOutstanding = false
    }

    private struct State {
        var devices: [Device]
        var figures = Figures()
    }

    private struct Receipt: Decodable {
        let seqHigh: Int64
    }

    private let state: Guarded<State>

    init(devices: Int) {
        state = Guarded(State(devices: Array(repeating: Device(), count: devices + 1)))
    }

    var figures: Figures { state.withLock(\.figures) }

    /// The next sequence number of the device, which is published now.
    func published(by device: Int, at now: ContinuousClock.Instant) -> Int {
        state.withLock { state in
            state.devices[device].sequence += 1
            if !state.devices[device].isOutstanding {
                state.devices[device].isOutstanding = true
                state.devices[device].publishedAt = now
                state.figures.outstanding += 1
            }
            return Int(state.devices[device].sequence)
        }
    }

    func receipt(topic: String, _ payload: [UInt8]) {
        let parts = topic.split(separator: "/")
        guard parts.count == 6, let device = benchNumber(of: parts[4]),
            let receipt = try? JSONDecoder().decode(Receipt.self, from: Data(payload))
        else { return }
        state.withLock { state in
            guard state.devices[device].isOutstanding,
                receipt.seqHigh >= state.devices[device].sequence
            else { return }
            state.devices[device].isOutstanding = false
            state.figures.outstanding -= 1
            let took = state.devices[device].publishedAt.duration(to: .now)
            state.figures.latency.note(took, count: 1)
        }
    }
}
