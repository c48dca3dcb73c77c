public import Scheduler
import Vocabulary

/// Patients who did not come again and again: they are reminded more often, and nothing else.
///
/// Whoever lives far from the station, or has no telephone of their own, must not lose a consult
/// over it.
struct MissedConsults: Sendable {
    /// Misses of one patient that are remembered, the newest.
    static let limit = 8

    private var missed: [PatientID: [Instant]] = [:]

    /// Takes note of a consult to which the patient's side did not come.
    mutating func note(_ patient: PatientID, at start: Instant) {
        var times = missed[patient] ?? []
        guard !times.contains(start) else { return }
        times.append(start)
        missed[patient] = Array(times.sorted().suffix(MissedConsults.limit))
    }

    /// How many consults the patient has missed since then.
    func count(_ patient: PatientID, since instant: Instant) -> Int {
        missed[patient]?.count { $0 >= instant } ?? 0
    }
}

extension CareLoop {
    /// Takes note of a consult of the past to which the patient's side did not come.
    public mutating func missSeen(of booking: Booking) {
        misses.note(booking.patient, at: booking.start)
    }

    /// Whether the patient has missed so many consults of late that more reminders help.
    func needsReminding(_ booking: Booking, at now: Instant) -> Bool {
        let policy = policy(of: booking.site)
        let count = misses.count(booking.patient, since: now - policy.missMemory)
        return count >= policy.missesForReminders
    }
}
