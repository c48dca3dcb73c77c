import Scheduler
import Signalling
import Vocabulary

/// What the people of a simulated day do.
enum DayEvent: Sendable {
    /// A site asks for a consult.
    case ask(SiteID)
    /// A doctor answers an offer.
    case answer(BookingID, accepts: Bool)
    /// The site takes its booking back.
    case siteCancels(BookingID)
    /// The doctor takes the booking back.
    case doctorCancels(BookingID)
    /// Somebody enters the room.
    case join(SessionID, ParticipantRole)
    /// The doctor gives the outcome.
    case outcome(SessionID)
    /// The forecast reads the records anew.
    case forecast
}

/// Events in the order of time; those of one instant in the order in which they were planned.
struct DayCalendar {
    private struct Entry {
        let at: Instant
        let number: Int
        let event: DayEvent

        func isBefore(_ other: Entry) -> Bool { (at, number) < (other.at, other.number) }
    }

    private var heap: [Entry] = []
    private var planned = 0

    /// When the next event is.
    var next: Instant? { heap.first?.at }

    mutating func plan(_ event: DayEvent, at instant: Instant) {
        heap.append(Entry(at: instant, number: planned, event: event))
        planned += 1
        var place = heap.count - 1
        while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func take() -> DayEvent? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.event }
        heap[0] = last
        var place = 0
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].isBefore(heap[$1]) }),
                heap[least].isBefore(heap[place])
            else { return first.event }
            heap.swapAt(place, least)
            place = least
        }
    }
}
