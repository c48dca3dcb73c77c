import Crypto
import EventLoop
import Foundation
import Signalling
import Store
import Vocabulary

/// Writes down who has a place in the signalling, so that a restarted server knows them again.
///
/// Writes come when a place is taken, its token rotates or its socket goes; those that wait while
/// one is under way share the next transaction.
actor PlaceLedger {
    /// How often it is written that the server is alive while somebody has a place; a place
    /// without an end counts as left at the most so long after the last such line, and a look.
    static let lifeSign = Duration.seconds(20)
    /// How often it is looked whether one is due.
    static let look = Duration.seconds(5)
    /// Places in one transaction, so that a storm does not keep alarms from being stored.
    static let batch = 500
    /// Bytes of all rings that a server which goes down hands on; who is beyond it resumes with a
    /// gap.
    static let ringBytes = 67_108_864
    /// Places handed on in one transaction.
    static let handedBatch = 32

    private let store: any Store
    private let switchboard: Switchboard
    private let sealing: SealingKey
    private let clock: any WallClock
    private let log: Log
    private var isWriting = false
    private var isClosed = false
    private var isHealthy = true
    private var signedAt = Instant.distantPast
    private var whenWritten: CheckedContinuation<Void, Never>?

    init(
        store: any Store,
        switchboard: Switchboard,
        sealing: SealingKey,
        clock: any WallClock,
        log: Log
    ) {
        self.store = store
        self.switchboard = switchboard
        self.sealing = sealing
        self.clock = clock
        self.log = log
    }

    // MARK: Starting

    /// Takes up the places of the server before whose accounts may still have them, and the open
    /// sessions with them; call it before a socket can come.
    func restore(_ rights: PlaceRights) async throws {
        let stored = try await store.places()
        let sessions = try await store.openSessions()
        let now = clock.now()
        // Nobody was there for longer than the server was.
        let end = min(
            now,
            (stored.aliveAt ?? .distantPast) + PlaceLedger.lifeSign + PlaceLedger.look
        )
        var places: [RestoredPlace] = []
        for place in stored.places {
            guard let grant = await rights.grant(of: place.record, in: sessions) else { continue }
            places.append(
                RestoredPlace(
                    place.record,
                    grant,
                    awaySince: place.record.awaySince ?? end,
                    handed: handed(place)
                )
            )
        }
        let restored = places
        await switchboard.turn { exchange, now, _ in
            exchange.restore(sessions, at: now)
            exchange.restore(restored, rooms: stored.rooms, at: now)
        }
        // Read once: what was handed on goes in the transaction that keeps who is still there.
        let kept = await switchboard.takePlaceChanges(limit: .max)
        guard !stored.places.isEmpty || !stored.rooms.isEmpty else { return }
        try await store.apply([.place(.cleared)] + kept.map { .place(PlaceWrite($0)) })
        let count = kept.count { if case .kept = $0 { true } else { false } }
        log(.info, "places", "\(count) of \(stored.places.count) may resume")
    }

    private func handed(_ place: StoredPlace) -> HandedPlace? {
        guard let ring = place.ring,
            let text = try? sealing.open(ring, for: place.record.participant.rawValue)
        else { return nil }
        return try? JSONDecoder().decode(HandedPlace.self, from: Data(text.utf8))
    }

    // MARK: Serving

    /// Works until the switchboard ends its signals; one consumer.
    func run() async {
        for await _ in switchboard.placeSignals { await write() }
    }

    private func write() async {
        guard !isClosed else { return }
        isWriting = true
        repeat {
            let changes = await switchboard.takePlaceChanges(limit: PlaceLedger.batch)
            guard await store(changes), changes.count == PlaceLedger.batch else { break }
        } while !isClosed
        isWriting = false
        whenWritten?.resume()
        whenWritten = nil
    }

    /// Stores the changes and a sign of life; false when the store does not work.
    private func store(_ changes: [PlaceChange]) async -> Bool {
        let now = clock.now()
        let isSignDue = await isSignDue(at: now)
        guard isSignDue || !changes.isEmpty else { return true }
        let writes = changes.map(PlaceWrite.init) + [.alive(now)]
        do {
            try await store.apply(writes.map(Change.place))
            isHealthy = true
            signedAt = now
            return true
        } catch {
            await switchboard.turn { exchange, _, _ in exchange.placesNotStored(changes) }
            if isHealthy {
                log(.error, "places", "places are not stored; after a crash people enter anew")
            }
            isHealthy = false
            return false
        }
    }

    private func isSignDue(at now: Instant) async -> Bool {
        guard now - signedAt >= PlaceLedger.lifeSign else { return false }
        return await switchboard.read { $0.hasPlaces }
    }

    // MARK: Ending

    /// Hands every place with its ring on to the next server; call it when nothing more is told.
    func close() async {
        isClosed = true
        if isWriting { await withCheckedContinuation { whenWritten = $0 } }
        let gone = await switchboard.takePlaceChanges(limit: .max).filter {
            if case .gone = $0 { true } else { false }
        }
        let (places, rooms) = await switchboard.handOn(byteLimit: PlaceLedger.ringBytes)
        var writes = gone.map(PlaceWrite.init) + rooms.map(PlaceWrite.room)
        do {
            for (record, handed) in places {
                writes.append(.kept(StoredPlace(record, ring: try handed.map(seal(record)))))
                guard writes.count >= PlaceLedger.handedBatch else { continue }
                try await store.apply(writes.map(Change.place))
                writes = []
            }
            if !places.isEmpty { writes.append(.alive(clock.now())) }
            try await store.apply(writes.map(Change.place))
        } catch {
            log(.warning, "places", "rooms are not handed on as a whole: \(error)")
        }
    }

    private func seal(_ record: PlaceRecord) -> (HandedPlace) throws -> String {
        { [sealing] handed in
            let text = String(decoding: try JSONEncoder().encode(handed), as: UTF8.self)
            return try sealing.seal(text, for: record.participant.rawValue)
        }
    }
}

extension PlaceWrite {
    /// The write that stores a change of the signalling.
    fileprivate init(_ change: PlaceChange) {
        switch change {
        case .kept(let record): self = .kept(StoredPlace(record))
        case .gone(let participant): self = .gone(participant)
        }
    }
}
