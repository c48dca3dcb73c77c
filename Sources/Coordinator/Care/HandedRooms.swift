package import Crypto
import Foundation
package import Signalling

/// Hands the rooms of a server that goes down to the next one, in a sealed file of the data
/// directory.
///
/// What was said in the rooms and has not arrived is in it. It is read once: two servers that both
/// went on from it would give the same number to different messages.
package struct HandedRooms {
    private let file: URL
    private let sealing: SealingKey

    /// The rooms handed on in that data directory.
    package init(dataDirectory: String, sealing: SealingKey) {
        file = URL(filePath: dataDirectory).appending(path: "rooms.sealed")
        self.sealing = sealing
    }

    /// Keeps the record for the next server; the file is the owner's only.
    package func keep(_ record: ExchangeRecord) throws {
        guard record.count > 0 else { return }
        let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        let sealed = Data(try sealing.seal(text, for: HandedRooms.owner).utf8)
        let manager = FileManager.default
        try? manager.removeItem(at: file)
        guard
            manager.createFile(
                atPath: file.path,
                contents: sealed,
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Takes the record that the server before has left; nil when there is none.
    package func take() throws -> ExchangeRecord? {
        guard let sealed = try? Data(contentsOf: file) else { return nil }
        try FileManager.default.removeItem(at: file)
        let text = try sealing.open(
            String(decoding: sealed, as: UTF8.self),
            for: HandedRooms.owner
        )
        return try JSONDecoder().decode(ExchangeRecord.self, from: Data(text.utf8))
    }

    private static let owner = "rooms"
}
