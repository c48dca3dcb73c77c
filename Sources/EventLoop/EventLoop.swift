import CLinux
import Glibc
import Synchronization

/// One thread that runs a C library's event loop and, between its turns, the jobs of the actors
/// pinned to it.
///
/// A callback of the library enters its actor through `assumeIsolated`, without a hop and without
/// a lock, because the loop's thread is the actor's executor. Other threads only enqueue and wake.
///
/// Life cycle: `init` → `start` → `stop`, which returns when the thread has ended. Jobs that
/// arrive later still run, one at a time, on the thread that brings them, so that an actor whose
/// loop is gone can be released in order.
public final class EventLoop: SerialExecutor {
    private enum Phase {
        /// `start` has not been called; jobs wait.
        case created
        /// The thread turns.
        case running
        /// `stop` was called; the thread ends when no job is left.
        case stopping
        /// The thread has ended; `isDraining` while some thread runs late jobs.
        case stopped(isDraining: Bool)
    }

    private struct Shared {
        var phase = Phase.created
        var jobs: [UnownedJob] = []
        var isWaiting = false
        var timers = TimerQueue()
        var handle: pthread_t = 0
        var joiners: [CheckedContinuation<Void, Never>] = []
    }

    /// The thread's name, at most 15 bytes, as `top -H` shows it.
    public let name: String
    private let driver: any LoopDriver
    private let shared = Guarded(Shared())
    /// The thread that is allowed to run jobs now; 0 for none.
    private let owner = Atomic<UInt>(0)

    /// A loop that waits in `driver`; nothing runs before `start`.
    public init(name: String, driver: any LoopDriver) {
        self.name = name
        self.driver = driver
    }

    /// Starts the thread; traps when it was started before or the system refuses a thread.
    public func start() {
        shared.withLock { shared in
            guard case .created = shared.phase else {
                preconditionFailure("event loop '\(name)' was started twice")
            }
            shared.phase = .running
        }
        let handle = startThread("event loop '\(name)'") { self.run() }
        shared.withLock { $0.handle = handle }
    }

    /// Lets the jobs that are queued finish, ends the thread and returns when it has ended.
    ///
    /// Timers that are not due by then are forgotten. To be called from outside the loop.
    public func stop() async {
        enum Next {
            case nothing
            case drain
            case wake
        }
        await withCheckedContinuation { continuation in
            let next: Next = shared.withLock { shared in
                switch shared.phase {
                case .created:
                    shared.phase = .stopped(isDraining: true)
                    return .drain
                case .stopped:
                    return .nothing
                case .running, .stopping:
                    shared.phase = .stopping
                    shared.joiners.append(continuation)
                    return .wake
                }
            }
            switch next {
            case .wake:
                driver.wake()
            case .drain:
                drainLate()
                continuation.resume()
            case .nothing:
                continuation.resume()
            }
        }
        let handle = shared.withLock { shared in
            defer { shared.handle = 0 }
            return shared.handle
        }
        if handle != 0 { pthread_join(handle, nil) }
    }

    /// Runs `body` on the loop's thread once `delay` is over, unless it is cancelled before.
    @discardableResult
    public func schedule(
        after delay: Duration,
        _ body: @escaping @Sendable () -> Void
    ) -> LoopTimer {
        let (timer, isFirst) = shared.withLock { shared in
            let timer = shared.timers.insert(at: monotonicMilliseconds() + delay.milliseconds, body)
            return (timer, shared.isWaiting && shared.timers.isFirst(timer))
        }
        if isFirst { driver.wake() }
        return timer
    }

    /// Forgets a timer; one that has run or is running is left alone.
    public func cancel(_ timer: LoopTimer) {
        shared.withLock { $0.timers.remove(timer) }
    }

    // MARK: Executor

    /// Queues a job of an actor pinned to this loop.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        enum Next {
            case nothing
            case wake
            case drain
        }
        let next: Next = shared.withLock { shared in
            shared.jobs.append(job)
            switch shared.phase {
            case .created: return .nothing
            case .running, .stopping:
                guard shared.isWaiting else { return .nothing }
                shared.isWaiting = false
                return .wake
            case .stopped(isDraining: true): return .nothing
            case .stopped(isDraining: false):
                shared.phase = .stopped(isDraining: true)
                return .drain
            }
        }
        switch next {
        case .nothing: break
        case .wake: driver.wake()
        case .drain: drainLate()
        }
    }

    /// This loop as an executor.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Whether the calling thread is the loop's.
    public func isIsolatingCurrentContext() -> Bool? {
        isOnLoop
    }

    /// Traps unless the calling thread is the loop's.
    public func checkIsolated() {
        precondition(isOnLoop, "called off the event loop '\(name)'")
    }

    /// Whether the calling thread is the loop's.
    public var isOnLoop: Bool {
        owner.load(ordering: .acquiring) == UInt(pthread_self())
    }

    // MARK: The thread

    private func run() {
        owner.store(UInt(pthread_self()), ordering: .releasing)
        _ = unsafe linux_set_thread_name(String(name.prefix(15)))
        while true {
            runJobs()
            runTimers()
            let (isOver, delay): (Bool, Int32?) = shared.withLock { shared in
                if !shared.jobs.isEmpty { return (false, 0) }
                if case .stopping = shared.phase { return (true, nil) }
                shared.isWaiting = true
                return (false, shared.timers.delay(now: monotonicMilliseconds()))
            }
            if isOver { break }
            driver.wait(atMost: delay)
            shared.withLock { $0.isWaiting = false }
        }
        driver.finish()
        // `drainLate` lets nobody else in until the last job is done; then it is over.
        let joiners = shared.withLock { shared in
            shared.phase = .stopped(isDraining: true)
            shared.timers = TimerQueue()
            defer { shared.joiners = [] }
            return shared.joiners
        }
        drainLate()
        for joiner in joiners { joiner.resume() }
    }

    /// Runs what is queued, and what that queues, but not for ever: descriptors are ready too.
    private func runJobs() {
        for _ in 0..<16 {
            let jobs = shared.withLock { shared in
                defer { shared.jobs = [] }
                return shared.jobs
            }
            guard !jobs.isEmpty else { return }
            let executor = unsafe asUnownedSerialExecutor()
            for job in jobs { unsafe job.runSynchronously(on: executor) }
        }
    }

    private func runTimers() {
        while let body = shared.withLock({ $0.timers.popDue(now: monotonicMilliseconds()) }) {
            body()
        }
    }

    /// Runs jobs on the calling thread, which owns the loop meanwhile, until none is left.
    private func drainLate() {
        // A job may let go of the last actor on the loop, and so of the loop itself.
        let kept = unsafe Unmanaged.passRetained(self)
        defer { unsafe kept.release() }
        owner.store(UInt(pthread_self()), ordering: .releasing)
        while true {
            runJobs()
            let isOver = shared.withLock { shared in
                guard shared.jobs.isEmpty else { return false }
                shared.phase = .stopped(isDraining: false)
                owner.store(0, ordering: .releasing)
                return true
            }
            if isOver { return }
        }
    }
}

/// Milliseconds of a clock that never goes back and counts while the machine sleeps.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}

extension Duration {
    /// Whole milliseconds, rounded up so that a timer never fires early.
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
