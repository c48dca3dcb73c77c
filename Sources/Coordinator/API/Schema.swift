/// The JSON Schema (2020-12, as in OpenAPI 3.1) of a body or a parameter.
indirect enum Schema: Sendable {
    case string
    case identifier
    case instant
    case choice([String])
    case integer(ClosedRange<Int>?)
    case number
    case boolean
    case list(Schema)
    case map(Schema)
    /// Members in the order of the documentation; `optional` ones may be absent.
    case object([(String, Schema)], optional: Set<String>)
    /// A named schema under `components/schemas`.
    case named(String)
    /// A value or null.
    case nullable(Schema)
    /// Anything.
    case any

    static let integer = Schema.integer(nil)

    static func page(_ element: Schema) -> Schema {
        .object([("items", .list(element)), ("next", .nullable(.string))], optional: [])
    }

    /// The schema as a JSON value.
    var json: JSONValue {
        switch self {
        case .string: ["type": "string"]
        case .identifier: ["type": "string", "pattern": "^[a-z0-9-]{1,40}$"]
        case .instant: ["type": "string", "format": "date-time"]
        case .choice(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .integer(nil): ["type": "integer"]
        case .integer(let range?):
            [
                "type": "integer", "minimum": .number(Double(range.lowerBound)),
                "maximum": .number(Double(range.upperBound)),
            ]
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .list(let element): ["type": "array", "items": element.json]
        case .map(let element): ["type": "object", "additionalProperties": element.json]
        case .object(let members, let optional):
            [
                "type": "object",
                "properties": .object(
                    Dictionary(members.map { ($0.0, $0.1.json) }, uniquingKeysWith: { $1 })
                ),
                "required": .array(
                    members.filter { !optional.contains($0.0) }.map { .string($0.0) }
                ),
            ]
        case .named(let name): ["$ref": .string("#/components/schemas/\(name)")]
        case .nullable(let schema): ["anyOf": [schema.json, ["type": "null"]]]
        case .any: [:]
        }
    }
}
