import Vocabulary

/// The newest sample of every sign, and the newest that may be scored, whichever came first.
///
/// The two are nearly always the same sample, which is kept once.
struct LatestSamples: Sendable {
    private struct Slot: Sendable {
        var at: Instant
        var value: Magnitude
        var device: DeviceNumber
        var validity: Validity

        var isScorable: Bool {
            switch validity {
            case .valid, .questionable: true
            case .invalid, .calibrating: false
            }
        }

        func precedes(_ other: Slot) -> Bool {
            if at != other.at { return at < other.at }
            if device != other.device { return device < other.device }
            return value < other.value
        }
    }

    /// One a sign that has a sample, in the signs' order.
    private var newest: [Slot] = []
    /// The signs that have a sample.
    private var signs: SignSet = []
    /// The newest that may be scored, of signs whose newest sample may not.
    private var older: [(sign: Sign, slot: Slot)] = []

    /// Notes a sample; one that is older than what is known changes nothing.
    mutating func note(_ sign: Sign, _ value: Magnitude, _ reading: Reading, _ validity: Validity) {
        let slot = Slot(at: reading.at, value: value, device: reading.device, validity: validity)
        let index = index(of: sign)
        guard signs.contains(sign) else {
            // Exactly what is needed: a patient's signs stay the same.
            newest.reserveCapacity(newest.count + 1)
            newest.insert(slot, at: index)
            signs.insert(SignSet(sign))
            return
        }
        let known = newest[index]
        if known.precedes(slot) {
            newest[index] = slot
            if slot.isScorable {
                older.removeAll { $0.sign == sign }
            } else if known.isScorable {
                older.append((sign, known))
            }
        } else if slot.isScorable, !known.isScorable {
            noteOlder(sign, slot)
        }
    }

    /// The sign's newest sample whatever it is worth, nil when there is none.
    func newest(_ sign: Sign) -> LatestSign? {
        signs.contains(sign) ? sample(sign, newest[index(of: sign)]) : nil
    }

    /// The sign's newest sample that may be scored, backfill included; nil when there is none.
    func scorable(_ sign: Sign) -> LatestSign? {
        guard signs.contains(sign) else { return nil }
        let slot = newest[index(of: sign)]
        if slot.isScorable { return sample(sign, slot) }
        return older.first { $0.sign == sign }.map { sample(sign, $0.slot) }
    }

    private mutating func noteOlder(_ sign: Sign, _ slot: Slot) {
        guard let index = older.firstIndex(where: { $0.sign == sign }) else {
            return older.append((sign, slot))
        }
        if older[index].slot.precedes(slot) { older[index].slot = slot }
    }

    private func index(of sign: Sign) -> Int {
        (signs.rawValue & (SignSet(sign).rawValue &- 1)).nonzeroBitCount
    }

    private func sample(_ sign: Sign, _ slot: Slot) -> LatestSign {
        LatestSign(
            sign: sign,
            value: slot.value,
            at: slot.at,
            device: slot.device,
            validity: slot.validity
        )
    }
}
