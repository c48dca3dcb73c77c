import CWebSockets

/// Calls a handler on the loop's thread while a descriptor is ready; made, used and stopped there.
@safe
final class Watcher {
    private let loop: WebLoopDriver
    private let watcher: UnsafeMutablePointer<ev_io>
    private let handler: () -> Void

    enum Interest {
        case readable
        case writable
    }

    /// Watches until `stop`; the descriptor stays its owner's.
    init(
        _ descriptor: Int32,
        for interest: Interest,
        on loop: WebLoopDriver,
        _ handler: @escaping () -> Void
    ) {
        self.loop = loop
        self.handler = handler
        unsafe watcher = .allocate(capacity: 1)
        unsafe watcher.initialize(to: ev_io())
        unsafe web_io_init(
            watcher,
            { _, watcher, _ in
                guard let watcher = unsafe watcher, let context = unsafe watcher.pointee.data else {
                    return
                }
                let owner = unsafe Unmanaged<Watcher>.fromOpaque(context).takeUnretainedValue()
                owner.handler()
            },
            descriptor,
            Int32(interest == .readable ? EV_READ : EV_WRITE)
        )
        unsafe watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        resume()
    }

    deinit {
        pause()
        unsafe watcher.deallocate()
    }

    /// Watches again after `pause`.
    func resume() {
        unsafe ev_io_start(loop.handle.pointer, watcher)
    }

    /// Stops watching for now.
    func pause() {
        unsafe ev_io_stop(loop.handle.pointer, watcher)
    }
}
