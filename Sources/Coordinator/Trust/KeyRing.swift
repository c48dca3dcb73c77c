import Crypto
import Foundation
import Glibc

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
        guard write(Array((Hexadecimal.encode(key) + "\n").utf8), to: path) else {
            throw ConfigurationError("cannot write \(path); check free space and rights")
        }
        return key
    }

    /// Writes a key whole or not at all, and durably: what is sealed with it must not outlive it.
    private static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let partial = path + ".partial"
        unsafe unlink(partial)
        let file = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        let count = unsafe Glibc.write(file, bytes, bytes.count)
        let isDurable = count == bytes.count && fsync(file) == 0
        guard close(file) == 0, isDurable, unsafe rename(partial, path) == 0 else {
            unsafe unlink(partial)
            return false
        }
        let folder = unsafe open(
            (path as NSString).deletingLastPathComponent,
            O_RDONLY | O_DIRECTORY | O_CLOEXEC
        )
        guard folder >= 0 else { return false }
        defer { close(folder) }
        return fsync(folder) == 0
    }
}
