import CMosquitto

/// libmosquitto and nothing else: subscribes, throws every message away, and counts.
///
/// The peer that the gateway's cost for a message is measured against. It blocks in the library's
/// own loop and acknowledges at once, as any plain subscriber does.
package struct BareSubscriber: ~Copyable {
    private final class Count {
        var messages = 0
        var target: Int
        var isReady: () -> Void

        init(target: Int, isReady: @escaping () -> Void) {
            self.target = target
            self.isReady = isReady
        }
    }

    private let configuration: MQTTConfiguration

    /// A subscriber that connects like `configuration` says and subscribes to its filters.
    package init(_ configuration: MQTTConfiguration) {
        self.configuration = configuration
    }

    /// Receives until there were `messages`; `isReady` is called when the subscription stands.
    package func receive(_ messages: Int, isReady: @escaping () -> Void) throws(MQTTError) -> Int {
        mosquitto_lib_init()
        let count = Count(target: messages, isReady: isReady)
        guard
            let client = unsafe mosquitto_new(
                configuration.clientID,
                true,
                Unmanaged.passUnretained(count).toOpaque()
            )
        else { throw .notConnected }
        defer { unsafe mosquitto_destroy(client) }
        unsafe mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
        if let authority = configuration.security?.authority {
            unsafe mosquitto_tls_set(client, authority, nil, nil, nil, nil)
        }
        unsafe mosquitto_subscribe_callback_set(client) { _, context, _, _, _ in
            guard let context = unsafe context else { return }
            unsafe Unmanaged<Count>.fromOpaque(context).takeUnretainedValue().isReady()
        }
        unsafe mosquitto_message_callback_set(client) { client, context, _ in
            guard let context = unsafe context else { return }
            let count = unsafe Unmanaged<Count>.fromOpaque(context).takeUnretainedValue()
            count.messages += 1
            if count.messages >= count.target { unsafe mosquitto_disconnect(client) }
        }
        var properties: OpaquePointer?
        unsafe mosquitto_property_add_int16(
            &properties,
            Int32(MQTT_PROP_RECEIVE_MAXIMUM.rawValue),
            configuration.receiveMaximum
        )
        defer { unsafe mosquitto_property_free_all(&properties) }
        let status = unsafe mosquitto_connect_bind_v5(
            client,
            configuration.host,
            Int32(configuration.port),
            Int32(configuration.keepAliveSeconds),
            nil,
            properties
        )
        guard status == MOSQ_ERR_SUCCESS.rawValue else {
            throw MQTTError(call: "mosquitto_connect_bind_v5", code: status)
        }
        for subscription in configuration.subscriptions {
            unsafe mosquitto_subscribe(client, nil, subscription.filter, subscription.qos.rawValue)
        }
        while unsafe mosquitto_loop(client, 1_000, 1) == MOSQ_ERR_SUCCESS.rawValue {}
        return count.messages
    }
}
