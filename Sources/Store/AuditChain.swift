import Crypto
import Vocabulary

/// The arithmetic of the audit chain, the same in every store.
package enum AuditChain {
    /// What stands before the first entry: 32 zero bytes.
    package static let root = [UInt8](repeating: 0, count: 32)

    /// SHA-256 over the previous entry's hash and this entry's canonical encoding.
    ///
    /// Every text is preceded by its length, so that no two entries have one encoding.
    package static func hash(
        after previous: [UInt8],
        sequence: Int64,
        _ entry: AuditEntry
    ) -> [UInt8] {
        var bytes = previous
        bytes.reserveCapacity(256)
        append(UInt64(bitPattern: sequence), to: &bytes)
        append(UInt64(bitPattern: entry.at.milliseconds), to: &bytes)
        for text in [
            entry.principal, entry.action, entry.object, entry.address, entry.detail,
        ] {
            append(UInt32(text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        }
        return Digest.sha256(bytes)
    }

    /// The entry as it follows on the chain's last one, or begins it.
    package static func follow(_ last: AuditedEntry?, with entry: AuditEntry) -> AuditedEntry {
        let sequence = (last?.sequence ?? 0) + 1
        let previous = last.flatMap { Hexadecimal.decode($0.hash) } ?? root
        let hash = hash(after: previous, sequence: sequence, entry)
        return AuditedEntry(
            sequence: sequence,
            entry: entry,
            hash: Hexadecimal.encode(hash)
        )
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
