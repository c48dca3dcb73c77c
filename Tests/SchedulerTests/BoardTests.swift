import Foundation
import Scheduler
import Testing
import Vocabulary

/// The board, which passes over most doctors unread, beside a search that asks every rule.
///
/// A roster whose days are not worked out has an empty board. `TELEHEALTH_SEED` repeats one seed.
@Suite struct BoardTests {
    private let seeds: ClosedRange<UInt64> = {
        let given = ProcessInfo.processInfo.environment["TELEHEALTH_SEED"].flatMap { UInt64($0) }
        return given.map { $0...$0 } ?? 101...118
    }()

    @Test func `what the board passes over changes no decision`() {
        var served = 0
        var unserved = 0
        for seed in seeds {
            for limit in [1, 5] {
                var matcher = Matcher()
                matcher.alternativeLimit = limit
                var (known, plain) = pair(seed)
                for _ in 0..<10 {
                    let request = known.request()
                    #expect(plain.request() == request)
                    let terms = terms(request, known.now)
                    for counting in [false, true] {
                        let found = matcher.match(
                            request,
                            in: known.roster,
                            at: known.now,
                            terms: terms,
                            counting: counting
                        )
                        let asked = matcher.match(
                            request,
                            in: plain.roster,
                            at: plain.now,
                            terms: terms,
                            counting: counting
                        )
                        #expect(found.best == asked.best, "TELEHEALTH_SEED=\(seed)")
                        #expect(found.alternatives == asked.alternatives, "TELEHEALTH_SEED=\(seed)")
                        #expect(found.rejections == asked.rejections, "TELEHEALTH_SEED=\(seed)")
                        #expect(found.specialty == asked.specialty, "TELEHEALTH_SEED=\(seed)")
                        if found.best == nil { unserved += 1 } else { served += 1 }
                    }
                }
            }
        }
        // Rosters that serve everybody or nobody would prove nothing.
        #expect(served > 10)
        #expect(unserved > 10)
    }

    @Test func `what the board passes over changes no explanation`() {
        let matcher = Matcher()
        var sizes: Set<Int> = []
        for seed in seeds {
            var (known, plain) = pair(seed)
            for _ in 0..<6 {
                let request = known.request()
                #expect(plain.request() == request)
                let terms = terms(request, known.now)
                let explained = matcher.explain(
                    request,
                    booking: nil,
                    in: known.roster,
                    at: known.now,
                    terms: terms,
                    substitutes: [.neurology]
                )
                let asked = matcher.explain(
                    request,
                    booking: nil,
                    in: plain.roster,
                    at: plain.now,
                    terms: terms,
                    substitutes: [.neurology]
                )
                #expect(explained == asked, "TELEHEALTH_SEED=\(seed), \(request.id)")
                sizes.insert(explained.blocking.count)
            }
        }
        if seeds.count > 1 { #expect(sizes.isSuperset(of: [0, 1, 2])) }
    }

    @Test func `a roster prepared late or for another day decides the same`() {
        let matcher = Matcher()
        for seed in seeds {
            var (known, plain) = pair(seed)
            var later = known.roster
            later.prepare(at: known.now + .hours(30))
            var earlier = known.roster
            earlier.prepare(at: known.now - .hours(60))
            var late = plain.roster
            late.prepare(at: plain.now)
            for _ in 0..<4 {
                let request = known.request()
                let terms = terms(request, known.now)
                let asked = matcher.match(request, in: plain.roster, at: plain.now, terms: terms)
                for roster in [later, earlier, late] {
                    let found = matcher.match(request, in: roster, at: known.now, terms: terms)
                    #expect(found.best == asked.best, "TELEHEALTH_SEED=\(seed)")
                    #expect(found.rejections == asked.rejections, "TELEHEALTH_SEED=\(seed)")
                }
            }
        }
    }

    /// The same country twice: with its days worked out, and without.
    private func pair(_ seed: UInt64) -> (known: RandomRoster, plain: RandomRoster) {
        (
            RandomRoster(seed: seed, doctors: 40, isPrepared: true),
            RandomRoster(seed: seed, doctors: 40, isPrepared: false)
        )
    }

    private func terms(_ request: ConsultRequest, _ now: Instant) -> MatchTerms {
        MatchTerms(
            fallback: request.urgency == .emergency ? [.neurology] : [],
            isOverdue: request.deadline - request.duration < now,
            lead: request.urgency == .routine ? .hours(1) : .zero
        )
    }
}
