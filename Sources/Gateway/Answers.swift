import Clinical
import Store
import Wire

/// The most gaps that one receipt lists.
let receiptGapLimit = 256

/// `{"boot":"…","seqHigh":1042,"gaps":[[1001,1003]]}`.
func receiptPayload(boot: String, _ tracker: SequenceTracker) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
        writer.key("boot")
        writer.value(boot)
        guard let (high, gaps) = tracker.receipt(gapLimit: receiptGapLimit) else { return }
        writer.key("seqHigh")
        writer.value(high)
        writer.key("gaps")
        writer.array { writer in
            for gap in gaps {
                writer.array { writer in
                    writer.value(gap.lowerBound)
                    writer.value(gap.upperBound)
                }
            }
        }
    }
    return writer.bytes
}

/// `{"code":"…","detail":"…","boot":"…","seq":…}`.
func rejectionPayload(_ refusal: Refusal, boot: String?, sequence: Int64?) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
        writer.key("code")
        writer.value(refusal.code.rawValue)
        writer.key("detail")
        writer.value(refusal.detail)
        if let boot {
            writer.key("boot")
            writer.value(boot)
        }
        if let sequence {
            writer.key("seq")
            writer.value(sequence)
        }
    }
    return writer.bytes
}

extension Registry {
    /// A topic of the device; nil while its site is not known.
    func topic(_ slot: Int, _ leaf: String) -> String? {
        let device = entries[slot].device
        guard let province = province(of: device.site) else { return nil }
        return "telehealth/v1/\(province)/\(device.site)/\(device.id)/\(leaf)"
    }
}
