/// A device profile as its JSON5 file writes it; see `Config/device-profiles/README.md`.
///
/// A member that no profile has is an error, so that a typing error does not lose a sign.
public struct DeviceProfileSource: Decodable, Sendable {
    var name: String
    var summary: String
    var form: String
    var contentTypes: [String]
    var readings: String?
    var seq: String?
    var boot: String?
    var battery: Quantity?
    var time: Time?
    var sent: Time?
    var signs: [String: Quantity]
    var list: List?
    var quality: [String: String]
    var names: [String: String]
    var units: [String: String]

    /// Where a value lies and what it means.
    struct Quantity: Decodable, Sendable {
        var path: String
        var unit: String?
        var unitPath: String?
        var units: [String: String]
        var quality: String?
        var absent: [Word]
        var values: [String: Word]

        init(from decoder: any Decoder) throws {
            let members = try StrictMembers(
                decoder,
                ["path", "unit", "unitPath", "units", "quality", "absent", "values"]
            )
            path = try members.required("path")
            unit = try members.optional("unit")
            unitPath = try members.optional("unitPath")
            units = try members.optional("units") ?? [:]
            quality = try members.optional("quality")
            absent = try members.optional("absent") ?? []
            values = try members.optional("values") ?? [:]
        }
    }

    /// Where a time lies and how it is written.
    struct Time: Decodable, Sendable {
        var path: String
        var format: String
        var zone: String?

        init(from decoder: any Decoder) throws {
            let members = try StrictMembers(decoder, ["path", "format", "zone"])
            path = try members.required("path")
            format = try members.required("format")
            zone = try members.optional("zone")
        }
    }

    /// An array whose elements are a code with its value.
    struct List: Decodable, Sendable {
        var path: String
        var code: String
        var value: String
        var unit: String?
        var quality: String?
        var codes: [String: Code]

        init(from decoder: any Decoder) throws {
            let members = try StrictMembers(
                decoder,
                ["path", "code", "value", "unit", "quality", "codes"]
            )
            path = try members.required("path")
            code = try members.required("code")
            value = try members.required("value")
            unit = try members.optional("unit")
            quality = try members.optional("quality")
            codes = try members.required("codes")
        }
    }

    /// What a code of a list means.
    struct Code: Decodable, Sendable {
        var sign: String
        var unit: String?
        var units: [String: String]
        var absent: [Word]
        var values: [String: Word]

        init(from decoder: any Decoder) throws {
            let members = try StrictMembers(
                decoder,
                ["sign", "unit", "units", "absent", "values"]
            )
            sign = try members.required("sign")
            unit = try members.optional("unit")
            units = try members.optional("units") ?? [:]
            absent = try members.optional("absent") ?? []
            values = try members.optional("values") ?? [:]
        }
    }

    /// A word, a number or a truth value of the vendor's, as its text.
    struct Word: Decodable, Sendable {
        var text: String
        var isNumber = false

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let truth = try? container.decode(Bool.self) {
                text = truth ? "true" : "false"
            } else if let whole = try? container.decode(Int64.self) {
                text = String(whole)
                isNumber = true
            } else if let number = try? container.decode(Double.self) {
                text = number.description
                isNumber = true
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    /// Reads a profile; throws for a member that profiles do not have.
    public init(from decoder: any Decoder) throws {
        let members = try StrictMembers(
            decoder,
            [
                "name", "summary", "form", "contentTypes", "readings", "seq", "boot", "battery",
                "time", "sent", "signs", "list", "quality", "names", "units",
            ]
        )
        name = try members.required("name")
        summary = try members.required("summary")
        form = try members.optional("form") ?? "json"
        contentTypes = try members.optional("contentTypes") ?? []
        readings = try members.optional("readings")
        seq = try members.optional("seq")
        boot = try members.optional("boot")
        battery = try members.optional("battery")
        time = try members.optional("time")
        sent = try members.optional("sent")
        signs = try members.optional("signs") ?? [:]
        list = try members.optional("list")
        quality = try members.optional("quality") ?? [:]
        names = try members.optional("names") ?? [:]
        units = try members.optional("units") ?? [:]
    }
}

/// An object's members, none of them unknown.
private struct StrictMembers {
    private let container: KeyedDecodingContainer<Name>

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(_ decoder: any Decoder, _ known: [String]) throws {
        container = try decoder.container(keyedBy: Name.self)
        for key in container.allKeys where !known.contains(key.stringValue) {
            throw DeviceProfileError(
                "unknown member '\(key.stringValue)'; known are \(known.joined(separator: ", "))"
            )
        }
    }

    func required<Value: Decodable>(_ name: String) throws -> Value {
        guard let value: Value = try optional(name) else {
            throw DeviceProfileError("the member '\(name)' is missing")
        }
        return value
    }

    func optional<Value: Decodable>(_ name: String) throws -> Value? {
        do {
            return try container.decodeIfPresent(Value.self, forKey: Name(stringValue: name))
        } catch let error as DeviceProfileError {
            throw error
        } catch {
            throw DeviceProfileError("the member '\(name)' has a value of another kind")
        }
    }
}

/// What is wrong in a device profile.
public struct DeviceProfileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line: what is wrong and what is expected.
    public let description: String

    /// An error with its line.
    public init(_ description: String) {
        self.description = description
    }
}
