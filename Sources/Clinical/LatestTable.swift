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

    private var slots = InlineArray<16, Slot>(repeating: Slot())
    /// The signs that have a sample.
    private(set) var signs: SignSet = []

    /// Notes a sample; an older one changes nothing.
    mutating func note(_ sign: Sign, _ value: Magnitude, _ reading: Reading, _ validity: Validity) {
        let slot = Slot(at: reading.at, value: value, device: reading.device, validity: validity)
        let index = Int(sign.rawValue)
        guard !signs.contains(sign) || slots[index].precedes(slot) else { return }
        slots[index] = slot
        signs.insert(SignSet(sign))
    }

    /// The sign's newest sample, nil when there is none.
    subscript(sign: Sign) -> LatestSign? {
        guard signs.contains(sign) else { return nil }
        let slot = slots[Int(sign.rawValue)]
        return LatestSign(
            sign: sign,
            value: slot.value,
            at: slot.at,
            device: slot.device,
            validity: slot.validity
        )
    }
}
