public import Scheduler
import Signalling
public import Vocabulary

/// Changes of a doctor's hours, and the bookings they would leave behind.
extension CareLoop {
    /// The live bookings that the doctor's hours hold and these would not; nothing changes.
    public func stranded(
        by availability: Availability,
        of id: DoctorID,
        at now: Instant
    ) -> [Booking] {
        guard let doctor = roster.doctor(id) else { return [] }
        let bookings = cases.values.compactMap(\.booking).filter { $0.doctors.contains(id) }
        return doctor.availability.strands(
            bookings,
            under: availability.knowing(roster.holidays),
            at: now
        )
    }

    /// Takes a doctor's new record with new hours.
    ///
    /// What the hours strand stands as it was: doctor and operations are told, and one of them, or
    /// the site, moves or cancels it.
    public mutating func availabilityChanged(_ doctor: Doctor, at now: Instant) -> [CareEffect] {
        let stranded = stranded(by: doctor.availability, of: doctor.id, at: now)
        let effects = doctorChanged(doctor, at: now)
        let tellings = stranded.map { booking in
            CareEffect.tell(
                [.doctor(doctor.id), .operations],
                Notice(
                    subject: .booking(booking),
                    why: "the doctor's new hours do not cover this booking; "
                        + "it stands until somebody moves or cancels it",
                    isEscalation: true
                )
            )
        }
        return tellings + effects
    }
}
