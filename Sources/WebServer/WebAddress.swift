/// A URL of a web server, taken apart as far as a client needs.
struct WebAddress: Equatable {
    var isSecure: Bool
    var host: String
    var port: Int
    /// The path with its query, as it goes on the wire.
    var path: String
    /// The host as the Host field has it.
    var authority: String

    /// Reads `scheme://host[:port][/path]`; nil for anything else.
    init?(_ url: String, plain: String, secure: String) {
        guard let colon = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<colon.lowerBound].lowercased()
        guard scheme == plain || scheme == secure else { return nil }
        isSecure = scheme == secure
        let rest = url[colon.upperBound...].prefix { $0 != "#" }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        authority = String(rest[..<end])
        guard !authority.contains("@"), !authority.contains(where: \.isWhitespace) else {
            return nil
        }
        let path = rest[end...]
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.path = path.hasPrefix("/") ? String(path) : "/" + path

        var name = authority[...]
        var digits: Substring?
        if name.hasPrefix("[") {
            guard let bracket = name.firstIndex(of: "]") else { return nil }
            let tail = name[name.index(after: bracket)...]
            if tail.hasPrefix(":") {
                digits = tail.dropFirst()
            } else if !tail.isEmpty {
                return nil
            }
            name = name[..<bracket].dropFirst()
        } else if let colon = name.lastIndex(of: ":") {
            digits = name[name.index(after: colon)...]
            name = name[..<colon]
        }
        guard !name.isEmpty else { return nil }
        host = String(name)
        guard let digits else {
            port = isSecure ? 443 : 80
            return
        }
        guard let number = UInt16(digits), number > 0 else { return nil }
        port = Int(number)
    }
}
