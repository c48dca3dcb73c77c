public import EventLoop

/// One thread that serves thousands of MQTT clients: an event loop with its epoll.
///
/// Actors that work with the clients' messages may be pinned to `eventLoop` too; the clients'
/// callbacks then enter them without a hop.
public final class MQTTLoop: Sendable {
    /// The executor of the clients, and of the actors that work with them.
    public let eventLoop: EventLoop
    let driver: EpollDriver

    /// A loop; nothing runs before `start`.
    public init(name: String = "mqtt") {
        driver = EpollDriver()
        eventLoop = EventLoop(name: name, driver: driver)
    }

    /// Starts the thread.
    public func start() {
        eventLoop.start()
    }

    /// Ends the thread; disconnect the clients before.
    public func stop() async {
        await eventLoop.stop()
    }
}
