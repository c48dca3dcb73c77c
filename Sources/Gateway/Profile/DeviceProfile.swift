import Clinical
import Vocabulary
import Wire

/// How one vendor's payloads become readings, compiled: a plain value that a decoder walks along.
public struct DeviceProfile: Sendable {
    /// The name that devices are registered with.
    public let name: String
    /// What it is for, one line.
    public let summary: String
    /// Content types whose payloads it reads although they name no form.
    let contentTypes: [String]
    let shape: Shape

    enum Shape: Sendable {
        case json(ProfileMap)
        case senML(SenMLDialect)
    }

    /// The name of the project's own form, which no profile may have.
    public static let native = "native"

    /// Compiles a profile; throws for whatever could not work with any payload.
    public init(_ source: DeviceProfileSource) throws(DeviceProfileError) {
        guard SiteID(rawValue: source.name) != nil, source.name != DeviceProfile.native else {
            throw DeviceProfileError(
                "'name' must be [a-z0-9-]{1,40} and not '\(DeviceProfile.native)'"
            )
        }
        name = source.name
        summary = source.summary
        contentTypes = source.contentTypes.map { $0.lowercased() }
        switch source.form {
        case "json": shape = .json(try ProfileMap(source))
        case "senml": shape = .senML(try SenMLDialect(source))
        default: throw DeviceProfileError("'form' must be json or senml")
        }
    }

    /// Whether the profile reads payloads of this content type.
    func claims(_ mediaType: Span<UInt8>) -> Bool {
        contentTypes.contains { name in
            guard name.utf8.count == mediaType.count else { return false }
            var index = 0
            for byte in name.utf8 {
                let other = mediaType[index]
                let isCapital = other >= UInt8(ascii: "A") && other <= UInt8(ascii: "Z")
                guard byte == (isCapital ? other | 0x20 : other) else { return false }
                index += 1
            }
            return true
        }
    }
}

/// What a profile looks for in a vendor's JSON.
struct ProfileMap: Sendable {
    /// How a time is written.
    enum TimeFormat: Sendable, Equatable {
        case rfc3339, seconds, milliseconds
        /// A date and time without its zone, which is this one: `+07:00`.
        case local([UInt8])
    }

    struct Time: Sendable {
        var slot: Int
        var format: TimeFormat
    }

    /// What a value means: its unit, its words, and what the vendor writes for nothing.
    struct Meaning: Sendable {
        var unit: MeasureUnit?
        var units: [SenMLDialect.Entry<MeasureUnit>] = []
        var absent: [Absent] = []
        /// Words for levels of consciousness and for oxygen.
        var words: [SenMLDialect.Entry<Magnitude>] = []
    }

    /// What the vendor writes when nothing was measured.
    enum Absent: Sendable {
        case number(ExactDecimal)
        case word([UInt8])
    }

    struct Rule: Sendable {
        var sign: Sign
        var slot: Int
        var unitSlot: Int?
        var qualitySlot: Int?
        var meaning: Meaning
    }

    struct List: Sendable {
        var slot: Int
        var tree = ProfileTree()
        var code = 0
        var value = 0
        var unit: Int?
        var quality: Int?
        var codes: [(code: [UInt8], sign: Sign, meaning: Meaning)] = []
    }

    /// Paths from the payload's root, and those from each reading.
    var root = ProfileTree()
    var reading = ProfileTree()
    /// The root's slot of the array of readings; nil: the payload is one reading.
    var readings: Int?
    var sequence: Slot?
    var boot: Slot?
    var time: (slot: Slot, format: TimeFormat)?
    var sent: (slot: Slot, format: TimeFormat)?
    var battery: (slot: Slot, unit: MeasureUnit)?
    var rules: [Rule] = []
    var list: List?
    var qualities: [SenMLDialect.Entry<Validity>] = []

    /// What the device says of a value.
    enum Validity: Sendable, Equatable {
        case valid, questionable, invalid
    }

    /// A slot of the root's paths or of the reading's.
    struct Slot: Sendable {
        var index: Int
        var isRoot: Bool
    }
}
