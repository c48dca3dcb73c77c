import CareLoop
import Clinical
import Gateway
import Store
import TestKit
import Vocabulary

/// K: an alarm that nobody takes goes along its chain, each step once, across restarts too.
extension World {
    /// Whatever is told of a step is stored, and is told once in the whole run.
    mutating func checkTold(_ telling: AlarmTelling) async throws {
        let alarm = telling.alarm
        let stored = try await memory.alarm(alarm.id)?.offers ?? []
        if telling.number > 0, !stored.contains(where: { $0.number == telling.number }) {
            broken.append("A: step \(telling.number) of \(alarm.id) was told before it was stored")
        }
        let pauses = telling.number > 0 ? 0 : alarm.pauses?.count ?? 0
        let step = "\(alarm.id) \(telling.news) \(telling.number) \(pauses)"
        note("told \(step)")
        if !toldSteps.insert(step).inserted { broken.append("K: told twice: \(step)") }
    }

    /// While the process lives no step is overdue, and no alarm that wants somebody has nobody.
    mutating func checkChains() {
        guard let house, broken.isEmpty, house.machine.ward.nextDeadline.map({ $0 > now }) ?? true
        else { return }
        for alarm in house.machine.ward.openAlarms() where alarm.wantsSomebody {
            guard alarm.priority == .high || alarm.cause == .news2 else { continue }
            guard let last = alarm.offers?.last else {
                broken.append("K: \(alarm.id) \(alarm.cause.name) is offered to nobody")
                continue
            }
            let due = alarm.pausedUntil ?? last.until
            if due <= now { broken.append("K: a step of \(alarm.id) was due at \(due)") }
        }
    }

    /// Nobody was forgotten: every step has its doctors and was told, or the desks that came back
    /// after a restart saw it.
    mutating func checkSteps() async throws {
        for alarm in try await memory.alarms(AlarmFilter(limit: 1_000_000)) {
            let offers = alarm.offers ?? []
            let numbers = offers.map(\.number)
            if numbers != Array(Set(numbers)).sorted() {
                broken.append("K: the steps of \(alarm.id) are \(numbers)")
            }
            for offer in offers {
                let end = offer.answeredAt ?? now
                if offer.doctors == nil, hadTime(from: offer.at, until: end) {
                    broken.append("K: nobody was chosen for step \(offer.number) of \(alarm.id)")
                }
                let toldTo = offer.to == .nurse || offer.doctors?.isEmpty == false
                let step = "\(alarm.id) offered \(offer.number) 0"
                let isSeen = lives.contains { $0.from > offer.at }
                // Taken before its doctors were chosen, a step has nobody to tell.
                let isDue = hadTime(from: offer.at, until: end)
                if offer.number > 1, toldTo, isDue, !toldSteps.contains(step), !isSeen {
                    broken.append("K: \(step) was told nobody")
                }
            }
        }
    }

    /// Whether the process lived for seven seconds of the span at one go.
    private func hadTime(from start: Instant, until end: Instant) -> Bool {
        lives.contains { life in
            min(end, life.until ?? now) - max(start, life.from) >= .seconds(7)
        }
    }
}
