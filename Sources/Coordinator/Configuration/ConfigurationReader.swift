import Arguments
import Foundation
import Gateway

/// Merges the configuration's sources: defaults, the JSON5 file, the environment, `--set`.
public struct ConfigurationReader {
    private var values: [String: ConfigurationValue] = [:]

    /// Reads all sources; later ones win: defaults, file, environment, settings of `key=value`.
    public init(
        file: String?,
        environment: [String: String],
        settings: [String]
    ) throws(ConfigurationError) {
        for key in ConfigurationKey.all { values[key.name] = key.standard }
        if let file { try read(file: file) }
        for key in ConfigurationKey.all {
            guard let text = environment[key.environmentName] else { continue }
            values[key.name] = try key.parse(text, from: "environment \(key.environmentName)")
        }
        for setting in settings {
            let parts = setting.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard parts.count == 2 else {
                throw ConfigurationError("--set takes key=value, not '\(setting)'")
            }
            let key = try ConfigurationReader.key(String(parts[0]), from: "--set")
            values[key.name] = try key.parse(String(parts[1]), from: "--set \(key.name)")
        }
    }

    /// The value of a text key.
    func text(_ name: String) -> String {
        guard case .text(let text)? = values[name] else {
            preconditionFailure("'\(name)' is not a text key of the configuration")
        }
        return text
    }

    /// The value of a text key, nil when it is empty.
    func optional(_ name: String) -> String? {
        let text = text(name)
        return text.isEmpty ? nil : text
    }

    /// The value of a whole-number key.
    func integer(_ name: String) -> Int {
        guard case .integer(let number)? = values[name] else {
            preconditionFailure("'\(name)' is not a number key of the configuration")
        }
        return number
    }

    /// The value of a list key.
    func list(_ name: String) -> [String] {
        guard case .list(let list)? = values[name] else {
            preconditionFailure("'\(name)' is not a list key of the configuration")
        }
        return list
    }

    private mutating func read(file: String) throws(ConfigurationError) {
        let url = URL(fileURLWithPath: file)
        let document: JSONDocument
        do {
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            document = try decoder.decode(JSONDocument.self, from: Data(contentsOf: url))
        } catch let error as DecodingError {
            throw ConfigurationError("\(file) is not JSON5: \(error.reason)")
        } catch {
            throw ConfigurationError("cannot read the configuration \(file); check path and rights")
        }
        guard case .object(let root) = document else {
            throw ConfigurationError("\(file) must hold one object { … }")
        }
        try read(root, prefix: "", file: file, folder: url.deletingLastPathComponent())
    }

    private mutating func read(
        _ object: [String: JSONDocument],
        prefix: String,
        file: String,
        folder: URL
    ) throws(ConfigurationError) {
        for (member, value) in object.sorted(by: { $0.key < $1.key }) {
            let name = prefix + member
            if case .object(let inner) = value,
                ConfigurationKey.all.contains(where: { $0.name.hasPrefix(name + ".") })
            {
                try read(inner, prefix: name + ".", file: file, folder: folder)
                continue
            }
            let key = try ConfigurationReader.key(name, from: file)
            values[name] = try key.convert(value, from: "\(file), \(name)", folder: folder)
        }
    }

    private static func key(
        _ name: String,
        from source: String
    ) throws(ConfigurationError) -> ConfigurationKey {
        if let key = ConfigurationKey.all.first(where: { $0.name == name }) { return key }
        let hint = nearest(to: name, among: ConfigurationKey.all.map(\.name)) ?? ""
        throw ConfigurationError("\(source): unknown key '\(name)'; did you mean '\(hint)'?")
    }
}

extension ConfigurationKey {
    /// The value that a text of the environment or the command line stands for.
    func parse(
        _ text: String,
        from source: String
    ) throws(ConfigurationError) -> ConfigurationValue {
        switch kind {
        case .text, .path: return .text(text)
        case .integer(let range):
            guard let number = Int(text), range.contains(number) else {
                throw ConfigurationError(expected(source, "'\(text)'"))
            }
            return .integer(number)
        case .choice(let words):
            guard words.contains(text) else {
                throw ConfigurationError(expected(source, "'\(text)'"))
            }
            return .text(text)
        case .list: return .list(text.split(separator: ",").map(String.init))
        case .partitions:
            do throws(PartitioningError) {
                _ = try Partitioning(text)
            } catch {
                throw ConfigurationError("\(source): \(error)")
            }
            return .text(text)
        }
    }

    /// The value that a JSON value of the file stands for.
    fileprivate func convert(
        _ value: JSONDocument,
        from source: String,
        folder: URL
    ) throws(ConfigurationError) -> ConfigurationValue {
        switch (kind, value) {
        case (.path, .text(let text)):
            guard !text.isEmpty, !text.hasPrefix("/") else { return .text(text) }
            return .text(folder.appendingPathComponent(text).standardized.path)
        case (.text, .text(let text)), (.choice, .text(let text)), (.partitions, .text(let text)):
            return try parse(text, from: source)
        case (.choice(["no", "yes"]), .boolean(let isOn)):
            return .text(isOn ? "yes" : "no")
        case (.integer, .number(let number)):
            return try parse(Int(exactly: number).map(String.init) ?? "\(number)", from: source)
        case (.list, .list(let elements)):
            var texts: [String] = []
            for element in elements {
                guard case .text(let text) = element else {
                    throw ConfigurationError(expected(source, "a list of something else"))
                }
                texts.append(text)
            }
            return .list(texts)
        case (.partitions, .number(let number)):
            return try parse(Int(exactly: number).map(String.init) ?? "\(number)", from: source)
        case (.partitions, .list(let lists)):
            return try parse(try partitions(lists, from: source), from: source)
        default: throw ConfigurationError(expected(source, "a value of another kind"))
        }
    }

    /// The lists as the command line would have them.
    private func partitions(
        _ lists: [JSONDocument],
        from source: String
    ) throws(ConfigurationError) -> String {
        var parts: [String] = []
        for case .list(let codes) in lists {
            let texts = codes.compactMap { if case .text(let code) = $0 { code } else { nil } }
            guard texts.count == codes.count else { break }
            parts.append(texts.joined(separator: ","))
        }
        guard parts.count == lists.count else {
            throw ConfigurationError(expected(source, "something else"))
        }
        return parts.joined(separator: ";")
    }

    private func expected(_ source: String, _ found: String) -> String {
        switch kind {
        case .text, .path: "\(source): expected a text, found \(found)"
        case .integer(let range):
            "\(source): expected a whole number from \(range.lowerBound) to \(range.upperBound),"
                + " found \(found)"
        case .choice(let words):
            "\(source): expected \(words.joined(separator: " or ")), found \(found)"
        case .list: "\(source): expected a list of texts, found \(found)"
        case .partitions:
            "\(source): expected a number or a list of lists of province codes, found \(found)"
        }
    }
}

/// Any JSON5 document, since Foundation reads JSON5 through `Decodable` only.
private indirect enum JSONDocument: Decodable {
    case object([String: JSONDocument])
    case list([JSONDocument])
    case text(String)
    case number(Double)
    case boolean(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONDocument].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONDocument].self))
        }
    }
}

extension DecodingError {
    /// The parser's own words about where the text is wrong, on one line.
    var reason: String {
        guard case .dataCorrupted(let context) = self else { return "not a JSON5 document" }
        let inner = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey]
        return (inner as? String ?? context.debugDescription)
            .split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
