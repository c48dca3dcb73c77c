import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// What the care loop asks of the alarms, done in order beside it.
///
/// The gateway answers when the changed alarm is durable, which the care loop need not wait for: a
/// crash in between is mended by the restart, which repeats these.
struct AlarmWork: Sendable {
    enum Item: Sendable {
        case attach(RequestID, to: AlarmID)
        case offer(AlarmID, number: Int, to: [DoctorID])
        case consultEnded(RequestID, of: AlarmID)
    }

    private let items: AsyncStream<Item>
    private let queue: AsyncStream<Item>.Continuation

    init() {
        (items, queue) = AsyncStream.makeStream()
    }

    func add(_ item: Item) {
        queue.yield(item)
    }

    func stop() {
        queue.finish()
    }

    /// Works until `stop`.
    func run(_ services: Services) async {
        for await item in items {
            do {
                switch item {
                case .attach(let request, let alarm):
                    _ = try await services.gateway.attach(request, to: alarm)
                case .offer(let alarm, let number, let doctors):
                    _ = try await services.gateway.choose(doctors, forOffer: number, of: alarm)
                case .consultEnded(let request, let alarm):
                    _ = try await services.gateway.consultEnded(request, of: alarm)
                }
            } catch {
                services.log(.warning, "alarms", "an alarm was not brought up to date: \(error)")
            }
        }
    }
}
