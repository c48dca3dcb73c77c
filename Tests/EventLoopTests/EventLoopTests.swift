import EventLoop
import Glibc
import Synchronization
import Testing

/// An actor whose thread is the loop's.
actor Resident {
    private let loop: EventLoop
    private(set) var notes: [String] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    init(on loop: EventLoop) {
        self.loop = loop
    }

    func thread() -> UInt {
        UInt(pthread_self())
    }

    func isOnLoop() -> Bool {
        loop.isOnLoop
    }

    func note(_ text: String) {
        notes.append(text)
    }

    nonisolated func enter(_ text: String) {
        assumeIsolated { $0.notes.append(text) }
    }

    /// Queues itself again and again.
    func keepBusy(until isOver: @Sendable () -> Bool) async {
        while !isOver() { await Task.yield() }
    }
}

/// Runs `test` with a loop that is stopped afterwards.
func withLoop(_ test: (EventLoop, EpollDriver) async throws -> Void) async throws {
    let driver = EpollDriver()
    let loop = EventLoop(name: "test", driver: driver)
    loop.start()
    let result: Result<Void, any Error>
    do {
        try await test(loop, driver)
        result = .success(())
    } catch {
        result = .failure(error)
    }
    await loop.stop()
    try result.get()
}

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test func `jobs of an actor run on the loop's thread`() async throws {
        try await withLoop { loop, _ in
            let resident = Resident(on: loop)
            let threads = await (0..<50).asyncMap { _ in await resident.thread() }
            #expect(Set(threads).count == 1)
            #expect(await resident.isOnLoop())
            #expect(!loop.isOnLoop)
        }
    }

    @Test func `jobs from many threads run one at a time`() async throws {
        try await withLoop { loop, _ in
            let resident = Resident(on: loop)
            await withTaskGroup { group in
                for task in 0..<20 {
                    group.addTask {
                        for step in 0..<50 { await resident.note("\(task).\(step)") }
                    }
                }
            }
            let notes = await resident.notes
            #expect(notes.count == 1_000)
            for task in 0..<20 {
                let own = notes.filter { $0.hasPrefix("\(task).") }
                #expect(own == (0..<50).map { "\(task).\($0)" })
            }
        }
    }

    @Test func `timers run in the order of their deadlines, equal ones as they were set`()
        async throws
    {
        try await withLoop { loop, _ in
            let resident = Resident(on: loop)
            await withCheckedContinuation { done in
                loop.schedule(after: .milliseconds(60)) {
                    resident.enter("last")
                    done.resume()
                }
                loop.schedule(after: .milliseconds(40)) { resident.enter("second") }
                loop.schedule(after: .milliseconds(20)) { resident.enter("first") }
                loop.schedule(after: .milliseconds(40)) { resident.enter("third") }
                loop.schedule(after: .zero) { resident.enter("at once") }
            }
            #expect(await resident.notes == ["at once", "first", "second", "third", "last"])
        }
    }

    @Test func `a timer never fires early`() async throws {
        try await withLoop { loop, _ in
            for milliseconds in [0, 1, 7, 30] {
                let begin = ContinuousClock.now
                await withCheckedContinuation { done in
                    loop.schedule(after: .milliseconds(milliseconds)) { done.resume() }
                }
                #expect(ContinuousClock.now - begin >= .milliseconds(milliseconds))
            }
        }
    }

    @Test func `a cancelled timer does not run, others do`() async throws {
        try await withLoop { loop, _ in
            let resident = Resident(on: loop)
            await withCheckedContinuation { done in
                let cancelled = loop.schedule(after: .milliseconds(10)) {
                    resident.enter("cancelled")
                }
                loop.schedule(after: .milliseconds(10)) { resident.enter("kept") }
                loop.schedule(after: .milliseconds(30)) { done.resume() }
                loop.cancel(cancelled)
                loop.cancel(cancelled)
            }
            #expect(await resident.notes == ["kept"])
        }
    }

    @Test func `a descriptor's handler enters an actor without a hop`() async throws {
        try await withLoop { loop, driver in
            let resident = Resident(on: loop)
            var ends: [Int32] = [0, 0]
            #expect(unsafe pipe(&ends) == 0)
            let (reader, writer) = (ends[0], ends[1])
            await withCheckedContinuation { done in
                driver.watch(reader, for: .readable) { readiness in
                    driver.unwatch(reader)
                    resident.enter("readable: \(readiness.contains(.readable))")
                    done.resume()
                }
                var byte: UInt8 = 1
                _ = unsafe write(writer, &byte, 1)
            }
            #expect(await resident.notes == ["readable: true"])
            close(reader)
            close(writer)
        }
    }

    @Test func `jobs that queue jobs do not keep timers and descriptors waiting`() async throws {
        try await withLoop { loop, _ in
            let resident = Resident(on: loop)
            let isOver = Flag()
            async let busy: Void = resident.keepBusy { isOver.isSet }
            await withCheckedContinuation { done in
                loop.schedule(after: .milliseconds(5)) { done.resume() }
            }
            isOver.set()
            await busy
        }
    }

    @Test func `stop runs what is queued and returns when the thread has ended`() async throws {
        let loop = EventLoop(name: "test", driver: EpollDriver())
        let resident = Resident(on: loop)
        async let early: Void = resident.note("before start")
        loop.start()
        await early
        await withTaskGroup { group in
            for number in 0..<100 { group.addTask { await resident.note("\(number)") } }
            group.addTask { await loop.stop() }
            group.addTask { await loop.stop() }
        }
        #expect(await resident.notes.count == 101)
        await loop.stop()
        #expect(!loop.isOnLoop)
    }

    @Test func `jobs that arrive after the stop still run, one at a time`() async throws {
        let loop = EventLoop(name: "test", driver: EpollDriver())
        loop.start()
        let resident = Resident(on: loop)
        await loop.stop()
        await withTaskGroup { group in
            for number in 0..<200 { group.addTask { await resident.note("\(number)") } }
        }
        #expect(Set(await resident.notes).count == 200)
        #expect(await resident.isOnLoop())
    }

    @Test func `a loop that is stopped before it started runs what was queued`() async throws {
        let loop = EventLoop(name: "test", driver: EpollDriver())
        let resident = Resident(on: loop)
        await withTaskGroup { group in
            group.addTask { await resident.note("queued") }
            group.addTask { await loop.stop() }
        }
        #expect(await resident.notes == ["queued"])
    }

    @Test func `the loop's thread takes no signals`() async throws {
        try await withLoop { loop, _ in
            let isBlocked = await withCheckedContinuation { answer in
                loop.schedule(after: .zero) {
                    var mask = sigset_t()
                    unsafe pthread_sigmask(SIG_SETMASK, nil, &mask)
                    let blocked = [SIGTERM, SIGINT, SIGHUP].map { unsafe sigismember(&mask, $0) }
                    answer.resume(returning: blocked == [1, 1, 1])
                }
            }
            #expect(isBlocked)
        }
    }
}

/// Set once, from any thread.
final class Flag: Sendable {
    private let state = Atomic<Bool>(false)

    var isSet: Bool {
        state.load(ordering: .acquiring)
    }

    func set() {
        state.store(true, ordering: .releasing)
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ body: (Element) async -> Result) async -> [Result] {
        var results: [Result] = []
        for element in self { results.append(await body(element)) }
        return results
    }
}
