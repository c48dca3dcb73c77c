/// Why a server did not start.
public enum WebServerError: Error, Equatable, CustomStringConvertible {
    /// Another program has the port.
    case addressInUse(Int)
    /// The address is not this machine's, or may not be used.
    case cannotBind(address: String, port: Int, reason: String)
    /// The certificate or its key cannot be used; the text says why.
    case tls(String)
    /// libwebsockets refuses to start; the text says why.
    case library(String)
    /// The server has been started before.
    case alreadyStarted

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .addressInUse(let port):
            "port \(port) is taken by another program: stop it or choose another port (0 = any)"
        case .cannotBind(let address, let port, let reason):
            "cannot listen on \(address) port \(port): \(reason)"
        case .tls(let reason):
            "the TLS certificate or key cannot be used: \(reason)"
        case .library(let reason):
            "libwebsockets does not start: \(reason)"
        case .alreadyStarted:
            "the web server was started before: make a new one"
        }
    }
}
