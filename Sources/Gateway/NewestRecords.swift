/// Records of which only the newest of each id counts, in the order of their first change.
struct NewestRecords<ID: Hashable & Sendable, Record: Sendable>: Sendable {
    private(set) var records: [Record] = []
    private var places: [ID: Int] = [:]
    private let id: @Sendable (Record) -> ID

    /// None yet; `id` says which records are versions of one another.
    init(by id: @escaping @Sendable (Record) -> ID) {
        self.id = id
    }

    var isEmpty: Bool { records.isEmpty }

    /// Takes a record in the place of the one with its id, or behind all others.
    mutating func note(_ record: Record) {
        let id = id(record)
        if let place = places[id] {
            records[place] = record
        } else {
            places[id] = records.count
            records.append(record)
        }
    }

    /// Gives the records away.
    mutating func take() -> [Record] {
        defer {
            records = []
            places = [:]
        }
        return records
    }
}
