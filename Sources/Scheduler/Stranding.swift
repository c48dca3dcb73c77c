public import Vocabulary

/// Which bookings new hours leave behind.
///
/// A booking that people were told of never moves by itself, so hours that do not cover it any more
/// strand it: it stands until somebody moves or cancels it.
extension Availability {
    /// Whether somebody with these hours can be booked, or is on call, for the whole consult.
    func holds(_ booking: Booking) -> Bool {
        covers(from: booking.start, until: booking.end)
            || isOnCall(from: booking.start, until: booking.end)
    }

    /// The bookings that these hours hold and `next` do not, by start.
    ///
    /// Left out is what is over or has begun, and what stood outside the hours before: a doctor who
    /// is there is booked without hours too.
    public func strands(
        _ bookings: [Booking],
        under next: Availability,
        at now: Instant
    ) -> [Booking] {
        bookings.filter { $0.isAhead(at: now) && holds($0) && !next.holds($0) }
            .sorted { ($0.start, $0.id) < ($1.start, $1.id) }
    }
}

extension Booking {
    /// Whether it stands and has not begun.
    func isAhead(at now: Instant) -> Bool {
        switch state {
        case .offered, .held, .confirmed, .checkedIn: start > now
        case .inSession, .fulfilled, .noShow, .cancelled, .declined, .expired: false
        }
    }
}
