import EventLoop
import Glibc
import Testing

struct LineReaderTests {
    /// A pipe whose writing end the test holds; the reading end belongs to the reader alone.
    private func pipeline() throws -> (lines: AsyncStream<String>, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        return (LineReader.lines(of: ends[0]), ends[1])
    }

    private func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        #expect(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    @Test("a line comes when it is whole, however its pieces arrive")
    func pieces() async throws {
        let (lines, writing) = try pipeline()
        var iterator = lines.makeAsyncIterator()
        write("first\nsec", to: writing)
        #expect(await iterator.next() == "first")
        write("ond, with ổ\n\n", to: writing)
        #expect(await iterator.next() == "second, with ổ")
        #expect(await iterator.next() == "")
        close(writing)
        #expect(await iterator.next() == nil)
    }

    @Test("the last line counts without a line feed too")
    func unended() async throws {
        let (lines, writing) = try pipeline()
        write("a\nlast words", to: writing)
        close(writing)
        var all: [String] = []
        for await line in lines { all.append(line) }
        #expect(all == ["a", "last words"])
    }

    @Test("many ends that hang up at the same moment lose nothing")
    func hangUps() async throws {
        var readers: [AsyncStream<String>] = []
        var ends: [Int32] = []
        for number in 0..<100 {
            let (lines, writing) = try pipeline()
            write("line \(number)\n", to: writing)
            readers.append(lines)
            ends.append(writing)
        }
        for end in ends { close(end) }
        for (number, lines) in readers.enumerated() {
            var all: [String] = []
            for await line in lines { all.append(line) }
            #expect(all == ["line \(number)"])
        }
    }
}
