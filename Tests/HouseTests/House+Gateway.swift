import Clinical
import Gateway
import Signalling
import Store
import TestKit
import Vocabulary

/// What `Gateway` and `AlarmWork` do.
extension House {
    mutating func read(at now: Instant) {
        let deliveries = broker.take(50)
        for delivery in deliveries {
            let type: [UInt8] = []
            machine.receive(
                topic: delivery.message.topic.span,
                contentType: type.span,
                payload: delivery.message.payload.span,
                at: now
            )
        }
        held = deliveries.map(\.number)
        if sabotage == .acknowledgesBeforeCommit { outbox.append(.acknowledge(held)) }
    }

    mutating func takeTurn() {
        turns += 1
        commit = .taken(machine.takeTurn(), held)
        held = []
    }

    mutating func commitTurn(at now: Instant) async {
        guard case .taken(let turn, let numbers) = commit else { return }
        do throws(StoreError) {
            for missing in turn.missing {
                let ranges = try await store.durableSequences(
                    device: missing.device,
                    boot: missing.boot
                )
                machine.restore(missing, ranges)
            }
            let nothing = IngestOutcome(stored: 0, duplicates: 0)
            if sabotage == .announcesBeforeCommit {
                let outcome = IngestOutcome(stored: turn.batch.readings.count, duplicates: 0)
                publish(machine.committed(turn, outcome, at: now))
            }
            let outcome = turn.batch.isEmpty ? nothing : try await store.commit(turn.batch)
            for alarm in turn.batch.alarms {
                news.append(
                    "\(alarm.id) \(alarm.cause.name) \(alarm.priority) \(alarm.condition)"
                        + " \(alarm.signal) \(alarm.request?.rawValue ?? "-")"
                )
            }
            if outcome.stored > 0 { news.append("\(outcome.stored) readings") }
            commit = .stored(turn, outcome, numbers)
        } catch {
            commit = .none
            machine.failed(turn)
            if sabotage == .acknowledgesFailedCommits {
                outbox.append(.acknowledge(numbers))
            } else if !numbers.isEmpty {
                broker.disconnected()
                outbox.append(.redeliver)
            }
            settle(isDone: false)
            pausedUntil = now + .milliseconds(250)
            news.append("the gateway's commit failed")
        }
    }

    mutating func announceTurn(at now: Instant) {
        guard case .stored(let turn, let outcome, let numbers) = commit else { return }
        if sabotage != .announcesBeforeCommit {
            publish(machine.committed(turn, outcome, at: now))
        }
        for alarm in turn.batch.alarms {
            if let index = feedAlarms.firstIndex(where: { $0.id == alarm.id }) {
                feedAlarms[index] = alarm
            } else {
                feedAlarms.append(alarm)
            }
        }
        feedReadings += turn.live
        commit = .announced(numbers)
    }

    mutating func releaseTurn() {
        guard case .announced(let numbers) = commit else { return }
        if !numbers.isEmpty { outbox.append(.acknowledge(numbers)) }
        commit = .none
        settle(isDone: true)
    }

    mutating func publish(_ announcements: [Announcement]) {
        for announcement in announcements {
            outbox.append(.receipt(topic: announcement.topic, payload: announcement.payload))
        }
    }

    // MARK: Changes that somebody waits for

    /// Somebody acknowledges an alarm; answered when it is durable.
    mutating func acknowledge(_ alarm: AlarmID, by user: UserID, call: Int, at now: Instant) {
        do {
            try machine.acknowledge(alarm, by: user, at: now)
            untilDurable(.call(call, alarm))
        } catch {
            outbox.append(.answered(call: call, isDone: true))
        }
    }

    /// Somebody silences an alarm for a while, or passes it on; nobody waits for the answer.
    mutating func hush(_ alarm: AlarmID, by user: UserID, at now: Instant) {
        try? machine.pause(alarm, seconds: 6, by: user, at: now)
    }

    mutating func passOn(_ alarm: AlarmID, by user: UserID, at now: Instant) {
        try? machine.reject(alarm, by: user, at: now)
    }

    mutating func startAlarmWork(at now: Instant) {
        switch work.removeFirst() {
        case .attach(let request, let alarm): machine.attach(request, to: alarm, at: now)
        case .offer(let alarm, let number, let doctors):
            machine.choose(doctors, forOffer: number, of: alarm, at: now)
        case .consultEnded(let request, let alarm):
            machine.consultEnded(request, of: alarm, at: now)
        }
        isWorking = true
        untilDurable(.work)
    }

    /// As `Gateway.untilDurable`: the change is in the turn that is collected or, when that is
    /// empty, in the one whose commit is under way.
    private mutating func untilDurable(_ waiter: Waiter) {
        let isCommitting = if case .none = commit { false } else { true }
        if machine.hasTurn {
            waiters.append((turns + 1, waiter))
        } else if isCommitting {
            waiters.append((turns, waiter))
        } else {
            resume(waiter, isDone: true)
        }
    }

    private mutating func settle(isDone: Bool) {
        let turn = sabotage == .answersWithAnyCommit ? .max : turns
        let ready = waiters.filter { $0.turn <= turn }
        waiters.removeAll { $0.turn <= turn }
        for waiter in ready { resume(waiter.waiter, isDone: isDone) }
    }

    private mutating func resume(_ waiter: Waiter, isDone: Bool) {
        switch waiter {
        case .work: isWorking = false
        case .call(let call, _): outbox.append(.answered(call: call, isDone: isDone))
        }
    }
}
