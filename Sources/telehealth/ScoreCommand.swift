import Arguments
import Clinical
import Glibc
import Wire

let scoreCommand = Command(
    "score",
    "Score NEWS2: JSON lines in on standard input, JSON lines out."
) { _ in
    var writer = JSONWriter(capacity: 1 << 16)
    var pending: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var wrong = 0
    while true {
        let count = unsafe chunk.withUnsafeMutableBytes { buffer in
            unsafe read(STDIN_FILENO, buffer.baseAddress, buffer.count)
        }
        guard count > 0 else { break }
        var start = 0
        for index in 0..<count where chunk[index] == UInt8(ascii: "\n") {
            pending.append(contentsOf: chunk[start..<index])
            wrong += score(pending, into: &writer)
            pending.removeAll(keepingCapacity: true)
            start = index + 1
        }
        pending.append(contentsOf: chunk[start..<count])
        flush(&writer)
    }
    if !pending.isEmpty { wrong += score(pending, into: &writer) }
    flush(&writer)
    guard wrong == 0 else {
        throw CommandFailure("\(wrong) lines could not be scored; each has an 'error' in its place")
    }
}

/// Writes one line for one line; returns 1 when it could not be scored.
private func score(_ line: [UInt8], into writer: inout JSONWriter) -> Int {
    guard line.contains(where: { $0 > 0x20 }) else { return 0 }
    defer { writer.endLine() }
    do {
        try scoreLine(line.span, into: &writer)
        return 0
    } catch {
        writer.object {
            $0.key("error")
            $0.value(error.description)
        }
        return 1
    }
}

private func flush(_ writer: inout JSONWriter) {
    var rest = writer.bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { buffer in
            unsafe write(STDOUT_FILENO, buffer.baseAddress, buffer.count)
        }
        guard count > 0 else { break }
        rest = rest.dropFirst(count)
    }
    writer.reset()
}
