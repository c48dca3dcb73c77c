import CMosquitto
import Glibc

/// Makes the library's callbacks note what happens in the inbox that is the client's user data.
func installCallbacks(_ client: OpaquePointer) {
    unsafe mosquitto_connect_v5_callback_set(client) { _, context, code, flags, _ in
        // Bit 0 of CONNACK's flags: the broker had a session for this client id.
        unsafe inbox(context).events.append(
            .connected(code: code, sessionPresent: flags & 1 == 1)
        )
    }
    unsafe mosquitto_disconnect_v5_callback_set(client) { _, context, code, _ in
        unsafe inbox(context).events.append(.disconnected(code: code))
    }
    unsafe mosquitto_publish_v5_callback_set(client) { _, context, id, code, _ in
        unsafe inbox(context).events.append(.published(id: id, code: code))
    }
    unsafe mosquitto_subscribe_v5_callback_set(client) { _, context, id, count, granted, _ in
        let first: Int32 = count > 0 ? unsafe (granted?[0] ?? 128) : 128
        unsafe inbox(context).events.append(.subscribed(id: id, granted: first))
    }
    unsafe mosquitto_message_v5_callback_set(client) { _, context, message, properties in
        guard let message = unsafe message?.pointee, let topic = unsafe message.topic
        else { return }
        unsafe note(message, topic, properties, in: inbox(context))
    }
}

private func note(
    _ message: mosquitto_message,
    _ topic: UnsafeMutablePointer<CChar>,
    _ properties: OpaquePointer?,
    in inbox: Inbox
) {
    // The library copies what it finds with malloc; it is ours to free.
    var contentType: UnsafeMutablePointer<CChar>?
    var responseTopic: UnsafeMutablePointer<CChar>?
    var correlation: UnsafeMutableRawPointer?
    var correlationCount: UInt16 = 0
    if unsafe properties != nil {
        unsafe mosquitto_property_read_string(
            properties,
            Int32(MQTT_PROP_CONTENT_TYPE.rawValue),
            &contentType,
            false
        )
        unsafe mosquitto_property_read_string(
            properties,
            Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue),
            &responseTopic,
            false
        )
        unsafe mosquitto_property_read_binary(
            properties,
            Int32(MQTT_PROP_CORRELATION_DATA.rawValue),
            &correlation,
            &correlationCount,
            false
        )
    }
    defer {
        unsafe free(contentType)
        unsafe free(responseTopic)
        unsafe free(correlation)
    }
    unsafe inbox.batch.append(
        topic: bytes(topic),
        contentType: bytes(contentType),
        payload: UnsafeBufferPointer(
            start: message.payload?.assumingMemoryBound(to: UInt8.self),
            count: message.payload == nil ? 0 : Int(message.payloadlen)
        ),
        responseTopic: bytes(responseTopic),
        correlation: UnsafeBufferPointer(
            start: correlation?.assumingMemoryBound(to: UInt8.self),
            count: correlation == nil ? 0 : Int(correlationCount)
        ),
        isRetained: message.retain
    )
}

/// The bytes of a C string.
private func bytes(_ text: UnsafeMutablePointer<CChar>?) -> UnsafeBufferPointer<UInt8> {
    guard let text = unsafe text else { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
    let count = unsafe strlen(text)
    return unsafe UnsafeBufferPointer(
        start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self),
        count: count
    )
}

private func inbox(_ context: UnsafeMutableRawPointer?) -> Inbox {
    guard let context = unsafe context else {
        preconditionFailure("libmosquitto lost the client's user data")
    }
    return unsafe Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
}
