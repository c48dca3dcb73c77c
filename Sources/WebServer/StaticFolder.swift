import Glibc

/// The files below a folder, as answers to GET and HEAD.
public struct StaticFolder: Sendable {
    private let root: String
    private let cacheControl: String

    /// A folder; `maxAgeSeconds` 0 has browsers ask each time whether a file has changed.
    public init(_ root: String, maxAgeSeconds: Int = 0) {
        self.root = root
        cacheControl = maxAgeSeconds > 0 ? "public, max-age=\(maxAgeSeconds)" : "no-cache"
    }

    /// The file at a path below the folder, given by its parts; nil when there is none.
    ///
    /// A folder's file is its `index.html`. Where `name.gz` lies beside a file, who accepts gzip
    /// gets that.
    public func response(to request: HTTPRequest, path: some Sequence<String>) -> HTTPResponse? {
        var parts = Array(path)
        // Hidden files, `..` and slashes smuggled in by an encoded segment lead nowhere.
        guard parts.allSatisfy({ !$0.hasPrefix(".") && !$0.contains("/") && !$0.contains("\0") })
        else { return nil }
        var name = ([root] + parts).joined(separator: "/")
        guard var status = Self.status(of: name) else { return nil }
        if status.isFolder {
            parts.append("index.html")
            name += "/index.html"
            guard let index = Self.status(of: name), !index.isFolder else { return nil }
            status = index
        }
        guard request.method == .get || request.method == .head else {
            return HTTPResponse(status: 405, headers: ["allow": "GET, HEAD"])
        }
        var headers: HTTPHeaders = [
            "content-type": Self.contentType(of: parts.last ?? ""),
            "cache-control": cacheControl,
        ]
        if let packed = Self.status(of: name + ".gz"), !packed.isFolder {
            headers["vary"] = "accept-encoding"
            let accepted = request.headers["accept-encoding"] ?? ""
            if accepted.split(whereSeparator: { $0 == "," || $0 == ";" || $0 == " " })
                .contains("gzip")
            {
                headers["content-encoding"] = "gzip"
                name += ".gz"
                status = packed
            }
        }
        headers["etag"] = status.tag
        let known = (request.headers["if-none-match"] ?? "").split(separator: ",")
            .map { $0.drop { $0 == " " } }
        if known.contains(where: { $0 == status.tag || $0 == "*" }) {
            return HTTPResponse(status: 304, headers: headers)
        }
        guard let body = Self.read(name, bytes: status.bytes) else { return nil }
        return HTTPResponse(status: 200, headers: headers, body: body)
    }

    private struct Status {
        var isFolder: Bool
        var bytes: Int
        /// Changes with the file's size or time of change.
        var tag: String
    }

    private static func status(of path: String) -> Status? {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        let kind = info.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR else { return nil }
        let time = Int(info.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(info.st_mtim.tv_nsec)
        let tag = "\"\(String(info.st_size, radix: 36))-\(String(time, radix: 36))\""
        return Status(isFolder: kind == S_IFDIR, bytes: Int(info.st_size), tag: tag)
    }

    private static func read(_ path: String, bytes: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var isBroken = false
        let body = unsafe [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
            while count < bytes, let base = buffer.baseAddress {
                let more = unsafe Glibc.read(descriptor, base + count, bytes - count)
                if more <= 0 { break }
                count += more
            }
            isBroken = count < bytes
        }
        return isBroken ? nil : body
    }

    private static func contentType(of name: String) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
        return switch name[name.index(after: dot)...].lowercased() {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "json", "map": "application/json"
        case "webmanifest": "application/manifest+json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "wasm": "application/wasm"
        case "txt": "text/plain; charset=utf-8"
        case "csv": "text/csv; charset=utf-8"
        case "geojson": "application/geo+json"
        default: "application/octet-stream"
        }
    }
}
