import Wire

/// A JSON cursor whose errors are refusals of the payload.
struct RefusingCursor {
    private(set) var cursor: JSONCursor

    init(offset: Int = 0) {
        cursor = JSONCursor(offset: offset)
    }

    var offset: Int { cursor.offset }

    mutating func peek(_ bytes: Span<UInt8>) throws(Refusal) -> JSONKind {
        do throws(JSONError) { return try cursor.peek(bytes) } catch { throw Refusal(error) }
    }

    mutating func enterObject(_ bytes: Span<UInt8>) throws(Refusal) {
        do throws(JSONError) { try cursor.enterObject(bytes) } catch { throw Refusal(error) }
    }

    mutating func enterArray(_ bytes: Span<UInt8>) throws(Refusal) {
        do throws(JSONError) { try cursor.enterArray(bytes) } catch { throw Refusal(error) }
    }

    mutating func nextKey(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText? {
        do throws(JSONError) { return try cursor.nextKey(bytes) } catch { throw Refusal(error) }
    }

    mutating func nextElement(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        do throws(JSONError) { return try cursor.nextElement(bytes) } catch { throw Refusal(error) }
    }

    mutating func string(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText {
        do throws(JSONError) { return try cursor.string(bytes) } catch { throw Refusal(error) }
    }

    mutating func number(_ bytes: Span<UInt8>) throws(Refusal) -> JSONNumber {
        do throws(JSONError) { return try cursor.number(bytes) } catch { throw Refusal(error) }
    }

    mutating func boolean(_ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        do throws(JSONError) { return try cursor.boolean(bytes) } catch { throw Refusal(error) }
    }

    mutating func null(_ bytes: Span<UInt8>) throws(Refusal) {
        do throws(JSONError) { try cursor.null(bytes) } catch { throw Refusal(error) }
    }

    mutating func skipValue(_ bytes: Span<UInt8>) throws(Refusal) {
        do throws(JSONError) { try cursor.skipValue(bytes) } catch { throw Refusal(error) }
    }

    mutating func finish(_ bytes: Span<UInt8>) throws(Refusal) {
        do throws(JSONError) { try cursor.finish(bytes) } catch { throw Refusal(error) }
    }

    /// Steps over a value and refuses a key that stands twice in any object of it.
    mutating func skipStrictly(_ bytes: Span<UInt8>) throws(Refusal) {
        switch try peek(bytes) {
        case .object:
            try enterObject(bytes)
            var keys: Set<String> = []
            while let key = try nextKey(bytes) {
                guard keys.insert(key.string(bytes)).inserted else { throw duplicateKey }
                try skipStrictly(bytes)
            }
        case .array:
            try enterArray(bytes)
            while try nextElement(bytes) { try skipStrictly(bytes) }
        case .string, .number, .boolean, .null: try skipValue(bytes)
        }
    }

    /// The refusal of a key that stands twice, at the cursor's place.
    var duplicateKey: Refusal {
        Refusal(JSONError(reason: .duplicateKey, offset: offset))
    }
}
