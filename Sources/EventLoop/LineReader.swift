import Glibc

/// The lines that come out of a pipe, such as the standard output of a child process.
///
/// A thread of its own reads them. Not Foundation's `readabilityHandler`, which stands on a
/// source of Dispatch: when the other end hangs up while that source is taken away, Dispatch
/// goes on with memory it has freed, and the process ends with signal 11.
public enum LineReader {
    /// Reads a descriptor until its end.
    ///
    /// Lines come without their line feed, the last one also when it has none. A copy of the
    /// descriptor is read, so the caller may close its own.
    public static func lines(of descriptor: Int32) -> AsyncStream<String> {
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        let thread = startThread("the lines of a child process") {
            read(copy, into: feed)
            close(copy)
            feed.finish()
        }
        pthread_detach(thread)
        return lines
    }

    private static func read(_ descriptor: Int32, into feed: AsyncStream<String>.Continuation) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                feed.yield(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        if !rest.isEmpty { feed.yield(String(decoding: rest, as: UTF8.self)) }
    }
}
