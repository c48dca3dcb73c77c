/// Which pages may open a WebSocket.
///
/// A browser lets any page of any site open a WebSocket to us, with our cookies; it is the Origin
/// that tells them apart (RFC 6455, 10.2).
struct OriginPolicy: Sendable {
    let origins: [String]
    let allowsAbsent: Bool

    /// Whether a request with these fields may be upgraded.
    func admits(_ headers: HTTPHeaders, isSecure: Bool) -> Bool {
        let given = headers.all("origin")
        guard let origin = given.first else {
            // No browser leaves it out; a cookie without it is nobody we know.
            return allowsAbsent && headers["cookie"] == nil
        }
        guard given.count == 1, origin != "null", !origin.isEmpty else { return false }
        if origins.isEmpty {
            guard let host = headers["host"] else { return false }
            return origin == (isSecure ? "https://" : "http://") + host
        }
        return origins.contains(origin)
    }
}
