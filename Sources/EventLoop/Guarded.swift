import Glibc

/// A value that one thread at a time may touch, behind a POSIX mutex.
///
/// `Synchronization.Mutex` does the same, but Swift 6.3's thread sanitizer does not see its lock on
/// Linux and reports every use as a race; it knows a POSIX mutex, so that the gate can mean it.
@safe
public final class Guarded<Value>: @unchecked Sendable {
    // Sendable because `value` is reached through `withLock` alone, which holds the mutex.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    /// Guards a value.
    public init(_ value: sending Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let status = unsafe pthread_mutex_init(mutex, nil)
        precondition(status == 0, "the system refuses a mutex")
        self.value = value
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the value while no other thread touches it; not re-entrant.
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
