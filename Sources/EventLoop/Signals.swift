import CLinux
import Glibc

/// The signals of the process as a stream, taken through a signalfd instead of a handler.
///
/// The signals are blocked for every thread that is started afterwards, so make it first.
public final class Signals: Sendable {
    /// The numbers of the signals that came, in order.
    public let stream: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation
    private let loop: EventLoop

    /// Blocks the signals in this thread and all later ones; call it before any other thread runs.
    public static func block(_ numbers: [Int32]) {
        var set = mask(of: numbers)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Runs `body` with the signals let through, so that a child process started in it is not
    /// born deaf to them.
    public static func unblocked<Result, Failure: Error>(
        _ numbers: [Int32],
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var set = mask(of: numbers)
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
        defer { unsafe pthread_sigmask(SIG_BLOCK, &set, nil) }
        return try body()
    }

    /// Takes the blocked signals as they come.
    public init(_ numbers: [Int32]) {
        (stream, continuation) = AsyncStream.makeStream()
        let driver = EpollDriver()
        loop = EventLoop(name: "signals", driver: driver)
        var set = Signals.mask(of: numbers)
        let descriptor = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        precondition(descriptor >= 0, "no file descriptor for signals")
        loop.start()
        driver.watch(descriptor, for: .readable) { [continuation] _ in
            var info = signalfd_siginfo()
            let size = MemoryLayout<signalfd_siginfo>.size
            while unsafe read(descriptor, &info, size) == size {
                continuation.yield(Int32(info.ssi_signo))
            }
        }
    }

    /// Ends the stream and the thread behind it.
    public func stop() async {
        continuation.finish()
        await loop.stop()
    }

    private static func mask(of numbers: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        return set
    }
}
