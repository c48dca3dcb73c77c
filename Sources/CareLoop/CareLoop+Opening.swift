public import Scheduler
import Signalling
public import Vocabulary

/// Changes of a site's opening hours, and the bookings they would leave behind.
extension CareLoop {
    /// The live planned bookings that the site's hours hold and these would not; nothing changes.
    ///
    /// Emergencies and urgent consults are held whenever they are needed. A group's consult counts at
    /// each of its sites.
    public func stranded(
        by hours: OpeningHours,
        of id: SiteID,
        at now: Instant
    ) -> [Booking] {
        guard let site = roster.site(id) else { return [] }
        let bookings = cases.values.filter { $0.request.urgency > .urgent }
            .compactMap(\.booking)
            .filter { booking in
                let claims = booking.claims ?? []
                return booking.site == id || claims.contains { $0.on == .site(id) }
            }
        return site.openingHours.strands(bookings, under: hours, at: now)
    }

    /// Takes a site's new record with new hours.
    ///
    /// What the hours strand stands as it was: site, doctor and operations are told, and one of them
    /// moves or cancels it.
    public mutating func openingChanged(_ site: Site, at now: Instant) -> [CareEffect] {
        let stranded = stranded(by: site.openingHours, of: site.id, at: now)
        let effects = siteChanged(site, at: now)
        let tellings = stranded.map { booking in
            CareEffect.tell(
                [.site(site.id), .doctor(booking.doctor), .operations],
                Notice(
                    subject: .booking(booking),
                    why: "the site's new opening hours do not cover this booking; "
                        + "it stands until somebody moves or cancels it",
                    isEscalation: true
                )
            )
        }
        return tellings + effects
    }
}
