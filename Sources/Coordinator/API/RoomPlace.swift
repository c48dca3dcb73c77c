import Scheduler
import Signalling
import Vocabulary

/// As what somebody takes part in a booking's session.
struct RoomPlace: Sendable {
    /// The role in the room.
    let role: ParticipantRole
    /// Whose name the others see.
    let claimant: Claimant
    /// How it gets in.
    var entry = SessionGrant.Entry.direct
    /// Whether it is what the booking makes of the account, and not a further participant.
    var isOwn = true

    /// Whether the account's own doctor sits there: not behind a secretary's or a second device.
    var isPerson: Bool { role == .doctor || isOwn || entry == .lobby }
}

/// Who may take part in a booking's session as what.
struct RoomPlaces: Sendable {
    let directory: Directory

    /// As what the caller enters the booking's room; nil when not at all, or not as what is asked.
    ///
    /// Asked for nothing, everybody is what the booking makes them. Besides, the asking clinic opens
    /// a second device for the patient, and a secretary; the booking's doctors a secretary, and an
    /// observer for people in training. A doctor of the same hospital may look in, so that there is
    /// somebody to hand over to.
    func place(
        of principal: Principal,
        as role: ParticipantRole?,
        in booking: Booking,
        _ session: SessionRecord?
    ) async -> RoomPlace? {
        if let doctor = principal.doctor, doctor == session?.doctor, role ?? .doctor == .doctor {
            return RoomPlace(role: .doctor, claimant: .doctor(doctor))
        }
        let own = booking.place(of: principal)
        if let own, role ?? own.role == own.role { return own }
        guard let role else { return nil }
        switch (own?.role, role) {
        case (.clinic, .patient), (.clinic, .secretary), (.doctor, .secretary),
            (.doctor, .observer):
            guard var place = own.map({ RoomPlace(role: role, claimant: $0.claimant) })
            else { return nil }
            place.isOwn = false
            place.entry =
                switch role {
                case .patient: .lobby
                case .observer: .trainee
                default: .direct
                }
            return place
        case (nil, .observer):
            guard let doctor = principal.doctor, await isColleague(doctor, of: booking)
            else { return nil }
            return RoomPlace(
                role: .observer,
                claimant: .doctor(doctor),
                entry: .lobby,
                isOwn: false
            )
        default: return nil
        }
    }

    /// Whether the doctor works at the hospital of one of the booking's doctors.
    private func isColleague(_ doctor: DoctorID, of booking: Booking) async -> Bool {
        guard let hospital = await directory.doctor(doctor)?.hospital else { return false }
        for other in booking.doctors where await directory.doctor(other)?.hospital == hospital {
            return true
        }
        return false
    }

    /// What the others see of whoever sits there.
    func name(of place: RoomPlace, in names: BookingNames) async -> String {
        guard case .doctor(let doctor) = place.claimant else { return names[place.claimant] }
        return await directory.doctor(doctor)?.name ?? names[place.claimant]
    }
}

extension Booking {
    /// As what the caller takes part in the booking's session; nil when not at all.
    func place(of principal: Principal) -> RoomPlace? {
        if let own = principal.doctor, doctor == own {
            return RoomPlace(role: .doctor, claimant: .doctor(own))
        }
        if let own = principal.site, site == own {
            return RoomPlace(role: .clinic, claimant: .site(own))
        }
        if let own = principal.doctor, doctors.contains(own) {
            return RoomPlace(role: .doctor, claimant: .doctor(own))
        }
        // Who listens in must not count as the asking clinic.
        if let own = principal.site, sites.contains(own) {
            return RoomPlace(role: .observer, claimant: .site(own))
        }
        if let own = principal.interpreter, interpreters.contains(own) {
            return RoomPlace(role: .interpreter, claimant: .interpreter(own))
        }
        return nil
    }
}
