import EventLoop
import Foundation
import MQTT
import Synchronization
import Testing
import Vocabulary

/// A device with its duty: keeps each reading until a receipt covers it, and sends again what none
/// covers after each reconnect and after a while.
final class SpoolingDevice: Sendable {
    private struct State {
        var random: SeededRandom
        var boot = 1
        var sequence: Int64 = 0
        /// Everything measured.
        var measured: [ReadingKey: Int] = [:]
        /// What no receipt covers, with when it was sent last.
        var kept: [ReadingKey: ContinuousClock.Instant] = [:]
        var resent = 0
        /// How many it may send again now, and since when that holds.
        var allowance = Double(SpoolingDevice.burst)
        var allowedAt = ContinuousClock.now
        var isStopped = false
    }

    /// How long a device of the test waits for a receipt (a real one 30 s).
    private static let patience = Duration.seconds(3)
    /// Readings a second that it may send again: what the limit leaves beside those it measures.
    ///
    /// Without it ten impatient devices would send the more again, the slower the gateway is.
    private static let rate = 30.0
    /// Readings in one message that is sent again.
    private static let backlog = 200
    /// Readings that it may send again at once.
    private static let burst = 1_500

    let device: String
    private let topic: String
    private let client: MQTTClient
    private let state: Mutex<State>
    private let mustSendAll = Atomic(false)
    private let lastReceipt = Guarded("none")

    init(_ device: String, port: Int, on loop: MQTTLoop, seed: UInt64) async throws {
        self.device = device
        topic = "telehealth/v1/01/hn-0001/\(device)"
        state = Mutex(State(random: SeededRandom(seed: seed)))
        var configuration = MQTTConfiguration(port: port, clientID: device)
        configuration.subscriptions = [MQTTSubscription(topic + "/receipt")]
        configuration.retryAfter = .milliseconds(20) ... .seconds(1)
        let relay = Relay()
        client = try MQTTClient(
            configuration,
            on: loop,
            received: { relay.device?.received($0) },
            changed: { state in
                if case .connected = state {
                    relay.device?.mustSendAll.store(true, ordering: .relaxed)
                }
            }
        )
        relay.take(self)
        await client.connect()
        try await client.connected()
    }

    /// Lets the client's closures, which are made first, find the device.
    private final class Relay: Sendable {
        private let box = Guarded<SpoolingDevice?>(nil)
        var device: SpoolingDevice? { box.withLock(\.self) }
        func take(_ device: SpoolingDevice?) { box.withLock { $0 = device } }
    }

    var measured: [ReadingKey: Int] { state.withLock(\.measured) }
    var resent: Int { state.withLock(\.resent) }
    var isCovered: Bool { state.withLock(\.kept.isEmpty) }
    /// How many readings no receipt covers.
    var kept: Int { state.withLock(\.kept.count) }

    /// What no receipt covers, for the report of a failed run.
    var uncovered: String {
        let keys = state.withLock { state in
            state.kept.keys.sorted { ($0.boot, $0.sequence) < ($1.boot, $1.sequence) }
        }
        guard let first = keys.first, let last = keys.last else { return "" }
        return "\(device) \(keys.count): \(first.boot) \(first.sequence) …"
            + " \(last.boot) \(last.sequence); last receipt"
            + " \(lastReceipt.withLock { String($0.suffix(200)) })"
    }

    /// Measures no more; what is kept is still sent.
    func rest() {
        state.withLock { $0.isStopped = true }
    }

    /// Measures twenty times a second and sends, until it rests and all is covered.
    func run() async throws {
        while !(state.withLock(\.isStopped) && isCovered) {
            if !state.withLock(\.isStopped) { await measure() }
            await sendAgain()
            // The load's pace: below what one device may send for ever.
            try await Task.sleep(for: .milliseconds(50))
        }
        await client.disconnect()
    }

    private func measure() async {
        let (key, rate) = state.withLock { state in
            if state.sequence > 20, state.random.chance(0.01) {
                state.boot += 1
                state.sequence = 0
            }
            state.sequence += 1
            let key = ReadingKey(
                device: device,
                boot: "boot-\(state.boot)",
                sequence: state.sequence
            )
            // It follows from the number, so that a mixed-up row shows.
            let rate = 60 + Int(state.sequence * 7 + Int64(state.boot) * 3) % 40
            state.measured[key] = rate
            state.kept[key] = .now
            return (key, rate)
        }
        await send([(key, rate)])
    }

    private func sendAgain() async {
        let sendsAll = mustSendAll.exchange(false, ordering: .relaxed)
        let again = state.withLock { state -> [(ReadingKey, Int)] in
            let now = ContinuousClock.now
            let seconds = state.allowedAt.duration(to: now) / .seconds(1)
            state.allowance = min(
                Double(SpoolingDevice.burst),
                state.allowance + seconds * SpoolingDevice.rate
            )
            state.allowedAt = now
            let kept = state.kept.filter { sendsAll || $0.value + SpoolingDevice.patience <= now }
            // A backlog at a time, not a message for each reading that may go.
            guard state.allowance >= Double(min(kept.count, SpoolingDevice.backlog)) else {
                return []
            }
            let due = kept.sorted { $0.value < $1.value }.prefix(Int(state.allowance))
            for (key, _) in due { state.kept[key] = now }
            state.allowance -= Double(due.count)
            state.resent += due.count
            return due.map { ($0.key, state.measured[$0.key] ?? 0) }
        }
        for (_, entries) in Dictionary(grouping: again, by: { $0.0.boot }) {
            let ordered = entries.sorted { $0.0.sequence < $1.0.sequence }
            for start in stride(from: 0, to: ordered.count, by: SpoolingDevice.backlog) {
                let end = min(start + SpoolingDevice.backlog, ordered.count)
                await send(Array(ordered[start..<end]))
            }
        }
    }

    /// A message that cannot be sent now is sent again later, like one that is lost.
    private func send(_ entries: [(ReadingKey, Int)]) async {
        guard let boot = entries.first?.0.boot else { return }
        let list = entries.map { "{\"seq\":\($0.0.sequence),\"hr\":\($0.1)}" }
        let payload = "{\"boot\":\"\(boot)\",\"readings\":[\(list.joined(separator: ","))]}"
        await client.send(MQTTMessage(topic: topic + "/vitals", text: payload))
    }

    private func received(_ batch: MQTTBatch) {
        for index in 0..<batch.count {
            guard let receipt = try? JSONObject(batch.payloadBytes(index)),
                let high = receipt.integer("seqHigh"), let boot = receipt["boot"]
            else { continue }
            let gaps = receipt.ranges("gaps")
            lastReceipt.withLock {
                $0 = String(decoding: batch.payloadBytes(index), as: UTF8.self)
            }
            state.withLock { state in
                for key in state.kept.keys
                where key.boot == boot && key.sequence <= Int64(high)
                    && !gaps.contains(where: { $0.contains(key.sequence) })
                {
                    state.kept[key] = nil
                }
            }
        }
    }
}
