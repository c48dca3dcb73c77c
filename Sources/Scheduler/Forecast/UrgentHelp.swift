public import Vocabulary

/// What is done for who cannot wait for a doctor of the specialty.
public struct UrgentHelp: Sendable, Equatable {
    /// Specialties that are rung in another's stead when nobody of it can begin at once, of
    /// hospitals of any level, by urgency; none for an urgency that is not rung for so widely.
    public var standIns: [Urgency: [Specialty: [Specialty]]]
    /// From asking to the last start that a plan gives; after that whoever is free first is rung.
    public var due: [Urgency: Duration]

    /// Bookings that an emergency may displace once no plan meets its time.
    public var movable: [Booking]

    /// By default nothing is done.
    public init(
        standIns: [Urgency: [Specialty: [Specialty]]] = [:],
        due: [Urgency: Duration] = [:],
        movable: [Booking] = []
    ) {
        self.standIns = standIns
        self.due = due
        self.movable = movable
    }
}
