import Store
import Wire

/// Reads a device's payloads: the content type chooses the format.
struct PayloadDecoder {
    private var native = NativeDecoder()
    private let limits: IngestLimits

    init(limits: IngestLimits) {
        self.limits = limits
    }

    /// Reads a payload of readings into `payload`, which is reset first.
    ///
    /// A content type other than JSON is refused as `undecodable`; without one the payload is read
    /// as native JSON.
    mutating func decode(
        _ bytes: Span<UInt8>,
        contentType: Span<UInt8>,
        into payload: inout DecodedPayload
    ) throws(Refusal) {
        payload.reset()
        guard bytes.count <= limits.payloadBytes else {
            throw Refusal(
                .limit,
                "the payload has \(bytes.count) bytes, at most \(limits.payloadBytes) are read"
            )
        }
        guard contentType.isEmpty || contentType.isNativeJSON else {
            throw Refusal(
                .undecodable,
                "no decoder for this content type; send 'application/json'"
            )
        }
        try native.decode(bytes, readingLimit: limits.readingsPerMessage, into: &payload)
    }
}

extension Span<UInt8> {
    /// `application/json`, with or without parameters.
    fileprivate var isNativeJSON: Bool {
        let name: StaticString = "application/json"
        let size = name.utf8CodeUnitCount
        guard count >= size, extracting(0..<size).equals(name) else { return false }
        return count == size || self[size] == UInt8(ascii: ";") || self[size] == UInt8(ascii: " ")
    }
}
