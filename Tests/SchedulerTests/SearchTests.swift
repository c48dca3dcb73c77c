import Foundation
import Scheduler
import Testing
import Vocabulary

/// The search beside the rules written down plainly, over random rosters.
///
/// `TELEHEALTH_SEED` repeats one of them.
@Suite struct SearchTests {
    private let seeds: ClosedRange<UInt64> = {
        let given = ProcessInfo.processInfo.environment["TELEHEALTH_SEED"].flatMap { UInt64($0) }
        return given.map { $0...$0 } ?? 1...80
    }()

    @Test func `the search finds whom the plain rules permit, at the same time, and no one else`() {
        var matcher = Matcher()
        matcher.alternativeLimit = 1_000
        var short = Matcher()
        short.alternativeLimit = 1
        var found = 0
        var refused: Set<String> = []
        for seed in seeds {
            var world = RandomRoster(seed: seed)
            for _ in 0..<8 {
                let request = world.request()
                let isLate = request.deadline - request.duration < world.now
                let terms = MatchTerms(
                    isOverdue: isLate,
                    lead: request.urgency == .routine ? .hours(1) : .zero
                )
                let match = matcher.match(request, in: world.roster, at: world.now, terms: terms)
                let plain = world.plain.answer(
                    request,
                    at: world.now,
                    lead: terms.lead,
                    isOverdue: isLate
                )
                let all = [match.best].compactMap(\.self) + match.alternatives
                let starts = Dictionary(uniqueKeysWithValues: all.map { ($0.doctor, $0.start) })
                #expect(starts == plain.served, "TELEHEALTH_SEED=\(seed), \(request.id)")
                if plain.served.isEmpty {
                    let counts = match.rejections.map { ($0.rule, $0.count) }
                    let refusals = Dictionary(uniqueKeysWithValues: counts)
                    #expect(refusals == plain.refused, "TELEHEALTH_SEED=\(seed), \(request.id)")
                    refused.formUnion(plain.refused.keys)
                }
                let ranked = all.sorted { ($0.cost, $0.doctor) < ($1.cost, $1.doctor) }
                #expect(all == ranked, "TELEHEALTH_SEED=\(seed), \(request.id)")
                // Who is not looked at to the end would not have been among the best.
                let few = short.match(request, in: world.roster, at: world.now, terms: terms)
                #expect(few.best == match.best, "TELEHEALTH_SEED=\(seed), \(request.id)")
                #expect(few.alternatives == Array(match.alternatives.prefix(1)))
                found += all.count
            }
        }
        // Random rosters that permit everybody or nobody would prove nothing.
        if seeds.count > 1 {
            #expect(found > 100)
            #expect(refused == Set(PlainMatcher.rules))
        }
    }

    @Test func `the obstacles named are enough, and fewer of them are not`() {
        let matcher = Matcher()
        var sizes: Set<Int> = []
        var named: Set<String> = []
        for seed in seeds {
            var world = RandomRoster(seed: seed, doctors: 9)
            for _ in 0..<4 {
                let request = world.request()
                let explanation = matcher.explain(
                    request,
                    booking: nil,
                    in: world.roster,
                    at: world.now
                )
                guard explanation.doctor == nil else { continue }
                let rules = explanation.blocking.map(\.rule)
                guard !rules.isEmpty else { continue }
                sizes.insert(rules.count)
                named.formUnion(rules + explanation.unlocks.flatMap(\.rules))
                for bits in 0..<(1 << rules.count) {
                    let waived = rules.indices.filter { bits & (1 << $0) != 0 }.map { rules[$0] }
                    let answer = world.plain.answer(request, at: world.now, waived: Set(waived))
                    #expect(
                        answer.served.isEmpty == (waived.count < rules.count),
                        "TELEHEALTH_SEED=\(seed), \(request.id): without \(waived) of \(rules)"
                    )
                }
                expectUnlocks(explanation, request, world, "TELEHEALTH_SEED=\(seed)")
            }
        }
        if seeds.count > 1 {
            #expect(sizes.isSuperset(of: [1, 2]))
            #expect(named.isSuperset(of: ["window", "station", "language", "doctorFree"]))
        }
    }

    /// Each way out, given alone, lets somebody serve.
    private func expectUnlocks(
        _ explanation: Explanation,
        _ request: ConsultRequest,
        _ world: RandomRoster,
        _ seed: String
    ) {
        for unlock in explanation.unlocks {
            var plain = world.plain
            var waived = Set(unlock.rules)
            if let booking = unlock.booking {
                plain = world.without(booking)
                waived = []
            }
            let served = plain.answer(request, at: world.now, waived: waived).served
            #expect(
                served[unlock.doctor] == unlock.start,
                "\(seed), \(request.id): \(unlock.text)"
            )
        }
        #expect(explanation.blocking.isEmpty == explanation.unlocks.isEmpty, "\(seed)")
    }
}
