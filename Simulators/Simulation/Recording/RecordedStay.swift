/// What entered a patient's record at one time: measured earlier, and late or out of order as in life.
public struct RecordedEntry: Sendable {
    /// Minutes from the stay's beginning to the measuring.
    public let measuredMinute: Double
    /// Minutes from the stay's beginning to the entry in the record.
    public let enteredMinute: Double
    /// What was measured, by the recording's own name and unit; see `RecordedSigns`.
    public var values: [RecordedValue]

    /// An entry.
    public init(measuredMinute: Double, enteredMinute: Double, values: [RecordedValue]) {
        self.measuredMinute = measuredMinute
        self.enteredMinute = enteredMinute
        self.values = values
    }
}

/// One recorded value, as it stands in the recording.
public struct RecordedValue: Sendable, Equatable {
    /// The recording's name for it: `HR`, `NBPs`, `TempF`.
    public let name: String
    /// The value as recorded: typing errors and zeros included.
    public let value: Double

    /// A value.
    public init(name: String, value: Double) {
        self.name = name
        self.value = value
    }
}

/// One patient's recorded stay, in the order in which its values entered the record.
public struct RecordedStay: Sendable {
    /// The recording's own name for it.
    public let name: String
    /// What entered, in the order of entering.
    public let entries: [RecordedEntry]

    /// A stay; its entries are put into the order of entering.
    public init(name: String, entries: [RecordedEntry]) {
        self.name = name
        self.entries = entries.sorted {
            ($0.enteredMinute, $0.measuredMinute) < ($1.enteredMinute, $1.measuredMinute)
        }
    }

    /// The minute of the first entry or measurement.
    public var firstMinute: Double {
        entries.lazy.map { min($0.measuredMinute, $0.enteredMinute) }.min() ?? 0
    }

    /// The stay's first hours, counted from its first minute.
    public func beginning(hours: Double) -> RecordedStay {
        let end = firstMinute + hours * 60
        return RecordedStay(name: name, entries: entries.filter { $0.enteredMinute < end })
    }
}
