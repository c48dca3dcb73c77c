import Vocabulary

/// A child's score in event time: the newest of each sign, one row after another.
struct PewsFold: Sendable {
    private struct Input: Sendable {
        var at = Instant.distantPast
        var value = Magnitude(0)
        var isQuestionable = false
    }

    /// The signs that the score is made of.
    static let signs: SignSet = [
        SignSet(.heartRate), SignSet(.pulseRate), SignSet(.systolicPressure),
        SignSet(.respiratoryRate), SignSet(.oxygenSaturation), SignSet(.supplementalOxygen),
        SignSet(.oxygenFlow),
    ]

    private var inputs: [Sign: Input] = [:]
    /// The aggregate of the newest evaluation.
    private(set) var total = 0
    /// Whether the evaluation before called for an alarm too, so that one glitch cannot page.
    private var wasRaised = false

    /// Takes the row's values and says what they call for at its time.
    ///
    /// As for NEWS2, fresh inputs alone raise, so a missing one counts nothing and the score's lower
    /// bound alarms; to clear, the stale ones must be harmless too.
    mutating func step(
        _ row: SampleRow,
        _ table: PewsTable,
        years: Int,
        _ staleness: News2Staleness
    ) -> AlarmMachine.Evidence {
        row.signs.intersection(PewsFold.signs).forEachNumber { sign in
            inputs[sign] = Input(
                at: row.at,
                value: row.value(sign),
                isQuestionable: row.questionable.contains(sign)
            )
        }
        let known = inputs
        var isQuestionable = false
        let fresh = PewsScore(table, years: years) { sign in
            guard let input = known[sign],
                row.at.milliseconds - input.at.milliseconds <= staleness.milliseconds(child: sign)
            else { return nil }
            isQuestionable = isQuestionable || input.isQuestionable
            return input.value
        }
        let all = PewsScore(table, years: years) { known[$0]?.value }
        total = fresh.total
        let raise = table.priority(total: fresh.total)
        let hold = table.priority(total: all.total)
        defer { wasRaised = raise != nil }
        return AlarmMachine.Evidence(
            at: row.at,
            lag: row.lag,
            position: raise != nil ? .beyond : hold == nil ? .inside : .between,
            priority: raise ?? .low,
            heldPriority: hold ?? .low,
            isQuestionable: isQuestionable,
            isSpotCheck: row.isSpotCheck,
            isConfirmed: wasRaised || row.isSpotCheck
        )
    }
}

extension News2Staleness {
    /// How old a child's sign may be, in milliseconds; the same times as for NEWS2.
    func milliseconds(child sign: Sign) -> Int64 {
        News2Parameter(sign).map { milliseconds($0) } ?? Int64(observedSeconds) * 1_000
    }
}

extension Patient {
    /// Age in whole years at the year's end, as only the year of birth is recorded.
    func years(at: Instant) -> Int { CivilTime(at).year - birthYear }
}
