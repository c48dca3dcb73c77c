/// The methods that the server understands.
public enum HTTPMethod: String, Sendable, CaseIterable {
    /// Read a resource.
    case get = "GET"
    /// Like `get`, without the body.
    case head = "HEAD"
    /// Hand something in.
    case post = "POST"
    /// Replace a resource.
    case put = "PUT"
    /// Change a resource.
    case patch = "PATCH"
    /// Remove a resource.
    case delete = "DELETE"
    /// Ask what is allowed.
    case options = "OPTIONS"
}

/// A request with its whole body.
public struct HTTPRequest: Sendable {
    /// A `name=value` of the query, percent-decoded.
    public struct QueryItem: Sendable, Equatable {
        /// The name.
        public let name: String
        /// The value; empty when there is no `=`.
        public let value: String

        /// An item of a query.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What is asked for.
    public var method: HTTPMethod
    /// The path without the query, percent-decoded and without `.` and `..` by libwebsockets.
    public var path: String
    /// The query in its order.
    public var query: [QueryItem]
    /// The header fields that the server reads.
    public var headers: HTTPHeaders
    /// The body; empty when there is none.
    public var body: [UInt8]
    /// The other end's address, without the port.
    public var remoteAddress: String
    /// Whether the request came over TLS.
    public var isSecure: Bool

    /// A request made by hand, for tests of a handler.
    public init(
        method: HTTPMethod = .get,
        path: String = "/",
        query: [QueryItem] = [],
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1",
        isSecure: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
    }

    /// The parts of the path between slashes, without empty ones.
    public var segments: [String] {
        path.split(separator: "/").map(String.init)
    }

    /// The first value of a name in the query.
    public func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// The value of a cookie.
    public func cookie(_ name: String) -> String? {
        for line in headers.all("cookie") {
            for pair in line.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard let equals = pair.firstIndex(of: "="), pair[..<equals] == name else {
                    continue
                }
                return String(pair[pair.index(after: equals)...])
            }
        }
        return nil
    }
}
