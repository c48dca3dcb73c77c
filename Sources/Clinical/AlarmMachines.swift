import Vocabulary

/// The machines of one patient's rules, in the rules' order; those at rest take a time each.
///
/// Of a rule that never alarmed nothing is known but when its newest sample was. That is nearly
/// every rule of nearly every patient, and a patient's window keeps several folds.
struct AlarmMachines: Sendable {
    private struct Busy: Sendable {
        let rule: Int
        var machine: AlarmMachine
    }

    private var lastAt: [Instant]
    /// The machines that are not at rest.
    private var busy: [Busy] = []

    /// Machines at rest.
    init(rules: Int) {
        lastAt = Array(repeating: .distantPast, count: rules)
    }

    /// The machine of a rule.
    subscript(rule: Int) -> AlarmMachine {
        get {
            busy.first { $0.rule == rule }?.machine ?? AlarmMachine(restingSince: lastAt[rule])
        }
        set {
            busy.removeAll { $0.rule == rule }
            lastAt[rule] = newValue.lastAt
            if !newValue.isAtRest { busy.append(Busy(rule: rule, machine: newValue)) }
        }
    }

    /// Takes a rule's next sample; true when its condition or priority changed.
    mutating func step(_ rule: Int, _ evidence: AlarmMachine.Evidence, _ terms: AlarmRule) -> Bool {
        lastAt[rule] = evidence.at
        guard let index = busy.firstIndex(where: { $0.rule == rule }) else {
            guard evidence.position == .beyond else { return false }
            var machine = AlarmMachine()
            let changed = machine.step(evidence, terms)
            busy.append(Busy(rule: rule, machine: machine))
            return changed
        }
        let changed = busy[index].machine.step(evidence, terms)
        if busy[index].machine.isAtRest { busy.remove(at: index) }
        return changed
    }

    /// Takes other rules: `places` says of each which rule it was before, nil for a new one.
    mutating func rearrange(_ places: [Int?]) {
        let earlier = self
        self = AlarmMachines(rules: places.count)
        for (rule, place) in places.enumerated() {
            if let place { self[rule] = earlier[place] }
        }
    }
}
