public import Scheduler
import Signalling
public import Vocabulary

/// Changes of the roster: who is there, and what that makes possible.
extension CareLoop {
    /// Takes a doctor's word on being there.
    ///
    /// Who goes off gives back an offer that was to begin now; who comes back may be asked again
    /// about requests whose offer ran out.
    public mutating func presenceChanged(
        _ id: DoctorID,
        _ presence: Presence,
        at now: Instant
    ) -> [CareEffect] {
        guard var doctor = roster.doctor(id), doctor.presence != presence else { return [] }
        doctor.presence = presence
        return doctorChanged(doctor, at: now)
    }

    /// Takes a doctor's new record, or a new doctor.
    public mutating func doctorChanged(_ doctor: Doctor, at now: Instant) -> [CareEffect] {
        let wasOff = roster.doctor(doctor.id).map { $0.presence == .off } ?? true
        roster.update(doctor)
        var effects: [CareEffect] = []
        if doctor.presence == .off {
            for id in immediateOffers(to: doctor.id, at: now) {
                effects += offerRanOut(id, why: "the doctor went off", at: now)
            }
            for care in immediateMoves(to: doctor.id, at: now) {
                effects += endMove(care, as: .expired, "the doctor went off", at: now)
            }
            effects += endRings(of: doctor.id, at: now)
        } else if wasOff {
            for id in searching.sorted() { effects += forgive(doctor.id, in: id, at: now) }
        }
        wakeSearching(for: doctor.id, site: nil, at: now)
        return effects + settle(at: now)
    }

    /// Takes a site's new record, or a new site.
    public mutating func siteChanged(_ site: Site, at now: Instant) -> [CareEffect] {
        roster.update(site)
        wakeSearching(for: nil, site: site.id, at: now)
        return settle(at: now)
    }

    /// Lets the doctor be asked again whose offer of the request ran out.
    private mutating func forgive(
        _ doctor: DoctorID,
        in id: RequestID,
        at now: Instant
    ) -> [CareEffect] {
        guard let unanswered = cases[id]?.request.unansweredBy, unanswered.contains(doctor) else {
            return []
        }
        cases[id]?.request.unansweredBy = unanswered.filter { $0 != doctor }
        return finish(CareStep(id), at: now)
    }

    private func immediateMoves(to doctor: DoctorID, at now: Instant) -> [CareCase] {
        cases.values.filter { care in
            care.proposed.map { $0.doctor == doctor && $0.start < now + Pairing.reach } ?? false
        }
        .sorted { $0.request.id < $1.request.id }
    }

    private func immediateOffers(to doctor: DoctorID, at now: Instant) -> [RequestID] {
        cases.values.filter { care in
            guard let booking = care.booking, booking.doctor == doctor else { return false }
            return booking.state == .offered && booking.start < now + Pairing.reach
        }
        .map(\.request.id).sorted()
    }
}
