import CWebSockets

/// Calls a handler on the loop's thread whenever the loop has nothing more to do and is about to
/// wait; made, used and stopped there.
@safe
final class BeforeWait {
    private let loop: WebLoopDriver
    private let watcher: UnsafeMutablePointer<ev_prepare>
    private let handler: () -> Void

    /// Calls the handler until it is released.
    init(on loop: WebLoopDriver, _ handler: @escaping () -> Void) {
        self.loop = loop
        self.handler = handler
        unsafe watcher = .allocate(capacity: 1)
        unsafe watcher.initialize(to: ev_prepare())
        unsafe web_before_wait_init(watcher) { _, watcher, _ in
            guard let watcher = unsafe watcher, let context = unsafe watcher.pointee.data else {
                return
            }
            let owner = unsafe Unmanaged<BeforeWait>.fromOpaque(context).takeUnretainedValue()
            owner.handler()
        }
        unsafe watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe ev_prepare_start(loop.handle.pointer, watcher)
    }

    deinit {
        unsafe ev_prepare_stop(loop.handle.pointer, watcher)
        unsafe watcher.deallocate()
    }
}
