import Store
import Wire

/// A value that a path of a profile led to.
enum ProfileValue {
    case none, null
    case text(JSONText)
    case number(JSONNumber)
    case truth(Bool)
    /// Where an array or an object starts.
    case array(Int)
    case object(Int)
}

/// Walks a vendor's JSON along a profile's paths and puts what it finds into slots.
struct ProfileWalk {
    /// The values by slot; the memory is kept from walk to walk.
    private(set) var values: [ProfileValue] = []
    /// Members that no path leads through.
    private(set) var unknownFields = 0

    /// Walks the value at `offset`, whose text was checked before.
    mutating func walk(
        _ tree: ProfileTree,
        _ bytes: Span<UInt8>,
        from offset: Int
    ) throws(Refusal) {
        unknownFields = 0
        values.removeAll(keepingCapacity: true)
        for _ in 0..<tree.slotCount { values.append(.none) }
        var cursor = RefusingCursor(offset: offset)
        try visit(0, tree, bytes, &cursor)
    }

    private mutating func visit(
        _ index: Int,
        _ tree: ProfileTree,
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) {
        let kind = try cursor.peek(bytes)
        let start = cursor.offset
        switch kind {
        case .object where !tree.nodes[index].members.isEmpty:
            note(.object(start), index, tree)
            try cursor.enterObject(bytes)
            while let key = try cursor.nextKey(bytes) {
                if let node = member(key, of: index, tree, bytes) {
                    try visit(node, tree, bytes, &cursor)
                } else {
                    unknownFields += 1
                    try cursor.skipValue(bytes)
                }
            }
        case .array where !tree.nodes[index].elements.isEmpty:
            note(.array(start), index, tree)
            try cursor.enterArray(bytes)
            var position = 0
            while try cursor.nextElement(bytes) {
                if let node = element(position, of: index, tree) {
                    try visit(node, tree, bytes, &cursor)
                } else {
                    try cursor.skipValue(bytes)
                }
                position += 1
            }
        case .object:
            note(.object(start), index, tree)
            try cursor.skipValue(bytes)
        case .array:
            note(.array(start), index, tree)
            try cursor.skipValue(bytes)
        case .string: note(.text(try cursor.string(bytes)), index, tree)
        case .number: note(.number(try cursor.number(bytes)), index, tree)
        case .boolean: note(.truth(try cursor.boolean(bytes)), index, tree)
        case .null:
            try cursor.null(bytes)
            note(.null, index, tree)
        }
    }

    private mutating func note(_ value: ProfileValue, _ index: Int, _ tree: ProfileTree) {
        if let slot = tree.nodes[index].slot { values[slot] = value }
    }

    private func member(
        _ key: JSONText,
        of index: Int,
        _ tree: ProfileTree,
        _ bytes: Span<UInt8>
    ) -> Int? {
        for member in tree.nodes[index].members where key.isText(member.name, bytes) {
            return member.node
        }
        return nil
    }

    private func element(_ position: Int, of index: Int, _ tree: ProfileTree) -> Int? {
        for element in tree.nodes[index].elements where element.index == position {
            return element.node
        }
        return nil
    }
}
