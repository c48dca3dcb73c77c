import Foundation
import WebServer

/// Any JSON value, as a test looks at documents and answers.
enum JSON: Sendable, Equatable, Decodable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// The value as JSON calls its kind.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .number(let value): value == value.rounded() ? "integer" : "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// A member of an object, nil when it is absent or this is no object.
    subscript(name: String) -> JSON? { members[name] }
    var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
    var items: [JSON] { if case .array(let items) = self { items } else { [] } }
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var integer: Int? { number.map { Int($0) } }
    var boolean: Bool? { if case .boolean(let flag) = self { flag } else { nil } }
}

extension HTTPResponse {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Checks values against the JSON Schema (2020-12) subset that the API's document uses.
///
/// Stricter than the standard in one point: an object with `properties` holds nothing else, so
/// that a member that the document lacks is found.
struct SchemaCheck: Sendable {
    /// The OpenAPI document, for `$ref`.
    let document: JSON

    /// What is wrong with the value, one line a fault, each with its place; empty for nothing.
    func faults(_ value: JSON, _ schema: JSON, at place: String = "$") -> [String] {
        if let reference = schema["$ref"]?.text {
            guard let target = resolve(reference) else { return ["\(place): no \(reference)"] }
            return faults(value, target, at: place)
        }
        if let choices = schema["anyOf"]?.items {
            let outcomes = choices.map { self.faults(value, $0, at: place) }
            return outcomes.contains([]) ? [] : outcomes.flatMap { $0 }
        }
        var found: [String] = []
        if let type = schema["type"]?.text,
            value.kind != type, !(type == "number" && value.kind == "integer")
        {
            return ["\(place): \(value.kind) instead of \(type)"]
        }
        if let choices = schema["enum"]?.items, !choices.contains(value) {
            found.append("\(place): \(value) is not in the enumeration")
        }
        if let text = value.text { found += textFaults(text, schema, at: place) }
        if let number = value.number {
            if let low = schema["minimum"]?.number, number < low {
                found.append("\(place): \(number) is below \(low)")
            }
            if let high = schema["maximum"]?.number, number > high {
                found.append("\(place): \(number) is above \(high)")
            }
        }
        if let element = schema["items"] {
            for (index, item) in value.items.enumerated() {
                found += self.faults(item, element, at: "\(place)[\(index)]")
            }
        }
        return found + memberFaults(value, schema, at: place)
    }

    private func textFaults(_ text: String, _ schema: JSON, at place: String) -> [String] {
        var faults: [String] = []
        if let pattern = schema["pattern"]?.text {
            let matches = (try? Regex(pattern)).flatMap { try? $0.firstMatch(in: text) } != nil
            if !matches { faults.append("\(place): '\(text)' does not match \(pattern)") }
        }
        if schema["format"]?.text == "date-time",
            text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) == nil
        {
            faults.append("\(place): '\(text)' is no UTC time with milliseconds")
        }
        return faults
    }

    private func memberFaults(_ value: JSON, _ schema: JSON, at place: String) -> [String] {
        guard case .object(let members) = value else { return [] }
        var faults: [String] = []
        for name in schema["required"]?.items.compactMap(\.text) ?? [] where members[name] == nil {
            faults.append("\(place): lacks \(name)")
        }
        let known = schema["properties"]?.members
        for (name, member) in members {
            if let own = known?[name] {
                faults += self.faults(member, own, at: "\(place).\(name)")
            } else if let other = schema["additionalProperties"] {
                faults += self.faults(member, other, at: "\(place).\(name)")
            } else if known != nil {
                faults.append("\(place): the document lacks \(name)")
            }
        }
        return faults
    }

    private func resolve(_ reference: String) -> JSON? {
        var value: JSON? = document
        for name in reference.split(separator: "/").dropFirst() { value = value?[String(name)] }
        return value
    }
}
