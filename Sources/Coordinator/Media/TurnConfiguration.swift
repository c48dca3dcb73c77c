/// The configuration of a coturn relay that carries this deployment's media and nothing else:
/// `turnserver.conf`.
///
/// A relay is a way into the network that it stands in, for everybody with a credential. So it
/// relays to no private, shared, reserved or multicast address unless one is allowed by name.
public struct TurnConfiguration: Sendable {
    /// The folder of the relay's files.
    public var directory: String
    /// The folder of the relay's process id and log; the relay must write to it.
    public var stateDirectory: String
    /// The realm, usually the relay's name.
    public var realm: String
    /// The secret shared with the coordinator.
    public var secret: String
    /// The addresses to listen on; empty for every address of the machine.
    public var addresses: [String] = []
    /// The relay's address as others see it, `PUBLIC` or `PUBLIC/PRIVATE`, behind a translator.
    public var externalAddress: String?
    /// The port for UDP and TCP.
    public var port = 3_478
    /// The port for TLS and DTLS, nil for none.
    public var tlsPort: Int?
    /// Certificate chain and key, PEM, for the port with TLS.
    public var certificate: (chain: String, key: String)?
    /// The ports that media are relayed over.
    public var mediaPorts: ClosedRange<Int> = 49_152...65_535
    /// Addresses and ranges that are relayed to though they are private: a conference server's.
    public var allowedPeers: [String] = []
    /// Further addresses and ranges that nothing is relayed to.
    public var deniedPeers: [String] = []
    /// Allocations of one credential: two browsers' worth of transports and interfaces.
    public var userQuota = 24
    /// Allocations in all.
    public var totalQuota = 12_000
    /// Bytes a second that one allocation may carry, each way: three video streams.
    public var bytesPerSecond = 1_000_000
    /// The user that the relay runs as when it is started by root; nil for who started it.
    public var user: String?

    /// A relay in a folder.
    public init(directory: String, realm: String, secret: String) {
        self.directory = directory
        stateDirectory = directory
        self.realm = realm
        self.secret = secret
    }

    /// Where `turnserver.conf` is.
    public var path: String { directory + "/turnserver.conf" }

    /// Addresses that no patient's browser has on the open network (RFC 6890), IPv4 and IPv6.
    public static let privateRanges = [
        "0.0.0.0-0.255.255.255", "10.0.0.0-10.255.255.255", "100.64.0.0-100.127.255.255",
        "127.0.0.0-127.255.255.255", "169.254.0.0-169.254.255.255",
        "172.16.0.0-172.31.255.255", "192.0.0.0-192.0.0.255", "192.0.2.0-192.0.2.255",
        "192.88.99.0-192.88.99.255", "192.168.0.0-192.168.255.255",
        "198.18.0.0-198.19.255.255", "198.51.100.0-198.51.100.255",
        "203.0.113.0-203.0.113.255", "240.0.0.0-255.255.255.255", "::1",
        "64:ff9b::-64:ff9b::ffff:ffff", "::ffff:0.0.0.0-::ffff:255.255.255.255",
        "100::-100::ffff:ffff:ffff:ffff", "2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]

    /// The text of `turnserver.conf`.
    public func text() -> String {
        let lines =
            [
                "# Written by telehealth, which writes it anew: change its options, not this file.",
                "realm=\(realm)",
                "listening-port=\(port)",
            ]
            + addresses.flatMap { ["listening-ip=\($0)", "relay-ip=\($0)"] }
            + (externalAddress.map { ["external-ip=\($0)"] } ?? [])
            + ["min-port=\(mediaPorts.lowerBound)", "max-port=\(mediaPorts.upperBound)"]
            + transport
            + [
                "", "# Credentials are the coordinator's, good for minutes; there are no accounts.",
                "use-auth-secret", "static-auth-secret=\(secret)", "stale-nonce=600",
                "fingerprint", "",
                "# Nothing that this machine could reach is within reach of a browser.",
                "no-multicast-peers", "no-cli", "no-tcp-relay", "no-dynamic-ip-list",
                "no-dynamic-realms", "no-rfc5780", "no-stun-backward-compatibility",
                "response-origin-only-with-rfc5780", "no-software-attribute",
            ]
            + TurnConfiguration.privateRanges.map { "denied-peer-ip=\($0)" }
            + deniedPeers.map { "denied-peer-ip=\($0)" }
            + allowedPeers.map { "allowed-peer-ip=\($0)" }
            + (allowedPeers.contains { $0.hasPrefix("127.") } ? ["allow-loopback-peers"] : [])
            + [
                "", "user-quota=\(userQuota)", "total-quota=\(totalQuota)",
                "max-bps=\(bytesPerSecond)", "max-allocate-lifetime=3600", "",
                "pidfile=\(stateDirectory)/turnserver.pid",
                "log-file=\(stateDirectory)/turnserver.log",
                "simple-log", "new-log-timestamp", "",
                "# Every thread reads its accounts' database at each call, and makes a new one's",
                "# tables at its first: in a file the threads lock each other out, and callers with it.",
                "userdb=:memory:",
            ]
            + (user.map { ["proc-user=\($0)", "proc-group=\($0)"] } ?? [])
        return lines.joined(separator: "\n") + "\n"
    }

    private var transport: [String] {
        guard let certificate, let tlsPort else { return ["no-tls", "no-dtls"] }
        return [
            "tls-listening-port=\(tlsPort)", "cert=\(certificate.chain)",
            "pkey=\(certificate.key)", "no-tlsv1", "no-tlsv1_1",
        ]
    }

    /// Writes the file, readable by its owner and group, unless it stands there as it should.
    public func write() throws(ConfigurationError) {
        guard DurableFile.update(path, text(), mode: 0o640) != nil else {
            throw ConfigurationError("cannot write \(path); check path and rights")
        }
    }
}
