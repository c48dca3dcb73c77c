import EventLoop
import MQTT
public import Vocabulary

/// One session of the gateway at the broker, as operators see it.
public struct GatewaySession: Sendable, Equatable, Encodable {
    /// The client id.
    public let clientId: String
    /// The provinces whose devices it hears; empty for all.
    public let provinces: [ProvinceID]
    /// Whether it is connected.
    public let connected: Bool
}

/// The gateway's sessions at the broker: one a partition, and older ones until they are empty.
extension Gateway {
    /// Makes a client for each session that is wanted, and for each that must be emptied.
    func openLines() throws(GatewayError) {
        let stem = configuration.broker.clientID
        let wanted: [BrokerSession]
        do throws(PartitioningError) {
            let known = machine.registry.knownProvinces
            wanted = try configuration.partitions.partitions(of: known).map {
                BrokerSession(stem: stem, provinces: $0)
            }
        } catch {
            throw .partitioning(error)
        }
        let stale: [BrokerSession]
        do {
            stale = try memory.want(wanted, stem: stem)
        } catch {
            throw .memory(file: configuration.memoryFile ?? "")
        }
        watch = BrokerWatch(memory.drops)
        do throws(MQTTError) {
            for session in wanted { try openLine(session, drain: nil) }
            for session in stale { try openLine(session, drain: .waiting) }
        } catch {
            throw .broker(error)
        }
    }

    private func openLine(
        _ session: BrokerSession,
        drain: IngestLine.Drain?
    ) throws(MQTTError) {
        let index = lines.count
        let client = try MQTTClient(
            session.configuration(configuration, isDrained: drain != nil),
            on: loop,
            received: { [weak self] batch in self?.assumeIsolated { $0.receive(batch, by: index) }
            },
            changed: { [weak self] state in
                self?.assumeIsolated { $0.lineChanged(state, of: index) }
            }
        )
        lines.append(IngestLine(session: session, client: client, drain: drain))
    }

    // MARK: Messages

    /// Called on the loop's thread with everything that could be read at once.
    private func receive(_ batch: MQTTBatch, by line: Int) {
        let start = ContinuousClock.now
        let now = clock.now()
        let bytes = batch.bytes
        for (index, entry) in batch.entries.enumerated() {
            if lines[line].drain != nil, isMark(batch, index, of: line) { continue }
            machine.receive(
                topic: bytes.span.extracting(entry.topic),
                contentType: bytes.span.extracting(entry.contentType),
                payload: bytes.span.extracting(entry.payload),
                isRetained: entry.isRetained,
                correlation: entry.correlation.isEmpty ? [] : Array(bytes[entry.correlation]),
                at: now
            )
        }
        lines[line].held = .init(number: batch.number, messages: batch.count, since: start)
        figures.decoding += start.duration(to: .now)
        wake()
    }

    /// Takes the batches that wait for the next commit, of every session.
    func takeHeld() -> [(line: Int, batch: IngestLine.Held)] {
        lines.indices.compactMap { index in
            lines[index].held.take().map { (index, $0) }
        }
    }

    /// The batch is durable: its acknowledgements may leave.
    func release(_ batch: UInt64, _ line: Int) {
        let isOpen = phase.isOpen
        let isEmptied = if case .emptied = lines[line].drain { true } else { false }
        lines[line].client.assumeIsolated { client in
            if isOpen, !isEmptied {
                client.acknowledge(batch)
            } else {
                client.finish(batch, discardingSession: isEmptied)
            }
        }
        if isEmptied { forget(line) }
    }

    /// Never `disconnect` here: it would send the acknowledgements that are queued.
    func giveBack(_ batch: UInt64, _ line: Int) {
        lines[line].client.assumeIsolated { $0.redeliver(batch, reason: "the commit failed") }
    }

    // MARK: Connections

    private func lineChanged(_ state: MQTTState, of line: Int) {
        switch state {
        case .connected(let sessionPresent):
            lines[line].connections += 1
            if lines[line].isWanted {
                figures.connections += 1
                connected(line, sessionPresent: sessionPresent)
            } else {
                drain(line, sessionPresent: sessionPresent)
            }
            guard lines[line].loggedProblem.take() != nil else { return }
            log("connected to the broker again, session \(sessionPresent ? "kept" : "new")")
        case .waiting(let error):
            // Once a change and not once an attempt; before the first connection it is for whoever
            // started the gateway to say (`connectionProblem`).
            guard lines[line].connections > 0, lines[line].loggedProblem != error else { return }
            lines[line].loggedProblem = error
            log("\(error)")
        case .idle, .connecting: break
        }
    }

