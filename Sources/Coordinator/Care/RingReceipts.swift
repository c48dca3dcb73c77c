import CareLoop
import Vocabulary

/// Which rings were handed to an open console, on their way into the records.
///
/// The mark is no part of the telling: when the process ends before it is stored, the sockets end
/// too, and the doctor's desk gets the ring in its next snapshot.
struct RingReceipts: Sendable {
    private let rings: AsyncStream<BookingID>
    private let queue: AsyncStream<BookingID>.Continuation

    init() {
        (rings, queue) = AsyncStream.makeStream()
    }

    func add(_ ring: BookingID) {
        queue.yield(ring)
    }

    func stop() {
        queue.finish()
    }

    /// Works until `stop`.
    func run(_ services: Services) async {
        for await ring in rings {
            await services.care.note { loop, now in
                CareDecision(loop.ringDelivered(ring, at: now))
            }
        }
    }
}
