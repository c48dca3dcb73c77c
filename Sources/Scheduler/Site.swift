public import Vocabulary

/// A hospital's level in the Vietnamese system; 1 is the highest.
public enum SiteTier: Int, Sendable, CaseIterable, Comparable {
    /// Central hospital.
    case central = 1
    /// Provincial hospital.
    case provincial = 2
    /// Regional (formerly district) hospital or health centre.
    case regional = 3
    /// Commune station.
    case commune = 4

    /// The highest level is smallest.
    public static func < (left: SiteTier, right: SiteTier) -> Bool {
        left.rawValue < right.rawValue
    }

    /// `central`, `provincial`, `regional` or `commune`.
    public var name: String {
        switch self {
        case .central: "central"
        case .provincial: "provincial"
        case .regional: "regional"
        case .commune: "commune"
        }
    }

    /// The tier with this name, or nil.
    public init?(name: String) {
        guard let tier = SiteTier.allCases.first(where: { $0.name == name }) else { return nil }
        self = tier
    }
}

extension SiteTier: Codable {
    /// Decodes the name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let tier = SiteTier(name: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "a tier is central, provincial, regional or commune"
            )
        }
        self = tier
    }

    /// Encodes the name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// A telehealth site: a place with stations that a consult can be held from.
public struct Site: Codable, Sendable, Identifiable, Equatable {
    /// The site's id.
    public let id: SiteID
    /// The name as written locally, with diacritics.
    public var name: String
    /// The province's code, as in topics.
    public var province: ProvinceID
    /// The province's name.
    public var provinceName: String
    /// The ward's, commune's or special zone's name.
    public var ward: String
    /// Latitude, WGS84 degrees.
    public var latitude: Double
    /// Longitude, WGS84 degrees.
    public var longitude: Double
    /// The level.
    public var tier: SiteTier
    /// How many consults it can hold at a time.
    public var stations: Int
    /// The upper-level hospitals it is twinned with, nearest first.
    public var chain: [SiteID]
    /// When planned consults are held there, every week; nil around the clock.
    public var opening: [WeeklyWindow]?
    /// What its link carries; nil where nobody has said so, and video is tried.
    public var link: LinkQuality?
    /// Dates on which that does not hold; nil without any.
    public var openingExceptions: OpeningExceptions?

    /// A site record.
    public init(
        id: SiteID,
        name: String,
        province: ProvinceID,
        provinceName: String,
        ward: String,
        latitude: Double,
        longitude: Double,
        tier: SiteTier,
        stations: Int,
        chain: [SiteID]
    ) {
        self.id = id
        self.name = name
        self.province = province
        self.provinceName = provinceName
        self.ward = ward
        self.latitude = latitude
        self.longitude = longitude
        self.tier = tier
        self.stations = stations
        self.chain = chain
    }
}
