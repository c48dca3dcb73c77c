import Wire

/// What the gateway has stored for good, as it tells a device: `{"boot":…,"seqHigh":…,"gaps":…}`.
public struct Receipt: Sendable, Equatable {
    /// The boot it is about.
    public let boot: String
    /// The highest sequence number that is stored.
    public let high: Int64
    /// Numbers up to `high` that are not stored.
    public let gaps: [ClosedRange<Int64>]

    /// A receipt.
    public init(boot: String, high: Int64, gaps: [ClosedRange<Int64>] = []) {
        self.boot = boot
        self.high = high
        self.gaps = gaps
    }

    /// Reads a receipt; nil when the bytes are none.
    ///
    /// Unknown members are skipped.
    public init?(_ bytes: Span<UInt8>) {
        do throws(JSONError) {
            guard let receipt = try Receipt.read(bytes) else { return nil }
            self = receipt
        } catch {
            return nil
        }
    }

    /// Whether the reading with this number is stored.
    public func covers(_ sequence: Int64) -> Bool {
        sequence <= high && !gaps.contains { $0.contains(sequence) }
    }

    private static func read(_ bytes: Span<UInt8>) throws(JSONError) -> Receipt? {
        var cursor = JSONCursor()
        var boot: String?
        var high: Int64?
        var gaps: [ClosedRange<Int64>] = []
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            if key.equals("boot", bytes) {
                boot = try cursor.string(bytes).string(bytes)
            } else if key.equals("seqHigh", bytes) {
                high = try cursor.number(bytes).integer(bytes)
            } else if key.equals("gaps", bytes) {
                try cursor.enterArray(bytes)
                while try cursor.nextElement(bytes) {
                    guard let gap = try range(&cursor, bytes) else { return nil }
                    gaps.append(gap)
                }
            } else {
                try cursor.skipValue(bytes)
            }
        }
        try cursor.finish(bytes)
        guard let boot, let high else { return nil }
        return Receipt(boot: boot, high: high, gaps: gaps)
    }

    private static func range(
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws(JSONError) -> ClosedRange<Int64>? {
        var ends: [Int64] = []
        try cursor.enterArray(bytes)
        while try cursor.nextElement(bytes) {
            guard let end = try cursor.number(bytes).integer(bytes) else { return nil }
            ends.append(end)
        }
        guard ends.count == 2, ends[0] <= ends[1] else { return nil }
        return ends[0]...ends[1]
    }
}
