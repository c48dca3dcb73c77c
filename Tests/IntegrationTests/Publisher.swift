import Foundation
import Synchronization
import Testing
import Vocabulary

/// What names a reading for ever: its device, the device's boot, its number.
struct ReadingKey: Hashable, Sendable {
    let device: String
    let boot: String
    let sequence: Int64
}

/// A device under load: publishes until it is told to stop and remembers what the broker took.
///
/// It does what devices do: sends one reading or a backlog, sends some again, and restarts now and
/// then with a new boot.
final class Publisher: Sendable {
    private struct State {
        var random: SeededRandom
        var boot = 1
        var sequence: Int64 = 0
        /// Rate by key, as the broker acknowledged it.
        var published: [ReadingKey: Int] = [:]
        var isStopped = false
    }

    let device: String
    let monitor: Monitor
    private let state: Mutex<State>

    /// A device that is connected to the broker.
    init(_ device: String, port: Int, seed: UInt64) async throws {
        self.device = device
        state = Mutex(State(random: SeededRandom(seed: seed)))
        monitor = try await Monitor(
            port: port,
            topic: "telehealth/v1/01/hn-0001/\(device)",
            clientID: device
        )
    }

    /// Everything that the broker acknowledged, with its heart rate.
    var published: [ReadingKey: Int] { state.withLock(\.published) }

    /// Ends `run`.
    func stop() {
        state.withLock { $0.isStopped = true }
    }

    /// Publishes, about eighty messages a second, until `stop`.
    func run() async throws {
        while !state.withLock(\.isStopped) {
            try await publish()
            // The load's pace: within the burst that one device may send.
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Publishes one more reading of the present boot.
    func publish() async throws {
        let (payload, keys) = state.withLock { state in
            if state.sequence > 20, state.random.chance(0.01) {
                state.boot += 1
                state.sequence = 0
            }
            let boot = "boot-\(state.boot)"
            let isAgain = state.sequence > 3 && state.random.chance(0.1)
            let count = Int64(
                state.random.chance(0.05) ? Int.random(in: 2...20, using: &state.random) : 1
            )
            let first = isAgain ? max(1, state.sequence - count) : state.sequence + 1
            let numbers = first..<(first + count)
            state.sequence = max(state.sequence, first + count - 1)
            let readings = numbers.map { number in
                "{\"seq\":\(number),\"hr\":\(Publisher.rate(number, state.boot))}"
            }
            let keys = numbers.map { number in
                (
                    ReadingKey(device: device, boot: boot, sequence: number),
                    Publisher.rate(number, state.boot)
                )
            }
            let list = readings.joined(separator: ",")
            return ("{\"boot\":\"\(boot)\",\"readings\":[\(list)]}", keys)
        }
        try await monitor.publish(payload)
        state.withLock { state in
            for (key, rate) in keys { state.published[key] = rate }
        }
    }

    /// Whether the newest receipt of the present boot covers everything.
    var isCovered: Bool {
        let (boot, last) = state.withLock { ("boot-\($0.boot)", $0.sequence) }
        guard let receipt = monitor.receipts.last(where: { $0["boot"] == boot }) else {
            return false
        }
        return receipt.integer("seqHigh") == Int(last) && receipt.count("gaps") == 0
    }

    /// A heart rate that follows from the number, so that a mixed-up row shows.
    private static func rate(_ number: Int64, _ boot: Int) -> Int {
        60 + Int(number &* 7 &+ Int64(boot) &* 3) % 40
    }
}
