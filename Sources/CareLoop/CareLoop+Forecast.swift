public import Scheduler
import Vocabulary

/// What the loop knows of the next hours.
extension CareLoop {
    /// A forecaster over the doctors with their bookings and the requests that have no doctor yet;
    /// those whose doctors are being rung are among them, for a ring takes nobody's time.
    ///
    /// It is a copy: it may be asked beside the loop, as long as it takes.
    public func forecaster(history: ArrivalHistory) -> Forecaster {
        func times(_ times: UrgencyTimes) -> [Urgency: Duration] {
            Dictionary(Urgency.allCases.map { ($0, times[$0]) }, uniquingKeysWith: { $1 })
        }
        return Forecaster(
            roster: roster,
            queue: cases.values.filter { ($0.isSearching && !$0.isWritten) || !$0.rings.isEmpty }
                .map(\.request),
            leads: times(policy.lead),
            lengths: times(policy.length),
            history: history,
            slips: slips,
            weights: matcher.weights
        )
    }

    /// Takes note of how much later than first planned a consult begins.
    ///
    /// A slot that people chose themselves is planned for them, too.
    mutating func noteSlip(of care: CareCase, at now: Instant) {
        guard let planned = care.plannedStart else { return }
        slips.note(now - planned, care.request.urgency, care.request.specialty)
    }
}
