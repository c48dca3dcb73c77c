import CMosquitto
import Glibc

/// One client of libmosquitto; one method, one call, and no pointer leaves.
///
/// `mosquitto_threaded_set(true)` makes the library queue whatever it wants to send; nothing
/// leaves the socket before `write`. That is what lets a receiver hold PUBACK until its commit.
@safe
struct MosquittoHandle: ~Copyable {
    private let client: OpaquePointer
    /// Where the callbacks note what happened.
    let inbox: Inbox

    init(_ configuration: MQTTConfiguration) throws(MQTTError) {
        _ = libraryIsInitialised
        let inbox = Inbox()
        let context = unsafe Unmanaged.passUnretained(inbox).toOpaque()
        guard
            let client = unsafe mosquitto_new(
                configuration.clientID,
                configuration.cleanStart,
                context
            )
        else { throw MQTTError(call: "mosquitto_new", code: Int32(MOSQ_ERR_ERRNO.rawValue)) }
        unsafe self.client = client
        self.inbox = inbox
        unsafe mosquitto_threaded_set(client, true)
        unsafe installCallbacks(client)
    }

    deinit { unsafe mosquitto_destroy(client) }

    /// Sets the options that hold for every connection; call it once, before `connect`.
    func configure(_ configuration: MQTTConfiguration) throws(MQTTError) {
        let version =
            configuration.version == .five ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try check(
            "mosquitto_int_option",
            unsafe mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, version)
        )
        try check(
            "mosquitto_int_option",
            unsafe mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)
        )
        if let username = configuration.username {
            try check(
                "mosquitto_username_pw_set",
                unsafe mosquitto_username_pw_set(client, username, configuration.password)
            )
        }
        if let security = configuration.security {
            try check(
                "mosquitto_tls_set",
                unsafe mosquitto_tls_set(
                    client,
                    security.authority,
                    nil,
                    security.certificate,
                    security.key,
                    nil
                )
            )
        }
        if let will = configuration.will {
            try check(
                "mosquitto_will_set",
                unsafe mosquitto_will_set(
                    client,
                    will.topic,
                    Int32(will.payload.count),
                    will.payload,
                    will.qos.rawValue,
                    will.retain
                )
            )
        }
    }

    // MARK: Connection

    /// Begins to connect without waiting; CONNACK or a disconnection follows.
    func connect(_ configuration: MQTTConfiguration) throws(MQTTError) {
        if configuration.version == .five { try setConnectProperties(configuration) }
        try check(
            "mosquitto_connect_async",
            unsafe mosquitto_connect_async(
                client,
                configuration.host,
                Int32(configuration.port),
                Int32(configuration.keepAliveSeconds)
            )
        )
    }

    /// Closes the socket, forgets what was queued to be sent, and begins to connect again.
    ///
    /// Unlike `mosquitto_disconnect`, it never writes the queued acknowledgements.
    func reconnect() throws(MQTTError) {
        try check("mosquitto_reconnect_async", unsafe mosquitto_reconnect_async(client))
    }

    /// Queues DISCONNECT; with `discardingSession` the broker forgets the session at once (MQTT 5).
    func disconnect(discardingSession: Bool) {
        guard discardingSession else {
            unsafe mosquitto_disconnect(client)
            return
        }
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        unsafe mosquitto_property_add_int32(
            &properties,
            Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue),
            0
        )
        unsafe mosquitto_disconnect_v5(client, 0, properties)
    }

    /// The socket, nil without one.
    var socket: Int32? {
        let descriptor = unsafe mosquitto_socket(client)
        return descriptor >= 0 ? descriptor : nil
    }

    // MARK: Loop

    /// Reads about one packet; returns whether more may be waiting.
    ///
    /// The library's `max_packets` is overwritten inside, so the caller repeats until false. `errno`
    /// alone does not tell: each queued acknowledgement is also written to a pair of sockets inside
    /// the library that nobody reads here, and leaves EAGAIN behind once that is full.
    func read() throws(MQTTError) -> Bool {
        let before = inbox.batch.count + inbox.events.count
        errno = 0
        try check("mosquitto_loop_read", unsafe mosquitto_loop_read(client, 1))
        let error = errno
        if inbox.batch.count + inbox.events.count > before { return true }
        return error != EAGAIN && error != EWOULDBLOCK
    }

    /// Writes what is queued, as far as the socket takes it.
    func write() throws(MQTTError) {
        try check("mosquitto_loop_write", unsafe mosquitto_loop_write(client, 1))
    }

    /// Writes what is queued as few segments: the library makes a system call of each packet, and
    /// without the cork (tcp(7)) each four bytes of PUBACK would be a segment of their own.
    func writeTogether() throws(MQTTError) {
        setCork(true)
        defer { setCork(false) }
        try write()
    }

    private func setCork(_ isOn: Bool) {
        guard let socket else { return }
        var value: Int32 = isOn ? 1 : 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        // A socket that refuses, or has gone, still writes.
        _ = unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &value, size)
    }

    /// Pings when it is time, and finds a connection that is dead.
    func tick() throws(MQTTError) {
        try check("mosquitto_loop_misc", unsafe mosquitto_loop_misc(client))
    }

    /// Whether something is queued to be written.
    var wantsWrite: Bool { unsafe mosquitto_want_write(client) }

    // MARK: Requests

    /// Queues a subscription and returns the id that its SUBACK will carry.
    func subscribe(_ subscription: MQTTSubscription) throws(MQTTError) -> Int32 {
        var id: Int32 = 0
        let options =
            subscription.retained == .never ? Int32(MQTT_SUB_OPT_SEND_RETAIN_NEVER.rawValue) : 0
        try check(
            "mosquitto_subscribe_v5",
            unsafe mosquitto_subscribe_v5(
                client,
                &id,
                subscription.filter,
                subscription.qos.rawValue,
                options,
                nil
            )
        )
        return id
    }

    /// Queues the end of a subscription.
    func unsubscribe(_ filter: String) throws(MQTTError) {
        try check("mosquitto_unsubscribe", unsafe mosquitto_unsubscribe(client, nil, filter))
    }

    /// Queues a message and returns the id that its acknowledgement will carry.
    func publish(_ message: MQTTMessage) throws(MQTTError) -> Int32 {
        var id: Int32 = 0
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        try unsafe add(message, to: &properties)
        try check(
            "mosquitto_publish_v5",
            unsafe mosquitto_publish_v5(
                client,
                &id,
                message.topic,
                Int32(message.payload.count),
                message.payload,
                message.qos.rawValue,
                message.retain,
                properties
            )
        )
        return id
    }

    private func add(
        _ message: MQTTMessage,
        to properties: inout OpaquePointer?
    ) throws(MQTTError) {
        let texts = [
            (MQTT_PROP_CONTENT_TYPE, message.contentType),
            (MQTT_PROP_RESPONSE_TOPIC, message.responseTopic),
        ]
        for (property, text) in texts {
            guard let text else { continue }
            try check(
                "mosquitto_property_add_string",
                unsafe mosquitto_property_add_string(&properties, Int32(property.rawValue), text)
            )
        }
        if !message.correlation.isEmpty {
            try check(
                "mosquitto_property_add_binary",
                unsafe mosquitto_property_add_binary(
                    &properties,
                    Int32(MQTT_PROP_CORRELATION_DATA.rawValue),
                    message.correlation,
                    UInt16(clamping: message.correlation.count)
                )
            )
        }
        guard let seconds = message.expirySeconds else { return }
        try check(
            "mosquitto_property_add_int32",
            unsafe mosquitto_property_add_int32(
                &properties,
                Int32(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawValue),
                seconds
            )
        )
    }

    /// Gives the library the properties of every CONNECT from now on.
    ///
    /// Only the blocking `mosquitto_connect_bind_v5` takes them. It stores them before it looks
    /// at the port, so a call with an impossible port stores them and connects to nothing.
    private func setConnectProperties(_ configuration: MQTTConfiguration) throws(MQTTError) {
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        try check(
            "mosquitto_property_add_int32",
            unsafe mosquitto_property_add_int32(
                &properties,
                Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue),
                configuration.sessionExpirySeconds
            )
        )
        try check(
            "mosquitto_property_add_int16",
            unsafe mosquitto_property_add_int16(
                &properties,
                Int32(MQTT_PROP_RECEIVE_MAXIMUM.rawValue),
                configuration.receiveMaximum
            )
        )
        let status = unsafe mosquitto_connect_bind_v5(
            client,
            configuration.host,
            -1,
            Int32(configuration.keepAliveSeconds),
            nil,
            properties
        )
        precondition(status == MOSQ_ERR_INVAL.rawValue, "libmosquitto took a negative port")
    }

    private func check(_ call: String, _ status: Int32) throws(MQTTError) {
        guard status <= MOSQ_ERR_SUCCESS.rawValue else { throw MQTTError(call: call, code: status) }
    }
}

extension MQTTError {
    /// The error of a call's status; a lost or refused connection has its own case.
    init(call: String, code: Int32) {
        let number = errno
        let text =
            code == MOSQ_ERR_ERRNO.rawValue
            ? unsafe String(cString: strerror(number))
            : unsafe String(cString: mosquitto_strerror(code))
        switch mosq_err_t(code) {
        case MOSQ_ERR_NO_CONN: self = .notConnected
        case MOSQ_ERR_CONN_LOST, MOSQ_ERR_KEEPALIVE, MOSQ_ERR_ERRNO, MOSQ_ERR_EAI, MOSQ_ERR_LOOKUP,
            MOSQ_ERR_TLS, MOSQ_ERR_TLS_HANDSHAKE, MOSQ_ERR_PROTOCOL, MOSQ_ERR_MALFORMED_PACKET:
            self = .connectionLost(reason: text)
        default: self = .library(call: call, code: code, text: text)
        }
    }
}

/// `mosquitto_lib_init`, once for the process; it is never undone.
private let libraryIsInitialised: Bool = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue
