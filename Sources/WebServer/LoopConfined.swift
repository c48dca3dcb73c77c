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
struct BorrowedBytes: Sendable {
    private let start: UInt
    let count: Int

    init(_ start: UnsafeRawPointer?, _ count: Int) {
        self.start = UInt(bitPattern: start)
        self.count = unsafe start == nil ? 0 : count
    }

    /// Calls `body` with the bytes.
    func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
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
