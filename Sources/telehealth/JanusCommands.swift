import Arguments
import Coordinator
import Crypto

import class Foundation.FileManager

let janusCommand = Command(
    "janus",
    "The files of the conference server, Janus.",
    subcommands: [
        Command(
            "config",
            "Write the conference server's configuration and the secret that it shares.",
            options: configurationOptions + [
                .option("--directory", "DIR", "the folder of the server's files"),
                .option("--host", "NAME", "the name or address that browsers reach it by"),
                .option("--listen", "IP", "the address that the WebSocket listens on; all"),
                .option("--port", "N", "the port of the WebSocket; 8188"),
                .option("--certificate", "FILE", "PEM certificate chain of the WebSocket"),
                .option("--key", "FILE", "PEM private key of the certificate"),
                .option("--admin-port", "N", "the port of the Admin API on 127.0.0.1; 7088"),
                .option("--media-ports", "A-B", "the ports that media come over; 20000-40000"),
                .option("--external", "IP", "the address as browsers see it, behind a translator"),
            ]
        ) { try configureConference($0) }
    ]
)

private func configureConference(_ arguments: ParsedArguments) throws {
    let configuration = try arguments.configuration()
    guard let given = arguments.value("--directory") else {
        throw UsageError("--directory is missing")
    }
    guard let host = arguments.value("--host") else { throw UsageError("--host is missing") }
    for option in ["--host", "--listen", "--external"] {
        guard let text = arguments.value(option), HostName(text) == nil else { continue }
        throw UsageError("\(option) takes a DNS name or an IP address, not '\(text)'")
    }
    let own = absolute(configuration.dataDirectory) + "/conference/secret"
    var server = JanusConfiguration(
        directory: absolute(given),
        secret: try SecretFile.secret(at: own)
    )
    server.address = arguments.value("--listen")
    server.port = try arguments.integer("--port", in: 1...65_535) ?? server.port
    server.adminPort = try arguments.integer("--admin-port", in: 1...65_535) ?? server.adminPort
    server.certificate = try certificate(arguments)
    server.mediaPorts = try ports(arguments) ?? server.mediaPorts
    server.externalAddress = arguments.value("--external")
    try? FileManager.default.createDirectory(
        atPath: server.directory,
        withIntermediateDirectories: true
    )
    try server.write()
    let name = host.contains(":") ? "[\(host)]" : host
    let scheme = server.certificate == nil ? "ws" : "wss"
    writeLine("wrote \(server.directory)/janus.jcfg and three more")
    writeLine(
        "the coordinator's configuration: media: { conference: {"
            + " admin: \"http://127.0.0.1:\(server.adminPort)/admin\","
            + " url: \"\(scheme)://\(name):\(server.port)\", secretFile: \"\(own)\" } }"
    )
}
