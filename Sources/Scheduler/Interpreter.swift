public import Vocabulary

/// Somebody who speaks for both ends of a consult that share no language.
public struct Interpreter: Codable, Sendable, Identifiable, Equatable {
    /// The interpreter's id.
    public let id: InterpreterID
    /// The name as shown.
    public var name: String
    /// Languages, at least two.
    public var languages: [Language]
    /// When the interpreter can be booked; on call counts for emergency and urgent requests.
    public var availability: Availability
    /// The secret address of the calendar feed; nil while there was none.
    public var calendarAddress: CalendarAddress?

    /// An interpreter record.
    public init(
        id: InterpreterID,
        name: String,
        languages: [Language],
        availability: Availability = Availability()
    ) {
        self.id = id
        self.name = name
        self.languages = languages
        self.availability = availability
    }

    /// The same record, with the holidays that its windows heed.
    func knowing(_ holidays: HolidayCalendar) -> Interpreter {
        var interpreter = self
        interpreter.availability = availability.knowing(holidays)
        return interpreter
    }
}

/// An interpreter as a search reads it.
struct InterpreterEntry: Sendable {
    let interpreter: Interpreter
    let duty: Duty

    /// Whether the interpreter can be asked for all of the half-open range.
    func attends(_ urgency: Urgency, from start: Instant, until end: Instant) -> Bool {
        duty.covers(from: start, until: end)
            || (urgency <= .urgent && duty.isOnCall(from: start, until: end))
    }
}

/// The interpreters of a roster, by id and by language.
struct InterpreterBook: Sendable {
    private var entries: [InterpreterID: InterpreterEntry] = [:]
    private var speakers: [Language: [InterpreterID]] = [:]

    /// Every interpreter, by id.
    var all: [Interpreter] { entries.values.map(\.interpreter).sorted { $0.id < $1.id } }

    subscript(id: InterpreterID) -> InterpreterEntry? { entries[id] }

    mutating func enter(_ record: Interpreter, from day: Int?) {
        leave(record.id)
        entries[record.id] = InterpreterEntry(
            interpreter: record,
            duty: Duty(record.availability, from: day)
        )
        for language in Set(record.languages) {
            var ids = speakers[language] ?? []
            ids.insert(record.id, at: ids.firstIndex { $0 > record.id } ?? ids.endIndex)
            speakers[language] = ids
        }
    }

    /// Works the windows out anew.
    mutating func prepare(from day: Int) {
        for entry in entries.values { enter(entry.interpreter, from: day) }
    }

    /// Whether somebody speaks one of the languages.
    func speaksAny(of asked: [Language]) -> Bool {
        asked.contains { speakers[$0]?.isEmpty == false }
    }

    /// Those who speak one of the asked languages and one of the doctor's, each once.
    func between(_ asked: [Language], and doctor: [Language]) -> [InterpreterEntry] {
        var seen: Set<InterpreterID> = []
        return asked.flatMap { speakers[$0] ?? [] }.compactMap { id in
            guard let entry = entries[id],
                entry.interpreter.languages.contains(where: doctor.contains),
                seen.insert(id).inserted
            else { return nil }
            return entry
        }
    }

    private mutating func leave(_ id: InterpreterID) {
        guard let before = entries.removeValue(forKey: id) else { return }
        for language in Set(before.interpreter.languages) {
            speakers[language]?.removeAll { $0 == id }
        }
    }
}
