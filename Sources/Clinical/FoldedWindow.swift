import Vocabulary

/// The rows in which a late one may still be placed, folded: what is known before them, after them,
/// and at bookmarks in between.
///
/// A row that is the newest costs one step. One that comes late is put in its place, and the fold
/// runs again from the bookmark before it. A row that leaves is folded into what is known before
/// the window, or many at once by a bookmark's fold: nothing is forgotten.
struct FoldedWindow: Sendable {
    private struct Bookmark: Sendable {
        /// The last row that the fold holds.
        let key: RowKey
        let fold: ConditionFold
        /// Where the next row starts.
        let position: Int
        /// Rows since the bookmark before, or since the window's start.
        var rows: Int
    }

    /// Rows between two bookmarks: at least, and at most where they come close together.
    private static let leastRows = 96
    private static let mostRows = 128
    /// Time between two bookmarks where rows come close together.
    private static let leastSpan: Int64 = 120_000

    /// The fold over every row; out of date while `isStale`.
    private(set) var current: ConditionFold
    /// Whether rows were placed that `current` does not hold yet.
    private(set) var isStale = false
    private var checkpoint: ConditionFold
    /// The newest row that the checkpoint holds.
    private var checkpointKey = RowKey()
    /// The newest row of all.
    private var lastKey = RowKey()
    private var window = SampleWindow()
    private var bookmarks: [Bookmark] = []
    /// Rows after the last bookmark.
    private var tail = 0

    /// A window without rows.
    init(rules: Int) {
        checkpoint = ConditionFold(rules: rules)
        current = checkpoint
    }

    /// Whether no row has ever been placed.
    var isUntouched: Bool { window.count == 0 && checkpointKey == RowKey() }

    /// Puts a row in its place in event time; true when a condition may have changed.
    ///
    /// A late row that is `deferred` is placed and not folded in before `freshen`, so that a
    /// backlog of late rows costs one fold and not one a row. A row from before the window
    /// changes nothing.
    mutating func place(
        _ row: SampleRow,
        deferred: Bool,
        _ terms: ConditionFold.Terms,
        _ policy: WardPolicy
    ) -> Bool {
        let key = RowKey(row)
        guard checkpointKey < key else { return false }
        guard lastKey < key else {
            let before = bookmarks.count { $0.key < key }
            let start = before > 0 ? bookmarks[before - 1].position : window.start
            guard window.insert(row, from: start) else { return false }
            bookmarks.removeLast(bookmarks.count - before)
            isStale = true
            if !deferred { freshen(terms, policy) }
            return true
        }
        freshen(terms, policy)
        lastKey = key
        window.append(
            row,
            span: Int64(policy.lateSeconds) * 1_000,
            most: policy.windowReadings
        )
        let changed = current.step(row, terms, policy.staleness)
        bookmark(key)
        return changed
    }

    /// Folds in what was placed and deferred.
    mutating func freshen(_ terms: ConditionFold.Terms, _ policy: WardPolicy) {
        guard isStale else { return }
        refold(terms, policy)
    }

    /// Lets rows go that nothing can be placed before any more: older than `horizon`, or beyond
    /// `most` rows.
    mutating func trim(
        before horizon: Int64,
        most: Int,
        _ terms: ConditionFold.Terms,
        _ policy: WardPolicy
    ) {
        while let first = bookmarks.first,
            first.key.at.milliseconds < horizon || window.count - first.rows >= most
        {
            checkpoint = first.fold
            checkpointKey = first.key
            window.removeFirst(first.rows, upTo: first.position)
            bookmarks.removeFirst()
        }
        // One by one, because half a bookmark of every patient is a seventh of the memory.
        while let (row, next) = window.row(from: window.start), row.at.milliseconds < horizon {
            _ = checkpoint.step(row, terms, policy.staleness)
            checkpointKey = RowKey(row)
            window.removeFirst(1, upTo: next)
            if bookmarks.isEmpty { tail -= 1 } else { bookmarks[0].rows -= 1 }
        }
    }

    /// Changes what is known before the window, and folds the window again.
    mutating func rebase(
        _ terms: ConditionFold.Terms,
        _ policy: WardPolicy,
        _ change: (inout ConditionFold) -> Void
    ) {
        change(&checkpoint)
        bookmarks = []
        refold(terms, policy)
    }

    private mutating func refold(_ terms: ConditionFold.Terms, _ policy: WardPolicy) {
        isStale = false
        current = bookmarks.last?.fold ?? checkpoint
        tail = 0
        var position = bookmarks.last?.position ?? window.start
        while let (row, next) = window.row(from: position) {
            _ = current.step(row, terms, policy.staleness)
            position = next
            bookmark(RowKey(row), position)
        }
    }

    private mutating func bookmark(_ key: RowKey, _ position: Int? = nil) {
        tail += 1
        guard tail >= FoldedWindow.leastRows else { return }
        let last = bookmarks.last?.key.at ?? window.firstAt ?? key.at
        guard
            tail >= FoldedWindow.mostRows
                || key.at.milliseconds - last.milliseconds >= FoldedWindow.leastSpan
        else { return }
        bookmarks.append(
            Bookmark(key: key, fold: current, position: position ?? window.end, rows: tail)
        )
        tail = 0
    }
}

/// A row's place in event time.
struct RowKey: Sendable, Comparable {
    /// When it was measured.
    private(set) var at = Instant.distantPast
    private var device: DeviceNumber = 0
    private var number: Int32 = 0

    /// Before every row.
    init() {}

    init(_ row: SampleRow) {
        at = row.at
        device = row.device
        number = row.number
    }

    static func < (left: RowKey, right: RowKey) -> Bool {
        if left.at != right.at { return left.at < right.at }
        if left.device != right.device { return left.device < right.device }
        return left.number < right.number
    }
}
