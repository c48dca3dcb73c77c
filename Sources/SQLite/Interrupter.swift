import CSQLite
import EventLoop

/// Stops a connection's running statement from any thread.
public final class Interrupter: Sendable {
    /// The connection's address, 0 once it is closed.
    private let address: Guarded<UInt>

    init(_ connection: OpaquePointer) {
        address = Guarded(UInt(bitPattern: connection))
    }

    /// Makes the running statement throw `interrupted`; does nothing when none runs.
    public func interrupt() {
        // The lock keeps the connection from being closed under the call.
        address.withLock { address in
            guard let connection = unsafe OpaquePointer(bitPattern: address) else { return }
            unsafe sqlite3_interrupt(connection)
        }
    }

    func disarm() {
        address.withLock { $0 = 0 }
    }
}
