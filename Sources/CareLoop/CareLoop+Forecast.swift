public import Scheduler

/// What the loop knows of the next hours.
extension CareLoop {
    /// A forecaster over the doctors with their bookings and the requests that have no doctor yet.
    ///
    /// It is a copy: it may be asked beside the loop, as long as it takes.
    public func forecaster(history: ArrivalHistory) -> Forecaster {
        func times(_ times: UrgencyTimes) -> [Urgency: Duration] {
            Dictionary(Urgency.allCases.map { ($0, times[$0]) }, uniquingKeysWith: { $1 })
        }
        return Forecaster(
            roster: roster,
            queue: cases.values.filter { $0.isSearching && !$0.isWritten }.map(\.request),
            leads: times(policy.lead),
            lengths: times(policy.length),
            history: history
        )
    }
}
