import Compression
import Foundation

/// One file of the console, ready to be answered.
public struct ConsoleFile: Sendable {
    /// Its bytes.
    public let bytes: [UInt8]
    /// The same in the gzip format; nil where that is not smaller.
    public let packed: [UInt8]?
    /// Its media type.
    public let contentType: String
}

/// The console's files, and the distribution's JavaScript libraries beside them.
///
/// They are read once at start: a few hundred KiB, packed once, so that no request touches the disk.
public struct ConsoleFiles: Sendable {
    private let files: [String: ConsoleFile]

    /// What is served from the distribution's packages, by path.
    private static let libraries = [
        "lib/dygraphs/dygraph.min.js": "/usr/share/javascript/dygraphs/dygraph.min.js",
        "lib/dygraphs/dygraph.css": "/usr/share/javascript/dygraphs/dygraph.css",
        "lib/leaflet/leaflet.min.js": "/usr/share/javascript/leaflet/leaflet.min.js",
        "lib/leaflet/leaflet.css": "/usr/share/javascript/leaflet/leaflet.css",
        "lib/webrtc-adapter/adapter.min.js":
            "/usr/share/javascript/webrtc-adapter/adapter.min.js",
    ]

    /// Reads the files from the program's resources, or from another folder for working on them.
    public init(folder: String? = nil) {
        let root = folder ?? Bundle.module.resourceURL?.appendingPathComponent("web").path ?? ""
        var files: [String: ConsoleFile] = [:]
        for path in FileManager.default.enumerator(atPath: root) ?? .init() {
            guard let path = path as? String else { continue }
            files[path] = ConsoleFiles.file(root + "/" + path)
        }
        for (path, source) in ConsoleFiles.libraries { files[path] = ConsoleFiles.file(source) }
        self.files = files
    }

    /// The file at the path's segments, `index.html` for none; nil when there is no such file.
    public subscript(segments: [String]) -> ConsoleFile? {
        files[segments.isEmpty ? "index.html" : segments.joined(separator: "/")]
    }

    private static func file(_ path: String) -> ConsoleFile? {
        guard let type = contentTypes[(path as NSString).pathExtension],
            let data = FileManager.default.contents(atPath: path)
        else { return nil }
        let bytes = Array(data)
        let packed = Gzip.pack(bytes, .thorough).flatMap { $0.count < bytes.count ? $0 : nil }
        return ConsoleFile(bytes: bytes, packed: packed, contentType: type)
    }

    private static let contentTypes = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml", "png": "image/png",
        "ico": "image/x-icon", "json": "application/json",
        "webmanifest": "application/manifest+json",
    ]
}
