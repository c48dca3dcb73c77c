public import Vocabulary

/// Whether doctors can be reached: what their connections show, beside what they say of themselves.
///
/// The doctor's word (`Presence`, on-call windows) decides whether the doctor may be asked at all;
/// an open console decides whether the doctor is among the first to be rung. A doctor on call whose
/// connection is down is rung in a later step, for the telephone in the pocket shows the same.
extension CareLoop {
    /// What is known of a doctor's connections.
    struct Contact: Sendable {
        var isOpen: Bool
        /// When one was last known to be open.
        var lastSeenAt: Instant
    }

    /// The doctor's first connection opened: whoever is being rung for may ring here now, too.
    public mutating func doctorConnected(_ id: DoctorID, at now: Instant) -> [CareEffect] {
        contacts[id] = Contact(isOpen: true, lastSeenAt: now)
        newcomers.insert(id)
        return settle(at: now)
    }

    /// The doctor's last connection is gone; for `LoopPolicy.reachGrace` the doctor still counts
    /// as reachable, because browsers come back.
    public mutating func doctorDisconnected(_ id: DoctorID, at now: Instant) -> [CareEffect] {
        contacts[id] = Contact(isOpen: false, lastSeenAt: now)
        return settle(at: now)
    }

    /// Takes who is connected now, after `restore`.
    public mutating func doctorsSeen(_ doctors: Set<DoctorID>, at now: Instant) -> [CareEffect] {
        for id in doctors { contacts[id] = Contact(isOpen: true, lastSeenAt: now) }
        newcomers.formUnion(doctors)
        return settle(at: now)
    }

    /// Whether the doctor has an open connection, or had one within the grace.
    public func isReachable(_ id: DoctorID, at now: Instant) -> Bool {
        guard let contact = contacts[id] else { return false }
        return contact.isOpen || now < contact.lastSeenAt + policy.reachGrace
    }

    /// When the doctor last had an open connection; `now` while it is open, nil when never since
    /// the start.
    public func lastSeen(_ id: DoctorID, at now: Instant) -> Instant? {
        contacts[id].map { $0.isOpen ? now : $0.lastSeenAt }
    }
}
