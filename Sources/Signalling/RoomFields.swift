import Vocabulary
import Wire

/// What a participant can send.
public struct ParticipantMedia: Sendable, Equatable {
    /// Sound.
    public let audio: Bool
    /// A picture.
    public let video: Bool
}

/// What a moderator does to a participant, or to the session.
enum ModerationAct: String, CaseIterable {
    /// Asks a participant to be silent.
    case mute
    /// Takes that back.
    case unmute
    /// Puts a participant out.
    case remove
    /// Makes a participant something else.
    case role
    /// From now on newcomers are let in one by one.
    case lock
    /// From now on they enter as the booking says.
    case unlock
    /// Shows a participant large to everybody; nobody in particular when none is named.
    case present
}

/// What is said about consents in one message.
struct ConsentWords: Equatable {
    /// What is given or taken back, in the order of the message.
    var changes: [(purpose: ConsentPurpose, granted: Bool)] = []
    /// Whether what is not named is not given.
    var isComplete = false

    /// Whether both say the same.
    static func == (left: ConsentWords, right: ConsentWords) -> Bool {
        left.isComplete == right.isComplete
            && left.changes.elementsEqual(right.changes) { $0 == $1 }
    }

    /// Each purpose once, as it was said last; what a complete list leaves out is not given.
    var whole: [(purpose: ConsentPurpose, granted: Bool)] {
        ConsentPurpose.allCases.compactMap { purpose in
            let said = changes.last { $0.purpose == purpose }?.granted
            guard let granted = said ?? (isComplete ? false : nil) else { return nil }
            return (purpose, granted)
        }
    }
}

/// The fields of the messages of a room: lobby, consents, moderation, chat.
///
/// A key that the server reads may stand once; others are skipped, so that newer clients are
/// understood.
struct RoomFields {
    private(set) var media: ParticipantMedia?
    private(set) var consents: ConsentWords?
    private(set) var identified: Bool?
    private(set) var grant: Bool?
    private(set) var accept: Bool?
    private var participantText: JSONText?
    private var toText: JSONText?
    private var reasonText: JSONText?
    private var urgencyText: JSONText?
    private var purposeText: JSONText?
    private var actText: JSONText?
    private var roleText: JSONText?
    private var messageText: JSONText?
    private var contentText: JSONText?
    private var patientText: JSONText?

    /// Reads the object that lies at `body`.
    init(_ bytes: Span<UInt8>, at body: Range<Int>?) throws(MessageError) {
        guard let body else { return }
        do {
            var cursor = JSONCursor(offset: body.lowerBound)
            try cursor.enterObject(bytes)
            while let key = try cursor.nextKey(bytes) { try read(key, &cursor, bytes) }
        } catch let error as JSONError {
            throw .notJSON(error)
        } catch let error as MessageError {
            throw error
        } catch {
            throw .key
        }
    }

    /// The participant that is meant; throws when it is no identifier.
    func participant(_ bytes: Span<UInt8>) throws(MessageError) -> ParticipantID? {
        try identifier(participantText, "participant", bytes)
    }

    /// To whom something goes.
    func to(_ bytes: Span<UInt8>) throws(MessageError) -> ParticipantID? {
        try identifier(toText, "to", bytes)
    }

    /// The patient.
    func patient(_ bytes: Span<UInt8>) -> PatientID? {
        patientText.flatMap { PatientID(rawValue: $0.string(bytes)) }
    }

    /// Why: at most 200 characters of it.
    func reason(_ bytes: Span<UInt8>) -> String? {
        reasonText.map { String($0.string(bytes).prefix(200)) }
    }

    /// The urgency that was checked.
    func urgency(_ bytes: Span<UInt8>) throws(MessageError) -> Urgency? {
        try word(urgencyText, "urgency", bytes)
    }

    /// What a consent is about.
    func purpose(_ bytes: Span<UInt8>) throws(MessageError) -> ConsentPurpose? {
        try word(purposeText, "purpose", bytes)
    }

    /// What a moderator does.
    func act(_ bytes: Span<UInt8>) throws(MessageError) -> ModerationAct? {
        try word(actText, "act", bytes)
    }

    /// What a participant becomes.
    func role(_ bytes: Span<UInt8>) throws(MessageError) -> ParticipantRole? {
        try word(roleText, "role", bytes)
    }

    /// The client's own id of a message.
    func message(_ bytes: Span<UInt8>) -> String? { messageText?.string(bytes) }

