import Crypto
import Foundation

/// A secret that the coordinator shares with a program beside it.
public enum SecretFile {
    /// The secret in the file; a fresh one, written there, when it has none or is not there.
    ///
    /// The file and its folder are the owner's alone.
    public static func secret(at path: String) throws(ConfigurationError) -> String {
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            let secret = text.filter { !$0.isWhitespace }
            if !secret.isEmpty { return secret }
        }
        let folder = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let secret = Base64.encodeURL(randomBytes(32))
        guard DurableFile.update(path, secret + "\n", mode: 0o600) != nil else {
            throw ConfigurationError("cannot write \(path); check path and rights")
        }
        return secret
    }
}
