/// What one device, or a whole fleet, has done.
public struct DeviceFigures: Sendable, Equatable {
    /// Readings measured.
    public var measured = 0
    /// Distinct readings sent at least once.
    public var published = 0
    /// Messages with readings sent.
    public var messages = 0
    /// Second and further copies sent.
    public var resent = 0
    /// Readings that a receipt covers.
    public var covered = 0
    /// Receipts that came.
    public var receipts = 0

    /// Nothing yet.
    public init() {}

    /// The sum of two.
    public static func + (left: DeviceFigures, right: DeviceFigures) -> DeviceFigures {
        var sum = left
        sum.measured += right.measured
        sum.published += right.published
        sum.messages += right.messages
        sum.resent += right.resent
        sum.covered += right.covered
        sum.receipts += right.receipts
        return sum
    }

    /// Counts what a backlog sends: first copies and further ones.
    mutating func note(backlog entries: [SpoolEntry]) {
        messages += NativePayload.cut(entries).count
        published += entries.count { $0.sendings == 1 }
        resent += entries.count { $0.sendings > 1 }
    }
}