    /// The text of a message.
    func text(_ bytes: Span<UInt8>) -> String? { contentText?.string(bytes) }

    private mutating func read(
        _ key: JSONText,
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws {
        if key.equals("media", bytes) {
            try once(&media, try readMedia(&cursor, bytes))
        } else if key.equals("consents", bytes) {
            try once(&consents, try readConsents(&cursor, bytes))
        } else if key.equals("identified", bytes) {
            try once(&identified, try cursor.boolean(bytes))
        } else if key.equals("grant", bytes) {
            try once(&grant, try cursor.boolean(bytes))
        } else if key.equals("accept", bytes) {
            try once(&accept, try cursor.boolean(bytes))
        } else if key.equals("participant", bytes) {
            try once(&participantText, try cursor.string(bytes))
        } else if key.equals("to", bytes) {
            try once(&toText, try cursor.string(bytes))
        } else if key.equals("reason", bytes) {
            try once(&reasonText, try cursor.string(bytes))
        } else if key.equals("urgency", bytes) {
            try once(&urgencyText, try cursor.string(bytes))
        } else if key.equals("purpose", bytes) {
            try once(&purposeText, try cursor.string(bytes))
        } else if key.equals("act", bytes) {
            try once(&actText, try cursor.string(bytes))
        } else if key.equals("role", bytes) {
            try once(&roleText, try cursor.string(bytes))
        } else if key.equals("message", bytes) {
            try once(&messageText, try cursor.string(bytes))
        } else if key.equals("text", bytes) {
            try once(&contentText, try cursor.string(bytes))
        } else if key.equals("patient", bytes) {
            try once(&patientText, try cursor.string(bytes))
        } else {
            try cursor.skipValue(bytes)
        }
    }

    private func identifier<Subject>(
        _ text: JSONText?,
        _ name: StaticString,
        _ bytes: Span<UInt8>
    ) throws(MessageError) -> Identifier<Subject>? {
        guard let text else { return nil }
        guard let id = Identifier<Subject>(rawValue: text.string(bytes)) else { throw .field(name) }
        return id
    }

    private func word<Word: RawRepresentable<String>>(
        _ text: JSONText?,
        _ name: StaticString,
        _ bytes: Span<UInt8>
    ) throws(MessageError) -> Word? {
        guard let text else { return nil }
        guard let word = Word(rawValue: text.string(bytes)) else { throw .field(name) }
        return word
    }

    // MARK: Media and consents

    private func readMedia(
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws -> ParticipantMedia {
        var (audio, video) = (false, false)
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            if key.equals("audio", bytes) {
                audio = try cursor.boolean(bytes)
            } else if key.equals("video", bytes) {
                video = try cursor.boolean(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return ParticipantMedia(audio: audio, video: video)
    }

    /// `["video"]`, `[{"purpose":"video","grant":true}]` or `{"video":true}`.
    private func readConsents(
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws -> ConsentWords {
        var words = ConsentWords()
        guard try cursor.peek(bytes) == .array else {
            try cursor.enterObject(bytes)
            while let key = try cursor.nextKey(bytes) {
                let purpose = try purpose(key, bytes)
                words.changes.append((purpose, try cursor.boolean(bytes)))
                try check(words)
            }
            return words
        }
        words.isComplete = true
        try cursor.enterArray(bytes)
        while try cursor.nextElement(bytes) {
            if try cursor.peek(bytes) == .string {
                words.changes.append((try purpose(try cursor.string(bytes), bytes), true))
            } else {
                words.isComplete = false
                words.changes.append(try readConsent(&cursor, bytes))
            }
            try check(words)
        }
        return words
    }

    private func readConsent(
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws -> (ConsentPurpose, Bool) {
        var purpose: ConsentPurpose?
        var granted: Bool?
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            if key.equals("purpose", bytes) {
                purpose = try self.purpose(try cursor.string(bytes), bytes)
            } else if key.equals("grant", bytes) {
                granted = try cursor.boolean(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        guard let purpose, let granted else { throw MessageError.field("consents") }
        return (purpose, granted)
    }

    private func purpose(_ text: JSONText, _ bytes: Span<UInt8>) throws -> ConsentPurpose {
        guard let purpose = ConsentPurpose(rawValue: text.string(bytes))
        else { throw MessageError.field("consents") }
        return purpose
    }

    /// So many words about four purposes that nobody means them.
    private func check(_ words: ConsentWords) throws {
        guard words.changes.count <= 16 else { throw MessageError.field("consents") }
    }
}
