/// What libmosquitto's callbacks reported during one call, for the client to act on after it.
///
/// The callbacks only note; nothing is decided while the library is on the stack, so no call into
/// it is ever made from within one of its callbacks.
final class Inbox {
    /// What happened besides messages.
    enum Event {
        /// CONNACK; `code` 0 is success.
        case connected(code: Int32, sessionPresent: Bool)
        /// The connection ended; `code` is the library's or the broker's.
        case disconnected(code: Int32)
        /// PUBACK, or the message has been written for QoS 0.
        case published(id: Int32, code: Int32)
        /// SUBACK with what was granted; 128 and above is a refusal.
        case subscribed(id: Int32, granted: Int32)
    }

    var events: [Event] = []
    var batch = MQTTBatch()
}
