import Foundation
import Signalling
import Vocabulary

extension ReadFrame {
    /// What in the frame is not as the published schema says; nil when all is.
    var breach: String? {
        guard let type = MessageType.allCases.first(where: { $0.text == self.type }),
            let form = type.bodyToClient
        else { return "the server sent the type '\(self.type)'" }
        return MessageSchemaCheck.breach(of: body, form, at: self.type)
    }
}

/// Holds decoded JSON against a form.
enum MessageSchemaCheck {
    static func breach(of value: Any, _ form: MessageForm, at place: String) -> String? {
        let isRight: Bool
        switch form {
        case .any: isRight = true
        case .text: isRight = value is String
        case .choice(let words): isRight = (value as? String).map(words.contains) ?? false
        case .count(let least): isRight = (value as? Int).map { $0 >= least } ?? false
        case .truth: isRight = value is Bool
        case .instant:
            isRight = (value as? String).flatMap { Instant(rfc3339: $0) } != nil
        case .quantity: isRight = value is NSNumber || value is String
        case .optionalText: isRight = value is String || value is NSNull
        case .optionalCount: isRight = value is Int || value is NSNull
        case .list(let element, let limit):
            guard let list = value as? [Any], list.count <= limit ?? .max else {
                return "\(place) is no such list"
            }
            return list.lazy.compactMap { breach(of: $0, element, at: place + "[]") }.first
        case .map(let element):
            guard let members = value as? [String: Any] else { return "\(place) is no object" }
            return members.lazy
                .compactMap { breach(of: $0.value, element, at: "\(place).\($0.key)") }.first
        case .object(let members, let isOpen):
            return breach(of: value, members, isOpen: isOpen, at: place)
        }
        return isRight ? nil : "\(place) is \(value)"
    }

    private static func breach(
        of value: Any,
        _ members: [MessageMember],
        isOpen: Bool,
        at place: String
    ) -> String? {
        guard let object = value as? [String: Any] else { return "\(place) is no object" }
        for member in members {
            guard let found = object[member.name] else {
                if member.isRequired { return "\(place) has no \(member.name)" }
                continue
            }
            if let breach = breach(of: found, member.form, at: "\(place).\(member.name)") {
                return breach
            }
        }
        let known = Set(members.map(\.name))
        guard !isOpen, let stranger = object.keys.first(where: { !known.contains($0) }) else {
            return nil
        }
        return "\(place) has a \(stranger) that is not in the schema"
    }
}
