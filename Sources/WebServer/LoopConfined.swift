/// The address of a C object that belongs to one event loop's thread.
///
/// It may travel with its owner; its owner promises to follow it on that thread only.
@safe
struct LoopConfined: Sendable {
    private let bits: UInt

    init(_ pointer: OpaquePointer?) {
        bits = UInt(bitPattern: pointer)
    }

    var isSet: Bool {
        bits != 0
    }

    var pointer: OpaquePointer {
        guard let pointer = unsafe OpaquePointer(bitPattern: bits) else {
            preconditionFailure("a C object of the web loop was never made")
        }
        return unsafe pointer
    }
}

/// Bytes that live until the callback that carries them returns.
///
/// They may be handed to the isolated part of a callback, which must not keep them.
@safe
package struct BorrowedBytes: Sendable {
    private let start: UInt
    let count: Int

    /// The bytes at that place.
    package init(_ start: UnsafeRawPointer?, _ count: Int) {
        self.start = UInt(bitPattern: start)
        self.count = unsafe start == nil ? 0 : count
    }

    /// The code of a close frame's payload; 1005 when it has none.
    var closeCode: UInt16 {
        withSpan { bytes in
            bytes.count >= 2 ? UInt16(bytes[0]) << 8 | UInt16(bytes[1]) : 1_005
        }
    }

    /// The bytes as text, for errors.
    var text: String {
        withSpan { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Takes the bytes for libwebsockets' cursor into a header that is being written, with `count`
    /// bytes of room, and writes there; false when there is no room.
    func appendHeader(_ text: [UInt8]) -> Bool {
        guard
            let cursor = unsafe UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>(
                bitPattern: start
            ),
            let end = unsafe cursor.pointee, text.count < count
        else { return false }
        unsafe end.update(from: text, count: text.count)
        unsafe cursor.pointee = end + text.count
        return true
    }

    /// Calls `body` with the bytes.
    package func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let bytes = unsafe UnsafeBufferPointer(
            start: UnsafePointer<UInt8>(bitPattern: start),
            count: count
        )
        return unsafe body(bytes.span)
    }
}

extension [UInt8] {
    mutating func append(_ bytes: BorrowedBytes) {
        bytes.withSpan { span in
            unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
        }
    }
}
