public import Scheduler
import Signalling
public import Vocabulary

/// Questions about what is not so.
extension CareLoop {
    /// What would move if something were otherwise in the half-open range; changes nothing.
    ///
    /// Bookings that have begun stay in it as they are.
    public func whatIf(
        _ supposition: Supposition,
        from start: Instant,
        until end: Instant,
        at now: Instant
    ) -> WhatIf {
        var placed: [Placed] = []
        for (id, care) in cases {
            let hasNotBegun = care.booking.map {
                $0.start > now && ($0.state == .offered || $0.state == .confirmed)
            }
            guard care.request.group == nil, hasNotBegun ?? searching.contains(id) else { continue }
            let waiting = WaitingRequest(care.request, terms: terms(of: care, at: now))
            placed.append(Placed(waiting, booking: care.booking))
        }
        placed.sort { $0.waiting.request.id < $1.waiting.request.id }
        return matcher.whatIf(supposition, from: start, until: end, placed, in: roster, at: now)
    }
}
