import Vocabulary

/// The tickets that wait to be used, by their digest.
struct TicketBook: Sendable {
    /// What became of a ticket.
    enum Redemption: Sendable, Equatable {
        /// It is good, and used now.
        case granted(Grant)
        /// It was good until its time ran out.
        case expired
        /// Its session is over.
        case ended
        /// It was never given, or used before.
        case unknown
    }

    private struct Entry {
        let grant: Grant
        let expiresAt: Instant
        var isVoid = false
    }

    /// How long an expired ticket is still told from an unknown one.
    private static let afterlife = Duration.seconds(60)
    private let limit: Int
    private var entries: [TokenDigest: Entry] = [:]
    private var purgeAt = Instant.distantPast

    init(limit: Int) {
        self.limit = limit
    }

    /// Puts a ticket in; false when there are too many.
    mutating func add(
        _ digest: TokenDigest,
        _ grant: Grant,
        expiresAt: Instant,
        at now: Instant
    ) -> Bool {
        if now >= purgeAt || entries.count >= limit {
            entries = entries.filter { now < $0.value.expiresAt + TicketBook.afterlife }
            purgeAt = now + TicketBook.afterlife
        }
        guard entries.count < limit else { return false }
        entries[digest] = Entry(grant: grant, expiresAt: expiresAt)
        return true
    }

    /// What a good ticket allows, which stays good; nil for every other one.
    func grant(of digest: TokenDigest, at now: Instant) -> Grant? {
        guard let entry = entries[digest], !entry.isVoid, now < entry.expiresAt else { return nil }
        return entry.grant
    }

    /// Takes the ticket out.
    mutating func redeem(_ digest: TokenDigest, at now: Instant) -> Redemption {
        guard let entry = entries.removeValue(forKey: digest) else { return .unknown }
        guard !entry.isVoid else { return .ended }
        return now < entry.expiresAt ? .granted(entry.grant) : .expired
    }

    /// The session is over: its tickets open nothing more.
    mutating func void(_ session: SessionID) {
        for (digest, entry) in entries {
            guard case .session(let place) = entry.grant, place.session.id == session
            else { continue }
            entries[digest]?.isVoid = true
        }
    }

    /// Takes out every ticket of such a grant.
    mutating func void(where isBad: (Grant) -> Bool) {
        entries = entries.filter { !isBad($0.value.grant) }
    }
}
