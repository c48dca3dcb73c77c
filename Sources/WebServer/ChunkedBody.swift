/// Takes the chunked transfer coding off a body (RFC 9112, 7.1); libwebsockets' server does not.
struct ChunkedBody {
    enum Outcome: Equatable {
        case more
        case complete
        case malformed
        case tooLarge
    }

    private enum State {
        case size(digits: Int)
        case sizeExtension
        case sizeEnd
        case data
        case dataEnd
        case dataEndLine
        case trailer(isLineEmpty: Bool)
        case complete
    }

    private var state = State.size(digits: 0)
    private var remaining = 0
    private var trailerBytes = 0

    /// Appends what `bytes` carry to `body`, at most `limit` bytes in all.
    mutating func take(_ bytes: Span<UInt8>, into body: inout [UInt8], limit: Int) -> Outcome {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch state {
            case .size(let digits):
                index += 1
                if let digit = Self.hexDigit(byte) {
                    guard digits < 8 else { return .malformed }
                    remaining = remaining * 16 + digit
                    state = .size(digits: digits + 1)
                } else if digits == 0 {
                    return .malformed
                } else if byte == 0x0D {
                    state = .sizeEnd
                } else if byte == 0x3B || byte == 0x20 || byte == 0x09 {
                    state = .sizeExtension
                } else {
                    return .malformed
                }
            case .sizeExtension:
                index += 1
                trailerBytes += 1
                guard trailerBytes <= 4_096, byte != 0x0A else { return .malformed }
                if byte == 0x0D { state = .sizeEnd }
            case .sizeEnd:
                index += 1
                guard byte == 0x0A else { return .malformed }
                guard body.count + remaining <= limit else { return .tooLarge }
                state = remaining == 0 ? .trailer(isLineEmpty: true) : .data
            case .data:
                let count = min(remaining, bytes.count - index)
                let part = bytes.extracting(index..<index + count)
                unsafe part.withUnsafeBufferPointer { unsafe body.append(contentsOf: $0) }
                index += count
                remaining -= count
                if remaining == 0 { state = .dataEnd }
            case .dataEnd:
                index += 1
                guard byte == 0x0D else { return .malformed }
                state = .dataEndLine
            case .dataEndLine:
                index += 1
                guard byte == 0x0A else { return .malformed }
                state = .size(digits: 0)
            case .trailer(let isLineEmpty):
                index += 1
                trailerBytes += 1
                guard trailerBytes <= 4_096 else { return .malformed }
                if byte == 0x0A {
                    state = isLineEmpty ? .complete : .trailer(isLineEmpty: true)
                    if isLineEmpty { return .complete }
                } else if byte != 0x0D {
                    state = .trailer(isLineEmpty: false)
                }
            case .complete:
                return .complete
            }
        }
        return .more
    }

    private static func hexDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x41...0x46: Int(byte) - 0x41 + 10
        case 0x61...0x66: Int(byte) - 0x61 + 10
        default: nil
        }
    }
}
