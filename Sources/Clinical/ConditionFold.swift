import Vocabulary

/// The score and every condition of one patient after some rows in event time.
struct ConditionFold: Sendable {
    /// What a row is judged by.
    struct Terms: Sendable {
        /// NEWS2's rule, then the limits'.
        var rules: [AlarmRule]
        /// The SpO2 scale.
        var scale: SpO2Scale
        /// From when on NEWS2 applies to the patient.
        var scoreFrom: Instant
        /// What the patient is scored by as a child, and until when; nil for nothing.
        var pews: (table: PewsTable, birthYear: Int, until: Instant)?
    }

    var score = ScoreFold()
    /// One a rule, in the rules' order.
    var machines: AlarmMachines
    /// NEWS2's aggregate at the newest evaluation.
    private(set) var total = 0
    /// The score of a child; empty for whoever is scored by NEWS2, and then it takes no room.
    private var pews: [PewsFold] = []

    /// A fold over nothing.
    init(rules: Int) {
        machines = AlarmMachines(rules: rules)
    }

    /// Takes the next row; true when a condition or a priority changed.
    mutating func step(_ row: SampleRow, _ terms: Terms, _ staleness: News2Staleness) -> Bool {
        var changed = false
        if !row.signs.isDisjoint(with: News2Parameter.signs), row.at >= terms.scoreFrom {
            score.take(row, scale: terms.scale)
            let outcome = score.outcome(at: row.at, staleness: staleness)
            total = outcome.total
            let evidence = AlarmMachine.Evidence(
                at: row.at,
                lag: row.lag,
                position: outcome.position,
                priority: outcome.priority,
                heldPriority: outcome.heldPriority,
                isQuestionable: outcome.isQuestionable,
                isSpotCheck: row.isSpotCheck,
                isConfirmed: outcome.isConfirmed
            )
            changed = machines.step(0, evidence, terms.rules[0])
        }
        if let child = terms.pews, row.at < child.until,
            !row.signs.isDisjoint(with: PewsFold.signs)
        {
            changed = step(row, child, terms, staleness) || changed
        }
        for index in 1..<terms.rules.count {
            guard let sign = terms.rules[index].sign, row.signs.contains(sign) else { continue }
            let evidence = AlarmMachine.Evidence(
                at: row.at,
                lag: row.lag,
                position: terms.rules[index].position(of: row.value(sign)),
                priority: terms.rules[index].priority,
                heldPriority: terms.rules[index].priority,
                isQuestionable: row.questionable.contains(sign),
                isSpotCheck: row.isSpotCheck,
                isConfirmed: true
            )
            if machines.step(index, evidence, terms.rules[index]) { changed = true }
        }
        return changed
    }

    /// PEWS's aggregate at the newest evaluation.
    var pewsTotal: Int { pews.first?.total ?? 0 }

    private mutating func step(
        _ row: SampleRow,
        _ child: (table: PewsTable, birthYear: Int, until: Instant),
        _ terms: Terms,
        _ staleness: News2Staleness
    ) -> Bool {
        guard let rule = terms.rules.firstIndex(where: { $0.cause == .pews }) else { return false }
        if pews.isEmpty { pews.append(PewsFold()) }
        let years = CivilTime(row.at).year - child.birthYear
        let evidence = pews[0].step(row, child.table, years: years, staleness)
        return machines.step(rule, evidence, terms.rules[rule])
    }
}
