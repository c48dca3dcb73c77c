import Crypto
import Foundation

/// The deployment's own secrets, each in a file of mode 0600 outside the database.
struct KeyRing: Sendable {
    /// Authenticates access tokens.
    let tokens: [UInt8]
    /// Seals free text in the database.
    let sealing: SealingKey

    /// Reads the keys of a data directory, making those that are missing.
    init(directory: String) throws(ConfigurationError) {
        let folder = directory + "/keys"
        // One folder in one that exists: a mistyped path is not made up on the disk.
        for folder in [directory, folder] where !FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o700]
                )
            } catch {
                throw ConfigurationError(
                    "cannot create \(folder); check data.directory, its rights and free space"
                )
            }
        }
        tokens = try KeyRing.key(folder + "/token.key")
        do {
            sealing = try SealingKey(try KeyRing.key(folder + "/sealing.key"))
        } catch {
            throw ConfigurationError("\(folder)/sealing.key is not a key of 32 bytes in hex")
        }
    }

    private static func key(_ path: String) throws(ConfigurationError) -> [UInt8] {
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            let hex = text.filter { !$0.isWhitespace }
            guard let key = Hexadecimal.decode(hex), key.count == 32 else {
                throw ConfigurationError("\(path) is not a key of 32 bytes in hex; restore it")
            }
            return key
        }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw ConfigurationError("cannot read \(path); check its rights")
        }
        let key = randomBytes(32)
        // What is sealed with a key must not outlive it.
        guard DurableFile.write(Array((Hexadecimal.encode(key) + "\n").utf8), to: path) else {
            throw ConfigurationError("cannot write \(path); check free space and rights")
        }
        return key
    }
}
