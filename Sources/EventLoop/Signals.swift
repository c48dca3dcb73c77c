import CLinux
import Glibc
import Synchronization

/// The signals of the process as a stream: a handler that only writes to a pipe, and a loop
/// that reads it.
///
/// Not a signalfd: that needs the signals blocked in every thread, and Dispatch keeps one thread
/// that lets all of them through.
public final class Signals: Sendable {
    /// The numbers of the signals that came, in order.
    public let stream: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation
    private let loop: EventLoop

    /// Catches the signals from now on; made once in a process.
    public init(_ numbers: [Int32]) {
        (stream, continuation) = AsyncStream.makeStream()
        let driver = EpollDriver()
        loop = EventLoop(name: "signals", driver: driver)
        var ends: [Int32] = [-1, -1]
        let status = unsafe pipe(&ends)
        precondition(status == 0, "no file descriptors for signals")
        let (reading, writing) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        writingEnd.store(writing, ordering: .releasing)
        loop.start()
        // A process may be born with signals blocked in every thread; this one takes them.
        loop.schedule(after: .zero) { Signals.unblock() }
        driver.watch(reading, for: .readable) { [continuation] _ in
            var number: UInt8 = 0
            while unsafe read(reading, &number, 1) == 1 { continuation.yield(Int32(number)) }
        }
        for number in numbers {
            // The handler does nothing but one `write`, which POSIX allows in it.
            _ = signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(writingEnd.load(ordering: .acquiring), &byte, 1)
            }
        }
    }

    /// Lets all signals through to the calling thread.
    private static func unblock() {
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_UNBLOCK, &all, nil)
    }

    /// Runs `body` with all signals let through, so that a child process started in it is not born
    /// deaf: a child inherits the mask, and the threads of Swift's pool block everything.
    public static func unblocked<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var before = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, nil, &before)
        unblock()
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try body()
    }

    /// Ends the stream and the thread behind it.
    public func stop() async {
        continuation.finish()
        await loop.stop()
    }
}

/// Where the handler writes; a handler can capture nothing.
private let writingEnd = Atomic<Int32>(-1)
