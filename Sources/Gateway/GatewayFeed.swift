public import Clinical
import EventLoop
import Vocabulary

/// Something durable that the rest of the house may want to know.
public enum GatewayEvent: Sendable {
    /// Alarms that were raised or changed: whole records.
    case alarms([Alarm])
    /// Readings that were scored, sent-again ones left out as far as they were known to be.
    case readings([Reading])
    /// Devices that came or went.
    case presence([DevicePresence])
    /// Commands that devices answered, or that expired; the newest thousand.
    case commands([DeviceCommand])
    /// Losses at the broker, the newest hundred.
    case incidents([BrokerIncident])
}

/// The gateway's events, for one follower.
///
/// Bounded: of an alarm or a device that changes again before the follower looks, the newest
/// record is kept, so neither is ever lost; of readings the newest are kept.
public final class GatewayFeed: AsyncSequence, Sendable {
    /// One event.
    public typealias Element = GatewayEvent

    private struct State {
        var alarms = NewestRecords<AlarmID, Alarm> { $0.id }
        var readings: [Reading] = []
        var presence = NewestRecords<DeviceID, DevicePresence> { $0.device }
        var incidents: [BrokerIncident] = []
        var commands: [DeviceCommand] = []
        var dropped = 0
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?

        var hasEvent: Bool {
            !alarms.isEmpty || !readings.isEmpty || !presence.isEmpty || !incidents.isEmpty
                || !commands.isEmpty || isOver
        }
    }

    private let state = Guarded(State())
    private let readingLimit: Int

    init(readingLimit: Int) {
        self.readingLimit = readingLimit
    }

    /// How many readings were dropped because nobody took them.
    public var droppedReadings: Int { state.withLock(\.dropped) }

    /// Steps through the events.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let feed: GatewayFeed

        /// The next event, alarms first; nil when the gateway has stopped or the task is cancelled.
        public func next() async -> GatewayEvent? {
            while !Task.isCancelled {
                if let event = feed.take() { return event }
                if feed.isOver { return nil }
                await feed.wait()
            }
            return nil
        }
    }

    /// The only iterator that should be in use.
    public func makeAsyncIterator() -> Iterator {
        Iterator(feed: self)
    }

    func add(
        alarms: [Alarm],
        readings: [Reading],
        presence: [DevicePresence],
        commands: [DeviceCommand] = []
    ) {
        update { state in
            for alarm in alarms { state.alarms.note(alarm) }
            for device in presence { state.presence.note(device) }
            state.commands.append(contentsOf: commands)
            let surplus = state.commands.count - 1_000
            if surplus > 0 { state.commands.removeFirst(surplus) }
            state.readings.append(contentsOf: readings)
            let excess = state.readings.count - readingLimit
            if excess > 0 {
                state.readings.removeFirst(excess)
                state.dropped += excess
            }
        }
    }

    func add(_ incident: BrokerIncident) {
        update { state in
            if state.incidents.count == 100 { state.incidents.removeFirst() }
            state.incidents.append(incident)
        }
    }

    func finish() {
        update { $0.isOver = true }
    }

    private var isOver: Bool { state.withLock(\.isOver) }

    private func take() -> GatewayEvent? {
        state.withLock { state in
            if !state.alarms.isEmpty { return .alarms(state.alarms.take()) }
            if !state.commands.isEmpty {
                defer { state.commands = [] }
                return .commands(state.commands)
            }
            if !state.incidents.isEmpty {
                defer { state.incidents = [] }
                return .incidents(state.incidents)
            }
            if !state.presence.isEmpty { return .presence(state.presence.take()) }
            guard !state.readings.isEmpty else { return nil }
            defer { state.readings = [] }
            return .readings(state.readings)
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.hasEvent || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }

    private func update(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            return state.hasEvent ? state.waiter.take() : nil
        }
        waiter?.resume()
    }
}
