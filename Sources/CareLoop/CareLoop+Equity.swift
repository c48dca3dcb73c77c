public import Scheduler
public import Vocabulary

/// What the loop knows of waits, for the goal of fair waits among provinces.
extension CareLoop {
    /// Takes note of how long a request waited for its consult, from asking or from the earliest
    /// time wished for.
    public mutating func waitSeen(of request: ConsultRequest, until start: Instant) {
        guard let province = roster.site(request.site)?.province else { return }
        let since = max(request.openedAt, request.earliest)
        roster.waits.note(start - since, request.urgency, in: province)
    }
}
