public import Vocabulary

/// Who is to take part in a consult beside the asking site and the specialty asked for first: all
/// at one time.
public struct GroupDemand: Codable, Sendable, Equatable {
    /// The most further sites.
    public static let siteLimit = 50
    /// The most further specialties.
    public static let specialtyLimit = 8

    /// A further site.
    public struct Site: Codable, Sendable, Equatable {
        /// The site.
        public let site: SiteID
        /// Whether the consult waits for a time at which it has a station free.
        public let isRequired: Bool

        /// A further site; required unless said otherwise.
        public init(_ site: SiteID, isRequired: Bool = true) {
            self.site = site
            self.isRequired = isRequired
        }
    }

    /// A further specialty, of which one doctor comes.
    public struct Seat: Codable, Sendable, Equatable {
        /// The specialty.
        public let specialty: Specialty
        /// Whether the consult waits for a time at which a doctor of it is free.
        public let isRequired: Bool

        /// A further specialty; required unless said otherwise.
        public init(_ specialty: Specialty, isRequired: Bool = true) {
            self.specialty = specialty
            self.isRequired = isRequired
        }
    }

    /// The further sites.
    public let sites: [Site]
    /// The further specialties.
    public let seats: [Seat]

    /// A demand; nil when there are too many, when somebody stands twice, or when nobody is asked.
    public init?(sites: [Site], seats: [Seat]) {
        guard sites.count <= GroupDemand.siteLimit, seats.count <= GroupDemand.specialtyLimit,
            Set(sites.map(\.site)).count == sites.count,
            Set(seats.map(\.specialty)).count == seats.count, !sites.isEmpty || !seats.isEmpty
        else { return nil }
        self.sites = sites
        self.seats = seats
    }
}
