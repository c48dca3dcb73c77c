import CLinux
import Glibc

/// Starts a thread of the system that runs `body`; it is joined or detached by the caller.
///
/// Traps when the system refuses a thread; `purpose` is named then.
func startThread(_ purpose: String, _ body: @escaping @Sendable () -> Void) -> pthread_t {
    // Signals are for the thread of `Signals`; a library must not be interrupted by one.
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] {
        unsafe sigdelset(&all, fault)
    }
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    let work = unsafe Unmanaged.passRetained(ThreadWork(body)).toOpaque()
    var handle = pthread_t()
    let status = unsafe pthread_create(
        &handle,
        nil,
        { work in
            guard let work = unsafe work else { return nil }
            unsafe Unmanaged<ThreadWork>.fromOpaque(work).takeRetainedValue().body()
            return nil
        },
        work
    )
    precondition(status == 0, "the system refuses a thread for \(purpose)")
    return handle
}

/// What a thread runs, as an object that a C pointer can carry.
private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
