import Arguments
import Coordinator
import Crypto
import Vocabulary

import class Foundation.FileManager

/// How long the certificates of broker and coordinator hold by default.
private let brokerDays = 825

let brokerCommand = Command(
    "broker",
    "The files of the MQTT broker, Mosquitto.",
    subcommands: [
        Command(
            "config",
            "Write the broker's configuration, access list, certificates and revocation lists.",
            options: configurationOptions + [
                .option("--directory", "DIR", "the folder of the broker's files"),
                .option("--state", "DIR", "the broker's database, log and process id; DIR/state"),
                .option(
                    "--host",
                    "NAME",
                    "a name or address that devices reach the broker by; the first is told them",
                    repeatable: true
                ),
                .option("--port", "N", "for devices with a certificate; 8883"),
                .option("--password-port", "N", "TLS for devices with a password; 0 for none"),
                .option("--coordinator-port", "N", "TLS for a coordinator elsewhere; 0 for none"),
                .option("--local-port", "N", "127.0.0.1 without TLS; 1883, 0 for none"),
                .option(
                    "--user",
                    "USER",
                    "the user the broker runs as; Mosquitto's own when absent"
                ),
                daysOption(brokerDays),
                .flag("--renew", "issue the broker's and the coordinator's certificates anew"),
            ]
        ) { try await configureBroker($0) },
        Command(
            "password",
            "Set the broker's password of a device, hub or the coordinator; it is shown once.",
            operands: "NAME",
            options: configurationOptions
        ) { arguments in
            let name = try arguments.operand("NAME")
            guard let user = DeviceID(rawValue: name) else {
                throw UsageError("a name is 1-40 characters of [a-z0-9-], not '\(name)'")
            }
            let password = Base64.encodeURL(randomBytes(18))
            let folder = try arguments.authorities()
            let publication = try BrokerFolder(folder).setPassword(password, of: user.rawValue)
            writeLine(password)
            if publication == .untold {
                writeLine("telehealth: set\(sentence(publication))", to: 2)
            }
        },
    ]
)

/// Reads the set-up from the options, and from what was set up before where they say nothing.
private func configureBroker(_ arguments: ParsedArguments) async throws {
    let configuration = try arguments.configuration()
    let folder = try arguments.authorities()
    let before = try folder.ledger()?.broker
    guard let given = arguments.value("--directory") ?? before?.directory else {
        throw UsageError("--directory is missing")
    }
    let directory = absolute(given)
    let hosts = arguments.all("--host").isEmpty ? before?.hosts ?? [] : arguments.all("--host")
    guard !hosts.isEmpty else { throw UsageError("--host is missing") }
    for host in hosts where HostName(host) == nil {
        throw UsageError("--host takes a DNS name or an IP address, not '\(host)'")
    }
    let broker = CertificateLedger.Broker(
        directory: directory,
        stateDirectory: arguments.value("--state").map(absolute)
            ?? (before?.directory == directory ? before?.stateDirectory : nil)
                ?? directory + "/state",
        // The coordinator connects to 127.0.0.1 where the broker is its neighbour.
        hosts: hosts,
        port: try arguments.integer("--port", in: 1...65_535) ?? before?.port ?? 8_883,
        passwordPort: try port("--password-port", arguments, before?.passwordPort),
        coordinatorPort: try port("--coordinator-port", arguments, before?.coordinatorPort),
        localPort: try port("--local-port", arguments, before == nil ? 1_883 : before?.localPort),
        user: arguments.value("--user") ?? before?.user,
        coordinator: configuration.mqtt.user ?? before?.coordinator ?? "coordinator"
    )
    let own = absolute(configuration.dataDirectory) + "/broker"
    let password =
        broker.localPort == nil && broker.passwordPort == nil
        ? nil : configuration.mqtt.password ?? kept(own + "/password")
    let publication = try BrokerFolder(folder).setUp(
        broker,
        password: password,
        coordinatorDirectory: own,
        days: try days(arguments, brokerDays),
        renew: arguments.has("--renew"),
        at: systemTime()
    )
    try await settle(folder, arguments)
    writeLine("wrote \(directory)/mosquitto.conf\(sentence(publication))")
    writeLine("the coordinator's configuration: \(settings(of: broker, own))")
}

/// The coordinator's configuration, as it stands in the file.
private func settings(of broker: CertificateLedger.Broker, _ own: String) -> String {
    let files =
        "devicePasswords: \"\(broker.directory)/passwords\","
        + " brokerPid: \"\(broker.stateDirectory)/mosquitto.pid\""
    guard let port = broker.localPort else {
        return "mqtt: { host: \"\(broker.hosts.first ?? "")\","
            + " port: \(broker.coordinatorPort ?? broker.port), tls: { ca: \"\(own)/ca.pem\","
            + " certificate: \"\(own)/certificate.pem\", key: \"\(own)/key.pem\" }, \(files) }"
    }
    return "mqtt: { host: \"127.0.0.1\", port: \(port), user: \"\(broker.coordinator)\","
        + " passwordFile: \"\(own)/password\", \(files) }"
}

private func port(_ name: String, _ arguments: ParsedArguments, _ before: Int?) throws -> Int? {
    guard let given = try arguments.integer(name, in: 0...65_535) else { return before }
    return given == 0 ? nil : given
}

/// The password that stands in the file, or a fresh one.
private func kept(_ path: String) -> String {
    let bytes = FileManager.default.contents(atPath: path) ?? .init()
    let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    return text.isEmpty ? Base64.encodeURL(randomBytes(18)) : text
}

/// A path that holds wherever a program is started.
func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}
