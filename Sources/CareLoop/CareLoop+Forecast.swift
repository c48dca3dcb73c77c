public import Scheduler
public import Vocabulary

/// What the loop knows of the next hours.
extension CareLoop {
    /// A forecaster over the doctors with their bookings and the requests that have no doctor yet;
    /// those whose doctors are being rung are among them, for a ring takes nobody's time.
    ///
    /// It is a copy: it may be asked beside the loop, as long as it takes.
    public func forecaster(history: ArrivalHistory, at now: Instant) -> Forecaster {
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
            weights: matcher.weights,
            urgently: UrgentHelp(
                standIns: Dictionary(
                    Urgency.allCases.filter { policy.ringing($0)?.isWide ?? false }
                        .map { ($0, policy.fallback) },
                    uniquingKeysWith: { $1 }
                ),
                due: times(policy.due),
                movable: movable(at: now)
            )
        )
    }

    /// Every booking that the budget lets an emergency displace now, by start.
    private func movable(at now: Instant) -> [Booking] {
        cases.values.compactMap { care in
            care.booking.flatMap { mayMove($0, of: care.request, at: now) ? $0 : nil }
        }
        .sorted { ($0.start, $0.id) < ($1.start, $1.id) }
    }

    /// Takes note of how much later than first planned a consult begins.
    ///
    /// A slot that people chose themselves is planned for them, too.
    mutating func noteSlip(of care: CareCase, at now: Instant) {
        guard let planned = care.plannedStart else { return }
        slips.note(now - planned, care.request.urgency, care.request.specialty)
    }
}
