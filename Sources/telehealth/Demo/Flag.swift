import Synchronization

/// A truth value that one task sets and others see.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    /// Whether it was set.
    var isSet: Bool { value.load(ordering: .acquiring) }

    /// Sets it for good.
    func set() { value.store(true, ordering: .releasing) }
}
