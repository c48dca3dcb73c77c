/// What a slot holds.
protocol Slotted: AnyObject {
    var id: WebSocketID { get }
}

/// Connections by slot, where an identity finds its own with two comparisons.
struct SlotTable<Element: Slotted> {
    private var slots: [Element?] = []
    private var generations: [UInt32] = []
    private var free: [UInt32] = []
    private(set) var count = 0

    /// An identity that nothing has had, to be inserted before another is reserved.
    mutating func reserve() -> WebSocketID {
        if let slot = free.popLast() {
            generations[Int(slot)] &+= 1
            return WebSocketID(slot: slot, generation: generations[Int(slot)])
        }
        slots.append(nil)
        generations.append(0)
        return WebSocketID(slot: UInt32(slots.count - 1), generation: 0)
    }

    mutating func insert(_ element: Element) {
        slots[Int(element.id.slot)] = element
        count += 1
    }

    /// Frees the slot of an identity; one that is free already stays so.
    mutating func remove(_ id: WebSocketID) {
        guard generations[Int(id.slot)] == id.generation, slots[Int(id.slot)] != nil else { return }
        slots[Int(id.slot)] = nil
        free.append(id.slot)
        count -= 1
    }

    subscript(id: WebSocketID) -> Element? {
        guard id.slot < slots.count, generations[Int(id.slot)] == id.generation else { return nil }
        return slots[Int(id.slot)]
    }

    var all: [Element] {
        slots.compactMap(\.self)
    }
}
