import CareLoop
import Clinical
import Foundation
import Scheduler
import Signalling
import Testing
import Vocabulary

/// The whole loop in virtual time from one seed, with reordering, duplicates, lost inputs, refused
/// commits and crashes between any two effects.
@Suite struct SimulationTests {
    @Test func `every invariant holds after every step, whatever happens in whatever order`() {
        let given = ProcessInfo.processInfo.environment["TELEHEALTH_SEED"].flatMap { UInt64($0) }
        for seed in given.map({ $0...$0 }) ?? 1...300 {
            var world = SimulatedWorld(seed: seed)
            let broken = world.run(steps: 120)
            #expect(broken == nil, "TELEHEALTH_SEED=\(seed): \(broken ?? "")")
            if broken != nil { return }
        }
    }

    @Test func `the same seed gives the same run`() {
        var first = SimulatedWorld(seed: 7)
        var second = SimulatedWorld(seed: 7)
        #expect(first.run(steps: 200) == nil)
        #expect(second.run(steps: 200) == nil)
        #expect(first.store == second.store)
        #expect(first.told == second.told)
        #expect(!first.store.bookings.isEmpty)
    }

    @Test func `the runs reach every end that a request and a booking can have`() {
        var requests: Set<RequestState> = []
        var bookings: Set<BookingState> = []
        for seed in 1...60 as ClosedRange<UInt64> {
            var world = SimulatedWorld(seed: seed)
            _ = world.run(steps: 120)
            requests.formUnion(world.store.requests.values.map(\.state))
            bookings.formUnion(world.store.bookings.values.map(\.state))
        }
        // A simulation that never gets anywhere would prove nothing.
        #expect(requests.isSuperset(of: [.open, .matched, .fulfilled, .cancelled, .unmatched]))
        #expect(
            bookings.isSuperset(of: [
                .offered, .confirmed, .inSession, .fulfilled, .noShow, .cancelled, .declined,
                .expired,
            ])
        )
    }
}
