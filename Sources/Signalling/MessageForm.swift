public import Wire

/// The form of a value in a message, as far as it is promised.
public indirect enum MessageForm: Sendable {
    /// A string.
    case text
    /// One of these strings.
    case choice([String])
    /// A whole number, this or more.
    case count(from: Int)
    /// True or false.
    case truth
    /// A time of RFC 3339.
    case instant
    /// A number or a string.
    case quantity
    /// A string or null.
    case optionalText
    /// A whole number from 0 or null.
    case optionalCount
    /// Values of one form, at most so many.
    case list(MessageForm, limit: Int?)
    /// Members of any name with values of one form.
    case map(MessageForm)
    /// An object with these members; an open one may have others too.
    case object([MessageMember], isOpen: Bool)
    /// Anything.
    case any
}

/// A member of an object in a message.
public struct MessageMember: Sendable {
    /// Its key.
    public let name: String
    /// Its value.
    public let form: MessageForm
    /// Whether it is always there.
    public let isRequired: Bool

    init(_ name: String, _ form: MessageForm, isRequired: Bool = true) {
        self.name = name
        self.form = form
        self.isRequired = isRequired
    }
}

extension MessageForm {
    /// Writes the form as JSON Schema (2020-12).
    public func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch self {
            case .text: writer.member("type", "string")
            case .choice(let words):
                writer.member("type", "string")
                writer.key("enum")
                writer.array { writer in for word in words { writer.value(word) } }
            case .count(let least):
                writer.member("type", "integer")
                writer.key("minimum")
                writer.value(least)
            case .truth: writer.member("type", "boolean")
            case .instant:
                writer.member("type", "string")
                writer.member("format", "date-time")
            case .quantity: writer.types("number", "string")
            case .optionalText: writer.types("string", "null")
            case .optionalCount: writer.types("integer", "null")
            case .list(let element, let limit):
                writer.member("type", "array")
                writer.key("items")
                element.write(to: &writer)
                if let limit {
                    writer.key("maxItems")
                    writer.value(limit)
                }
            case .map(let element):
                writer.member("type", "object")
                writer.key("additionalProperties")
                element.write(to: &writer)
            case .object(let members, let isOpen):
                writer.members(members, isOpen: isOpen)
            case .any: break
            }
        }
    }
}

extension JSONWriter {
    /// A member whose value is a string.
    mutating func member(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    fileprivate mutating func types(_ one: String, _ other: String) {
        key("type")
        array { writer in
            writer.value(one)
            writer.value(other)
        }
    }

    fileprivate mutating func members(_ members: [MessageMember], isOpen: Bool) {
        member("type", "object")
        key("properties")
        object { writer in
            for member in members {
                writer.key(member.name)
                member.form.write(to: &writer)
            }
        }
        key("required")
        array { writer in
            for member in members where member.isRequired { writer.value(member.name) }
        }
        key("additionalProperties")
        value(isOpen)
    }
}
