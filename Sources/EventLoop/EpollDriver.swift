import CLinux
import Glibc

/// Why a file descriptor is watched, or why its handler is called.
public struct Readiness: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt8

    /// The set with these bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There is something to read, or the other end has closed.
    public static let readable = Readiness(rawValue: 1)
    /// There is room to write.
    public static let writable = Readiness(rawValue: 2)
}

/// Waits for sockets with epoll, level-triggered, and for `wake` with an eventfd.
///
/// Without a watched descriptor it is the loop of a plain worker thread, such as a database's.
public final class EpollDriver: LoopDriver {
    private let epoll: Int32
    private let wakeUp: Int32
    private let handlers = Guarded<[Int32: @Sendable (Readiness) -> Void]>([:])

    /// A driver that watches nothing yet; traps when the system gives no descriptor.
    public init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(epoll >= 0 && wakeUp >= 0, "no file descriptor for an event loop")
        control(EPOLL_CTL_ADD, wakeUp, .readable)
    }

    deinit {
        close(wakeUp)
        close(epoll)
    }

    /// Calls `handler` on the loop's thread whenever the descriptor is ready.
    ///
    /// The descriptor stays its owner's, who calls `unwatch` before closing it.
    public func watch(
        _ descriptor: Int32,
        for readiness: Readiness,
        _ handler: @escaping @Sendable (Readiness) -> Void
    ) {
        handlers.withLock { $0[descriptor] = handler }
        control(EPOLL_CTL_ADD, descriptor, readiness)
    }

    /// Changes what a watched descriptor is watched for.
    public func change(_ descriptor: Int32, to readiness: Readiness) {
        control(EPOLL_CTL_MOD, descriptor, readiness)
    }

    /// Stops watching; a descriptor that is not watched is left alone.
    public func unwatch(_ descriptor: Int32) {
        let wasWatched = handlers.withLock { $0.removeValue(forKey: descriptor) != nil }
        // A descriptor that the library closed itself has left the set already: EBADF is fine.
        if wasWatched { epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil) }
    }

    /// Waits in `epoll_wait` and calls the handlers of what is ready.
    public func wait(atMost milliseconds: Int32?) {
        var events = unsafe InlineArray<64, epoll_event>(repeating: epoll_event())
        var span = unsafe events.mutableSpan
        let count = unsafe span.withUnsafeMutableBufferPointer {
            unsafe epoll_wait(epoll, $0.baseAddress, Int32($0.count), milliseconds ?? -1)
        }
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = unsafe events[index]
            let descriptor = unsafe event.data.fd
            if descriptor == wakeUp {
                var counter: UInt64 = 0
                _ = unsafe read(wakeUp, &counter, MemoryLayout<UInt64>.size)
                continue
            }
            let handler = handlers.withLock { $0[descriptor] }
            handler?(Readiness(epollEvents: unsafe event.events))
        }
    }

    /// Ends a wait, through the eventfd.
    public func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    /// Nothing to free before `deinit`.
    public func finish() {}

    private func control(_ operation: Int32, _ descriptor: Int32, _ readiness: Readiness) {
        var event = unsafe epoll_event()
        unsafe event.events = readiness.epollEvents
        unsafe event.data.fd = descriptor
        let status = unsafe epoll_ctl(epoll, operation, descriptor, &event)
        precondition(status == 0, "epoll_ctl failed on descriptor \(descriptor): errno \(errno)")
    }
}

extension Readiness {
    fileprivate init(epollEvents events: UInt32) {
        self = []
        // Hang-up and error show as a read that returns 0 or fails.
        if events & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            insert(.readable)
        }
        if events & EPOLLOUT.rawValue != 0 { insert(.writable) }
    }

    fileprivate var epollEvents: UInt32 {
        (contains(.readable) ? EPOLLIN.rawValue : 0) | (contains(.writable) ? EPOLLOUT.rawValue : 0)
    }
}
