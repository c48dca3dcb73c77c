/// A language that people consult in, by its ISO 639 code (`vi`, `hmn`, `tyz`, `km`).
public struct Language: Hashable, Sendable, RawRepresentable, Codable {
    /// The ISO 639 code, lower case.
    public let rawValue: String

    /// The language with this ISO 639 code.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Vietnamese.
    public static let vietnamese = Language(rawValue: "vi")
    /// Hmong.
    public static let hmong = Language(rawValue: "hmn")
    /// Tày.
    public static let tay = Language(rawValue: "tyz")
    /// Thái (Tai Dam).
    public static let thai = Language(rawValue: "blt")
    /// Khmer.
    public static let khmer = Language(rawValue: "km")
    /// Ê Đê (Rade).
    public static let ede = Language(rawValue: "rad")
    /// English.
    public static let english = Language(rawValue: "en")

    /// Its name in English; the code of a language that the project does not name.
    public var name: String { Language.names[self] ?? rawValue }

    private static let names: [Language: String] = [
        .vietnamese: "Vietnamese", .hmong: "Hmong", .tay: "Tày", .thai: "Thái", .khmer: "Khmer",
        .ede: "Ê Đê", .english: "English",
    ]
}
