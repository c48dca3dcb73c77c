import Vocabulary
import Wire

/// The body of a `desc` or a `cand`, checked so far that it may be handed on as it is.
///
/// The session description itself is never decoded: what is relayed are the sender's bytes, in
/// which the member `to` has become `from`. Therefore no key may be escaped, repeated or
/// unknown; in particular a sender cannot bring its own `from`.
public struct RelayedBody: Sendable {
    /// What is handed on.
    public enum Kind: Sendable, Equatable {
        /// An offer.
        case offer
        /// The answer to an offer.
        case answer
        /// Candidates of the round.
        case candidates
    }

    /// The content of `to`.
    public let to: Range<Int>
    /// The link that it belongs to.
    public let link: Int
    /// The round of negotiation that it belongs to.
    public let round: Int
    /// What it is.
    public let kind: Kind
    /// The content of the session description, escaped as it came; nil for candidates.
    let description: Range<Int>?
    /// The body with its braces.
    public let body: Range<Int>
    private let toMember: Range<Int>

    /// The most candidates in one message.
    public static let candidateLimit = 20

    /// Reads the body that lies at `body` in the text of a message of the type.
    public init(
        _ type: MessageType,
        body: Range<Int>,
        in bytes: Span<UInt8>
    ) throws(MessageError) {
        do {
            var reader = Reader(type: type)
            try reader.read(at: body.lowerBound, bytes)
            self.to = try reader.to ?? { throw MessageError.field("to") }()
            self.toMember = reader.toMember
            self.link = try reader.link ?? { throw MessageError.field("link") }()
            self.round = try reader.round ?? { throw MessageError.field("n") }()
            self.kind = try reader.kind(bytes)
            self.description = reader.description
            self.body = body
        } catch let error as JSONError {
            throw .notJSON(error)
        } catch let error as MessageError {
            throw error
        } catch {
            throw .key
        }
    }

    /// Appends the body as the receiver gets it: `to` has become `from`.
    func append(from sender: String, in bytes: Span<UInt8>, to frame: inout [UInt8]) {
        frame.append(bytes.extracting(body.lowerBound..<toMember.lowerBound))
        frame.append("\"from\":\"")
        frame.append(contentsOf: sender.utf8)
        frame.append(UInt8(ascii: "\""))
        frame.append(bytes.extracting(toMember.upperBound..<body.upperBound))
    }
}

private struct Reader {
    let type: MessageType
    var to: Range<Int>?
    var toMember = 0..<0
    var link: Int?
    var round: Int?
    var descriptionKind: JSONText?
    var description: Range<Int>?
    var hasCandidates = false
    var isLast: Bool?

    mutating func read(at start: Int, _ bytes: Span<UInt8>) throws {
        var cursor = JSONCursor(offset: start)
        let isDescription = type == .desc
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            if key.equals("to", bytes), to == nil {
                let text = try cursor.string(bytes)
                guard !text.isEscaped else { throw MessageError.field("to") }
                to = text.range
                toMember = key.range.lowerBound - 1..<cursor.offset
            } else if key.equals("link", bytes), link == nil {
                link = try number(&cursor, "link", bytes)
            } else if key.equals("n", bytes), round == nil {
                round = try number(&cursor, "n", bytes)
            } else if isDescription, key.equals("kind", bytes), descriptionKind == nil {
                descriptionKind = try cursor.string(bytes)
            } else if isDescription, key.equals("sdp", bytes), description == nil {
                description = try cursor.string(bytes).range
            } else if !isDescription, key.equals("candidates", bytes), !hasCandidates {
                try readCandidates(&cursor, bytes)
                hasCandidates = true
            } else if !isDescription, key.equals("end", bytes), isLast == nil {
                isLast = try cursor.boolean(bytes)
            } else {
                throw MessageError.key
            }
        }
    }

    func kind(_ bytes: Span<UInt8>) throws -> RelayedBody.Kind {
        guard type == .desc else {
            guard hasCandidates || isLast == true else { throw MessageError.field("candidates") }
            return .candidates
        }
        guard description != nil else { throw MessageError.field("sdp") }
        if descriptionKind?.equals("offer", bytes) == true { return .offer }
        if descriptionKind?.equals("answer", bytes) == true { return .answer }
        throw MessageError.field("kind")
    }

    private func number(
        _ cursor: inout JSONCursor,
        _ name: StaticString,
        _ bytes: Span<UInt8>
    ) throws -> Int {
        guard let number = try cursor.number(bytes).integer(bytes), number >= 1, number < 1 << 53
        else { throw MessageError.field(name) }
        return Int(number)
    }

    private func readCandidates(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws {
        var count = 0
        try cursor.enterArray(bytes)
        while try cursor.nextElement(bytes) {
            count += 1
            guard count <= RelayedBody.candidateLimit, try cursor.peek(bytes) == .object
            else { throw MessageError.field("candidates") }
            try readCandidate(&cursor, bytes)
        }
    }

    /// An `RTCIceCandidateInit` as browsers write it.
    private func readCandidate(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws {
        let names: [4 of StaticString] = [
            "candidate", "sdpMid", "sdpMLineIndex", "usernameFragment",
        ]
        var seen: UInt8 = 0
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            guard let index = names.indices.first(where: { key.equals(names[$0], bytes) }),
                seen & 1 << UInt8(index) == 0
            else { throw MessageError.key }
            seen |= 1 << UInt8(index)
            switch (index, try cursor.peek(bytes)) {
            case (0, .string), (1, .string), (3, .string): _ = try cursor.string(bytes)
            case (2, .number): _ = try cursor.number(bytes)
            case (1, .null), (2, .null), (3, .null): try cursor.null(bytes)
            default: throw MessageError.field("candidates")
            }
        }
        guard seen & 1 == 1 else { throw MessageError.field("candidate") }
    }
}
