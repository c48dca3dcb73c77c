import Vocabulary

/// The newest sample of every sign, the same whichever came first.
struct LatestTable: Sendable {
    private struct Slot: Sendable {
        var at = Instant.distantPast
        var value = Magnitude(0)
        var device: DeviceNumber = 0
        var validity = Validity.invalid

        func precedes(_ other: Slot) -> Bool {
            if at != other.at { return at < other.at }
            if device != other.device { return device < other.device }
            return value < other.value
        }
    }

    /// One a sign that has a sample, in the signs' order.
    private var slots: [Slot] = []
    /// The signs that have a sample.
    private(set) var signs: SignSet = []

    /// Notes a sample; an older one changes nothing.
    mutating func note(_ sign: Sign, _ value: Magnitude, _ reading: Reading, _ validity: Validity) {
        let slot = Slot(at: reading.at, value: value, device: reading.device, validity: validity)
        let index = index(of: sign)
        if signs.contains(sign) {
            if slots[index].precedes(slot) { slots[index] = slot }
        } else {
            // Exactly what is needed: a patient's signs stay the same.
            slots.reserveCapacity(slots.count + 1)
            slots.insert(slot, at: index)
            signs.insert(SignSet(sign))
        }
    }

    private func index(of sign: Sign) -> Int {
        (signs.rawValue & (SignSet(sign).rawValue &- 1)).nonzeroBitCount
    }

    /// The sign's newest sample, nil when there is none.
    subscript(sign: Sign) -> LatestSign? {
        guard signs.contains(sign) else { return nil }
        let slot = slots[index(of: sign)]
        return LatestSign(
            sign: sign,
            value: slot.value,
            at: slot.at,
            device: slot.device,
            validity: slot.validity
        )
    }
}
