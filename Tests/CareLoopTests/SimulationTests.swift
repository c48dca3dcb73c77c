import CareLoop
import Clinical
import Foundation
import Scheduler
import Signalling
import Testing
import Vocabulary

/// The whole loop in virtual time from one seed, with reordering, duplicates, lost inputs, refused
/// commits and crashes between any two effects.
///
/// `TELEHEALTH_SEED` repeats one run, `TELEHEALTH_SEEDS` says how many to do.
@Suite struct SimulationTests {
    @Test func `every invariant holds after every step, whatever happens in whatever order`() {
        let environment = ProcessInfo.processInfo.environment
        let given = environment["TELEHEALTH_SEED"].flatMap { UInt64($0) }
        let count = environment["TELEHEALTH_SEEDS"].flatMap { UInt64($0) } ?? 150
        for seed in given.map({ $0...$0 }) ?? 1...count {
            var world = SimulatedWorld(seed: seed)
            let broken = world.run(steps: 80)
            #expect(broken == nil, "TELEHEALTH_SEED=\(seed): \(broken ?? "")")
            if broken != nil { return }
        }
    }

    @Test func `the same seed gives the same run`() {
        var first = SimulatedWorld(seed: 7)
        var second = SimulatedWorld(seed: 7)
        #expect(first.run(steps: 100) == nil)
        #expect(second.run(steps: 100) == nil)
        #expect(first.store == second.store)
        #expect(first.told == second.told)
        #expect(!first.store.bookings.isEmpty)
    }

    @Test func `the runs reach every end that a request, a booking and a ring can have`() {
        var requests: Set<RequestState> = []
        var bookings: Set<BookingState> = []
        var displaced = 0
        var rings: Set<RingEnd> = []
        var claims: Set<ClaimState> = []
        var groups: Set<BookingState> = []
        for seed in 1...60 as ClosedRange<UInt64> {
            var world = SimulatedWorld(seed: seed)
            _ = world.run(steps: 100)
            requests.formUnion(world.store.requests.values.map(\.state))
            bookings.formUnion(world.store.bookings.values.map(\.state))
            displaced += world.store.bookings.values.count { $0.displacedFor != nil }
            claims.formUnion(
                world.store.bookings.values.flatMap { $0.claims ?? [] }.map(\.state)
            )
            groups.formUnion(
                world.store.bookings.values.filter { $0.doctors.count > 1 }.map(\.state)
            )
            rings.formUnion(world.store.bookings.values.compactMap(\.ring?.end))
        }
        #expect(displaced > 0)
        #expect(rings == Set(RingEnd.allCases))
        #expect(claims == Set(ClaimState.allCases))
        #expect(groups.isSuperset(of: [.held, .offered, .declined, .expired, .fulfilled]))
        // A simulation that never gets anywhere would prove nothing.
        #expect(requests.isSuperset(of: [.open, .matched, .fulfilled, .cancelled, .unmatched]))
        #expect(
            bookings.isSuperset(of: [
                .offered, .held, .confirmed, .inSession, .fulfilled, .noShow, .cancelled, .declined,
                .expired,
            ])
        )
    }
}