    /// A session that was kept before and is gone has taken what was queued in it along.
    private func connected(_ line: Int, sessionPresent: Bool) {
        let session = lines[line].session
        let shouldExist = lines[line].connections > 1 || memory.isEstablished(session.clientID)
        remember { try $0.establish(session.clientID) }
        guard !sessionPresent, shouldExist else { return }
        let now = clock.now()
        watch.figures.sessionsLost += 1
        report(BrokerIncident(kind: .sessionLost, at: now, session: session.clientID))
        // Devices send again what no receipt covers.
        machine.remind(provinces: session.provinces, at: now)
        planWakeUp()
    }

    /// Why there is no connection, nil when there is one or none was tried.
    public var connectionProblem: String? {
        for line in lines where line.isWanted {
            let problem: String? = line.client.assumeIsolated { client in
                if case .waiting(let error) = client.state { error.description } else { nil }
            }
            if let problem { return problem }
        }
        return nil
    }

    /// The sessions that readings come through.
    public var sessions: [GatewaySession] {
        lines.filter(\.isWanted).map { line in
            GatewaySession(
                clientId: line.session.clientID,
                provinces: line.session.provinces,
                connected: line.client.assumeIsolated { client in
                    if case .connected = client.state { true } else { false }
                }
            )
        }
    }

    /// Whether devices' messages arrive, of every partition.
    public var isConnected: Bool { !sessions.isEmpty && sessions.allSatisfy(\.connected) }

    // MARK: Sessions that are no longer wanted

    /// Begins to empty older sessions as soon as the present ones receive everything.
    func drainLater() {
        guard lines.contains(where: { if case .waiting = $0.drain { true } else { false } })
        else { return }
        loop.eventLoop.schedule(after: .milliseconds(100)) { [weak self] in
            self?.assumeIsolated { $0.beginToDrain() }
        }
    }

    private func beginToDrain() {
        guard phase.isOpen else { return }
        let isReceiving = lines.filter(\.isWanted).allSatisfy { line in
            line.client.assumeIsolated { $0.isSubscribed }
        }
        guard isReceiving else { return drainLater() }
        for line in lines where !line.isWanted { line.client.assumeIsolated { $0.connect() } }
    }

    /// Ends the old subscriptions and sends a mark behind all that is queued.
    ///
    /// The broker takes these in their order: SUBSCRIBE to the mark's topic, which left with the
    /// CONNECT, then UNSUBSCRIBE, then the mark.
    private func drain(_ line: Int, sessionPresent: Bool) {
        let session = lines[line].session
        guard sessionPresent else {
            lines[line].client.assumeIsolated { $0.disconnect(discardingSession: true) }
            return forget(line)
        }
        // Another mark each time: one of an earlier attempt is not the last message.
        let mark = String(UInt64.random(in: .min ... .max), radix: 36)
        lines[line].drain = .marked(mark)
        lines[line].client.assumeIsolated { client in
            for subscription in session.subscriptions { client.unsubscribe(subscription.filter) }
            client.send(MQTTMessage(topic: session.markTopic, text: mark))
        }
    }

    /// Whether the message is a mark and no reading; notes the one that is the last.
    private func isMark(_ batch: MQTTBatch, _ index: Int, of line: Int) -> Bool {
        guard batch.topicText(index) == lines[line].session.markTopic else { return false }
        let text = String(decoding: batch.payloadBytes(index), as: UTF8.self)
        if case .marked(let mark) = lines[line].drain, text == mark { lines[line].drain = .emptied }
        return true
    }

    private func forget(_ line: Int) {
        lines[line].drain = .over
        watch.figures.sessionsEmptied += 1
        let id = lines[line].session.clientID
        remember { try $0.forget(id) }
        log("the session \(id) of an earlier mqtt.partitions or mqtt.clientId is emptied and ended")
    }

    // MARK: The broker's own figures

    /// Called on the loop's thread with what the broker tells of itself.
    func watched(_ batch: MQTTBatch) {
        let now = clock.now()
        let before = (watch.dropped, watch.startedAt)
        for index in 0..<batch.count {
            let incident = watch.note(
                topic: batch.topicText(index),
                payload: batch.payloadBytes(index),
                at: now
            )
            if let incident { report(incident) }
        }
        guard let dropped = watch.dropped, before != (watch.dropped, watch.startedAt) else {
            return
        }
        let startedAt = watch.startedAt
        remember { try $0.note(dropped: dropped, startedAt: startedAt) }
    }

    private func report(_ incident: BrokerIncident) {
        log("\(incident)")
        events.add(incident)
    }

    /// A memory that cannot be written costs a notice after the next restart, and no reading.
    private func remember(_ change: (inout BrokerMemory) throws -> Void) {
        do {
            try change(&memory)
        } catch {
            log("cannot write \(configuration.memoryFile ?? ""); check space and rights")
        }
    }
}
