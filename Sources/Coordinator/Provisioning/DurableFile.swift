import Foundation
import Glibc

/// A file that is written whole or not at all, and durably.
enum DurableFile {
    /// Puts the bytes in the place of the file; returns when both file and folder are on the disk.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) -> Bool {
        let partial = path + ".partial"
        unsafe unlink(partial)
        let file = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        let isWhole = writeAll(bytes, to: file) && fchmod(file, mode) == 0 && fsync(file) == 0
        guard close(file) == 0, isWhole, unsafe rename(partial, path) == 0 else {
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

    /// Writes the text unless the file holds it already; returns whether it was changed, nil when
    /// it cannot be written.
    static func update(_ path: String, _ text: String, mode: mode_t) -> Bool? {
        if (try? String(contentsOfFile: path, encoding: .utf8)) == text { return false }
        return write(Array(text.utf8), to: path, mode: mode) ? true : nil
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(file, buffer.baseAddress, buffer.count)
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
