/// Header fields in their order; names are compared without case and kept in lower case.
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral, Sequence {
    /// One header field.
    public struct Field: Sendable, Equatable {
        /// The name, in lower case.
        public let name: String
        /// The value, without surrounding blanks.
        public let value: String
    }

    private var fields: [Field] = []

    /// No fields.
    public init() {}

    /// The fields of a literal, in its order.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The first value of a field; setting replaces every value, and nil removes the field.
    public subscript(name: String) -> String? {
        get {
            let name = name.lowercased()
            return fields.first { $0.name == name }?.value
        }
        set {
            let name = name.lowercased()
            fields.removeAll { $0.name == name }
            if let newValue { add(name, newValue) }
        }
    }

    /// Every value of a field, in order.
    public func all(_ name: String) -> [String] {
        let name = name.lowercased()
        return fields.filter { $0.name == name }.map(\.value)
    }

    /// Adds a field beside those of the same name.
    ///
    /// Control characters in a value become blanks, so that no value can end its line.
    public mutating func add(_ name: String, _ value: String) {
        let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        let value =
            isPlain
            ? value
            : String(value.map { $0.isNewline || $0.asciiValue.map { $0 < 32 } == true ? " " : $0 })
        fields.append(Field(name: name.lowercased(), value: value))
    }

    /// Whether there is no field.
    public var isEmpty: Bool {
        fields.isEmpty
    }

    /// The fields in order.
    public func makeIterator() -> IndexingIterator<[Field]> {
        fields.makeIterator()
    }
}
