import CZlib

/// The gzip format (RFC 1952), in which browsers take pages over thin lines.
public enum Gzip {
    /// How much effort packing takes.
    public enum Effort: Int32, Sendable {
        /// For answers that are made once and sent once.
        case quick = 1
        /// For files that are packed once and sent often.
        case thorough = 9
    }

    /// The bytes packed; nil when memory is short or there are more than zlib takes at once (4 GiB).
    public static func pack(_ bytes: [UInt8], _ effort: Effort) -> [UInt8]? {
        guard let count = UInt32(exactly: bytes.count) else { return nil }
        var stream = unsafe z_stream()
        guard unsafe zlib_begin_gzip(&stream, effort.rawValue) == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        guard let room = unsafe UInt32(exactly: deflateBound(&stream, UInt(count))) else {
            return nil
        }
        var isWhole = false
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: Int(room)) { place, written in
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe stream.next_in = source.baseAddress
                unsafe stream.avail_in = count
                unsafe stream.next_out = place.baseAddress
                unsafe stream.avail_out = room
                isWhole = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            written = unsafe Int(room - stream.avail_out)
        }
        return isWhole ? packed : nil
    }
}
