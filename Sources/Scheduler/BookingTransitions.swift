public import Vocabulary

/// How a booking goes from state to state: the one table of it.
///
/// `held` is where somebody decides on a slot, `offered` where a doctor is asked; both end by
/// themselves. From `confirmed` on both ends are told. The final states have no successor, which the
/// database enforces as well.
extension BookingState {
    /// The states that may follow this one; staying is no transition.
    public var successors: Set<BookingState> {
        switch self {
        case .held: [.offered, .confirmed, .cancelled, .expired]
        case .offered: [.confirmed, .declined, .cancelled, .expired]
        // An outcome may come although nobody saw both ends in the room.
        case .confirmed: [.checkedIn, .inSession, .fulfilled, .noShow, .cancelled]
        case .checkedIn: [.inSession, .fulfilled, .noShow, .cancelled]
        case .inSession: [.fulfilled, .noShow, .cancelled]
        case .fulfilled, .noShow, .cancelled, .declined, .expired: []
        }
    }

    /// Whether a booking may begin its life here.
    public var isInitial: Bool { self == .offered || self == .held }
}

extension Booking {
    /// Goes to another state, or stays; traps on a way that the table does not have.
    ///
    /// Nobody is asked any more once it is neither offered nor held.
    public mutating func go(to next: BookingState, at now: Instant) {
        precondition(
            state == next || state.successors.contains(next),
            "a booking went from \(state) to \(next)"
        )
        state = next
        if next != .offered, next != .held { answerBy = nil }
        changedAt = now
    }
}
