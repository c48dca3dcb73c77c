import Arguments
import Coordinator
import Crypto

import class Foundation.FileManager

let turnCommand = Command(
    "turn",
    "The files of the media relay, coturn.",
    subcommands: [
        Command(
            "config",
            "Write the relay's configuration and the secret that it shares with the coordinator.",
            options: configurationOptions + [
                .option("--directory", "DIR", "the folder of the relay's files"),
                .option("--state", "DIR", "the relay's process id and log; DIR"),
                .option("--host", "NAME", "the name or address that browsers reach the relay by"),
                .option("--listen", "IP", "an address to listen on; all", repeatable: true),
                .option("--external", "IP", "the address as others see it, or PUBLIC/PRIVATE"),
                .option("--port", "N", "for UDP and TCP; 3478"),
                .option("--tls-port", "N", "for TLS and DTLS; 5349 when there is a certificate"),
                .option("--certificate", "FILE", "PEM certificate chain for TLS"),
                .option("--key", "FILE", "PEM private key of the certificate"),
                .option(
                    "--media-ports",
                    "A-B",
                    "the ports that media are relayed over; 49152-65535"
                ),
                .option(
                    "--allow-peer",
                    "IP[-IP]",
                    "a private address that is relayed to, such as the conference server's",
                    repeatable: true
                ),
                .option(
                    "--deny-peer",
                    "IP[-IP]",
                    "a further address that nothing is relayed to",
                    repeatable: true
                ),
                .option("--user-quota", "N", "allocations of one credential; 24"),
                .option("--total-quota", "N", "allocations in all; 12000"),
                .option("--user", "USER", "the user the relay runs as when root starts it"),
            ]
        ) { try configureRelay($0) }
    ]
)

private func configureRelay(_ arguments: ParsedArguments) throws {
    let configuration = try arguments.configuration()
    guard let given = arguments.value("--directory") else {
        throw UsageError("--directory is missing")
    }
    guard let host = arguments.value("--host") else { throw UsageError("--host is missing") }
    guard HostName(host) != nil else {
        throw UsageError("--host takes a DNS name or an IP address, not '\(host)'")
    }
    let own = absolute(configuration.dataDirectory) + "/turn/secret"
    var relay = TurnConfiguration(
        directory: absolute(given),
        realm: host,
        secret: try SecretFile.secret(at: own)
    )
    relay.stateDirectory = arguments.value("--state").map(absolute) ?? relay.directory
    relay.addresses = arguments.all("--listen")
    relay.externalAddress = arguments.value("--external")
    relay.port = try arguments.integer("--port", in: 1...65_535) ?? relay.port
    relay.certificate = try certificate(arguments)
    if relay.certificate != nil {
        relay.tlsPort = try arguments.integer("--tls-port", in: 1...65_535) ?? 5_349
    } else if arguments.value("--tls-port") != nil {
        throw UsageError("--tls-port needs --certificate and --key")
    }
    relay.mediaPorts = try ports(arguments) ?? relay.mediaPorts
    relay.allowedPeers = try peers("--allow-peer", arguments)
    relay.deniedPeers = try peers("--deny-peer", arguments)
    relay.userQuota = try arguments.integer("--user-quota", in: 1...10_000) ?? relay.userQuota
    relay.totalQuota = try arguments.integer("--total-quota", in: 1...1_000_000) ?? relay.totalQuota
    relay.user = arguments.value("--user")
    try? FileManager.default.createDirectory(
        atPath: relay.directory,
        withIntermediateDirectories: true
    )
    try relay.write()
    writeLine("wrote \(relay.path)")
    writeLine("the coordinator's configuration: \(settings(of: relay, host, own))")
}

/// The coordinator's configuration, as it stands in the file.
private func settings(of relay: TurnConfiguration, _ host: String, _ secret: String) -> String {
    let name = host.contains(":") ? "[\(host)]" : host
    var urls = ["\"turn:\(name):\(relay.port)\"", "\"turn:\(name):\(relay.port)?transport=tcp\""]
    if let port = relay.tlsPort { urls.append("\"turns:\(name):\(port)?transport=tcp\"") }
    return "media: { turn: { urls: [\(urls.joined(separator: ", "))], secretFile: \"\(secret)\" } }"
}

/// Two files that only make sense together.
func certificate(_ arguments: ParsedArguments) throws -> (chain: String, key: String)? {
    switch (arguments.value("--certificate"), arguments.value("--key")) {
    case (nil, nil): return nil
    case (let chain?, let key?): return (absolute(chain), absolute(key))
    default: throw UsageError("--certificate and --key belong together")
    }
}

/// A range of ports, `A-B`.
func ports(_ arguments: ParsedArguments) throws -> ClosedRange<Int>? {
    guard let text = arguments.value("--media-ports") else { return nil }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 1_024,
        last <= 65_535, first <= last
    else { throw UsageError("--media-ports takes A-B from 1024 to 65535, not '\(text)'") }
    return first...last
}

/// Addresses and ranges of addresses.
private func peers(_ option: String, _ arguments: ParsedArguments) throws -> [String] {
    let all = arguments.all(option)
    for text in all {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), ends.allSatisfy({ HostName(String($0)) != nil }) else {
            throw UsageError("\(option) takes an address or FIRST-LAST, not '\(text)'")
        }
    }
    return all
}
