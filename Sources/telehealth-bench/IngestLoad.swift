import EventLoop
import Foundation
import MQTT
import Vocabulary

/// Devices that publish as fast as the broker takes it.
struct IngestLoad {
    let messages: Int
    let devices: Int
    let partitions: Int
    let qos: MQTTQoS
    let payload: BenchPayload

    /// How many messages of each device may be on their way.
    private static let window = 200

    /// Publishes everything; `half` is called once when about half is on its way.
    func run(to broker: BenchBroker, half: @escaping @Sendable () -> Void = {}) async throws {
        let loop = MQTTLoop(name: "devices")
        loop.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...devices {
                let share = messages / devices + (number <= messages % devices ? 1 : 0)
                group.addTask {
                    try await publish(
                        share,
                        from: number,
                        broker,
                        loop,
                        half: number == 1 ? half : {}
                    )
                }
            }
            try await group.waitForAll()
        }
        await loop.stop()
    }

    private func publish(
        _ count: Int,
        from number: Int,
        _ broker: BenchBroker,
        _ loop: MQTTLoop,
        half: @Sendable () -> Void
    ) async throws {
        let client = try MQTTClient(broker.client(benchDevice(number)), on: loop)
        await client.connect()
        try await client.connected()
        // A backlog of the last ten minutes, so that no two readings were measured at once.
        let end = SteadyClock().now().milliseconds
        let step = max(1, 600_000 / Int64(max(count, 1)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sequence in 0..<count {
                if sequence >= IngestLoad.window { try await group.next() }
                if sequence == count / 2 { half() }
                let at = Instant(milliseconds: end - step * Int64(count - sequence))
                let message = MQTTMessage(
                    topic: benchTopic(number, of: partitions),
                    payload: payload.bytes(sequence + 1, at: at),
                    qos: qos,
                    contentType: payload.contentType
                )
                group.addTask { try await client.publish(message) }
            }
            try await group.waitForAll()
        }
        await client.disconnect()
    }
}
