import Clinical
import Scheduler
import Vocabulary

/// Who stands behind a step of an alarm's chain.
extension CareLoop {
    /// How many doctors one step tells: more would each think that another comes.
    public static let addresseeLimit = 3

    /// Chooses the doctors of a step that has none yet, once in a life of the process.
    mutating func chooseDoctors(
        _ alarm: Alarm,
        patient: Patient?,
        at now: Instant
    ) -> [CareEffect] {
        guard let offer = alarm.offers?.last, offer.state == .offered, offer.doctors == nil,
            (alarms[alarm.id]?.chosenOffer ?? 0) < offer.number
        else { return [] }
        alarms[alarm.id]?.chosenOffer = offer.number
        let doctors = doctors(for: offer.to, alarm, patient: patient, at: now)
        return [.offerAlarm(alarm.id, number: offer.number, to: doctors)]
    }

    private func doctors(
        for role: EscalationRole,
        _ alarm: Alarm,
        patient: Patient?,
        at now: Instant
    ) -> [DoctorID] {
        switch role {
        case .nurse: []
        case .siteDoctor:
            first(roster.doctors.filter { $0.hospital == alarm.site && $0.isReachable(at: now) })
        case .onCallSpecialist: specialists(alarm, patient: patient, at: now)
        }
    }

    /// Specialists on call: of the cause's specialty, else of those that serve in its stead; of
    /// the twinned hospitals, else of any.
    private func specialists(_ alarm: Alarm, patient: Patient?, at now: Instant) -> [DoctorID] {
        let policy = policy(of: alarm.site)
        let specialty = policy.specialty(of: alarm, patient: patient, at: now)
        let chain = roster.site(alarm.site)?.chain ?? []
        for specialty in [specialty] + (policy.fallback[specialty] ?? []) {
            let onCall = roster.doctors(of: specialty).compactMap { roster.doctor($0) }
                .filter { $0.isOnCall(at: now) }
            let near = onCall.filter { chain.contains($0.hospital) }
            if !onCall.isEmpty { return first(near.isEmpty ? onCall : near) }
        }
        return []
    }

    private func first(_ doctors: [Doctor]) -> [DoctorID] {
        Array(doctors.map(\.id).sorted().prefix(CareLoop.addresseeLimit))
    }
}

extension Doctor {
    /// Whether the doctor says so, or is on the on-call roster now.
    fileprivate func isOnCall(at now: Instant) -> Bool {
        presence == .onCall || availability.isOnCall(at: now)
    }

    /// Whether the doctor can be reached at all now.
    fileprivate func isReachable(at now: Instant) -> Bool {
        presence != .off || isOnCall(at: now)
    }
}
