import CLinux
import CWebSockets
public import EventLoop
import Glibc

/// The thread that web servers and clients share, with the actors that are pinned to it.
///
/// libwebsockets runs on a libev loop that is ours: a turn of it ends when something happened, a
/// timer of `events` is due, or a job was queued. With libwebsockets' own loop a turn never ends.
///
/// Stop the servers and clients before the loop: what is left then is closed by nobody.
public final class WebLoop: Sendable {
    /// The executor for actors that are called by a server, and their timers.
    public let events: EventLoop
    let driver: WebLoopDriver

    /// A loop that does nothing before `start`; `name` is its thread's, at most 15 bytes.
    public init(name: String = "web") {
        driver = WebLoopDriver()
        events = EventLoop(name: name, driver: driver)
    }

    /// Starts the thread.
    public func start() {
        events.start()
    }

    /// Lets queued jobs finish and returns when the thread has ended.
    public func stop() async {
        await events.stop()
    }
}

/// Waits in libev, and for `wake` with an eventfd.
final class WebLoopDriver: LoopDriver {
    /// The libev loop; to be used on the loop's thread only.
    let handle: LoopConfined
    private let wakeUp: Int32
    private let timer: LoopConfined
    private let waker: LoopConfined

    init() {
        // libev picks epoll; its start-up touches static variables.
        let loop = libraryLock.withLock { _ in
            unsafe LoopConfined(ev_loop_new(UInt32(EVFLAG_AUTO)))
        }
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(loop.isSet && wakeUp >= 0, "no file descriptor for a web loop")
        handle = loop

        let timer = UnsafeMutablePointer<ev_timer>.allocate(capacity: 1)
        unsafe timer.initialize(to: ev_timer())
        // Being due is all the timer is for: it ends the wait.
        unsafe web_timer_init(timer) { _, _, _ in }
        unsafe self.timer = LoopConfined(OpaquePointer(timer))

        let waker = UnsafeMutablePointer<ev_io>.allocate(capacity: 1)
        unsafe waker.initialize(to: ev_io())
        unsafe web_io_init(
            waker,
            { _, watcher, _ in
                var counter: UInt64 = 0
                guard let watcher = unsafe watcher else { return }
                _ = unsafe read(watcher.pointee.fd, &counter, MemoryLayout<UInt64>.size)
            },
            wakeUp,
            Int32(EV_READ)
        )
        unsafe ev_io_start(loop.pointer, waker)
        unsafe self.waker = LoopConfined(OpaquePointer(waker))
    }

    deinit {
        let waker = unsafe UnsafeMutablePointer<ev_io>(self.waker.pointer)
        let timer = unsafe UnsafeMutablePointer<ev_timer>(self.timer.pointer)
        unsafe ev_io_stop(handle.pointer, waker)
        unsafe ev_timer_stop(handle.pointer, timer)
        unsafe ev_loop_destroy(handle.pointer)
        unsafe waker.deallocate()
        unsafe timer.deallocate()
        close(wakeUp)
    }

    func wait(atMost milliseconds: Int32?) {
        guard milliseconds != 0 else {
            unsafe ev_run(handle.pointer, Int32(EVRUN_NOWAIT))
            return
        }
        let timer = unsafe UnsafeMutablePointer<ev_timer>(self.timer.pointer)
        if let milliseconds {
            unsafe web_timer_start(handle.pointer, timer, Double(milliseconds) / 1_000)
        }
        unsafe ev_run(handle.pointer, Int32(EVRUN_ONCE))
        if milliseconds != nil { unsafe ev_timer_stop(handle.pointer, timer) }
    }

    func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    /// The libev loop stays until `deinit`: a server may still be closed by late jobs.
    func finish() {}
}

/// Held while a context is made or freed: libwebsockets, OpenSSL and libev count what they have
/// initialised in plain static variables.
let libraryLock = Guarded(())
