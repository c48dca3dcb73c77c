import Crypto
import Foundation
import MQTT
import TestKit

/// A broker for one run, plain or with TLS under an authority of its own.
struct BenchBroker {
    let process: BrokerProcess
    /// What every client needs; nil for plain connections.
    let security: MQTTSecurity?

    init(hasTLS: Bool) throws {
        guard hasTLS else {
            process = try BrokerProcess()
            security = nil
            return
        }
        process = try BrokerProcess { folder, port in
            try issue(into: folder)
            return """
                listener \(port) 127.0.0.1
                user root
                allow_anonymous true
                certfile \(folder.path)/broker.pem
                keyfile \(folder.path)/broker-key.pem
                persistence true
                persistence_location \(folder.path)/
                max_inflight_messages 0
                max_queued_messages 0
                log_dest file \(folder.path)/mosquitto.log

                """
        }
        security = MQTTSecurity(authority: process.directory.path + "/ca.pem")
    }

    /// The options of a side's process.
    var words: [String] {
        ["--port", "\(process.port)"] + (security.map { ["--ca", $0.authority] } ?? [])
    }

    /// How a client of this run connects.
    func client(_ id: String) -> MQTTConfiguration {
        var configuration = MQTTConfiguration(port: process.port, clientID: id)
        configuration.security = security
        return configuration
    }
}

/// Writes an authority, and a certificate of 127.0.0.1 with its key.
func issue(into folder: URL) throws {
    let now = Int64(Date().timeIntervalSince1970)
    let authority = try CertificateAuthority.create(
        CertificateContent(
            commonName: "bench",
            purpose: .authority,
            notBefore: now - 60,
            notAfter: now + 86_400
        )
    )
    guard let host = HostName("127.0.0.1") else { return }
    let key = try PrivateKey.generate()
    let certificate = try authority.issue(
        CertificateContent(
            commonName: "broker",
            purpose: .server(names: [host]),
            notBefore: now - 60,
            notAfter: now + 86_400
        ),
        for: key
    )
    for (name, text) in [
        ("ca.pem", try authority.certificate.pem()), ("broker.pem", try certificate.pem()),
        ("broker-key.pem", try key.pem()),
    ] {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
}
