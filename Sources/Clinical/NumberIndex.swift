/// Where the record of a number lies: an array for the dense numbers of a registry, from 1.
struct NumberIndex: Sendable {
    /// Numbers up to here have a place in the array, at four bytes each.
    private static let denseLimit: Int32 = 1 << 20

    private var dense: [Int32] = []
    private var sparse: [Int32: Int] = [:]

    /// The place of the number's record, nil when there is none.
    subscript(number: Int32) -> Int? {
        get {
            if number >= 0, number < dense.count {
                let place = dense[Int(number)]
                return place < 0 ? nil : Int(place)
            }
            return sparse.isEmpty ? nil : sparse[number]
        }
        set {
            guard number >= 0, number < NumberIndex.denseLimit else {
                sparse[number] = newValue
                return
            }
            let missing = Int(number) + 1 - dense.count
            if missing > 0 { dense.append(contentsOf: repeatElement(-1, count: missing)) }
            dense[Int(number)] = newValue.map { Int32($0) } ?? -1
        }
    }
}
