import Arguments
import Coordinator
import Crypto
import Foundation
import Vocabulary
import Wire

/// Where devices reach the broker.
struct BrokerAddress {
    let host: String
    let port: Int

    /// As the options say, or as the broker was set up.
    init(_ arguments: ParsedArguments, _ ledger: CertificateLedger) throws {
        guard let host = arguments.value("--host") ?? ledger.broker?.hosts.first,
            let port = try arguments.integer("--port", in: 1...65_535) ?? ledger.broker?.port
        else { throw ProvisioningError.noBroker }
        guard HostName(host) != nil else {
            throw UsageError("--host takes a DNS name or an IP address, not '\(host)'")
        }
        self.host = host
        self.port = port
    }
}

/// What a device is given: its certificate and key, the authorities, and how to connect.
struct DeviceFiles {
    let applicant: Applicant
    let issued: IssuedCertificate
    let broker: BrokerAddress

    /// Writes the files; the key is readable by its owner only, and this is its only copy.
    func write(into folder: String) throws {
        var files = [
            ("ca.pem", issued.authorities, 0o644), ("certificate.pem", issued.certificate, 0o644),
            ("broker.json", settings + "\n", 0o644),
        ]
        if let key = issued.key { files.append(("key.pem", key, 0o600)) }
        for (name, text, mode) in files {
            let path = folder + "/" + name
            // An older key of more rights must not lend them to the new one.
            try? FileManager.default.removeItem(atPath: path)
            guard
                FileManager.default.createFile(
                    atPath: path,
                    contents: Data(text.utf8),
                    attributes: [.posixPermissions: mode]
                )
            else { throw CommandFailure("cannot write \(path); check rights and free space") }
        }
    }

    /// The connection as one JSON object; see Docs/protocol.md.
    private var settings: String {
        var writer = JSONWriter()
        writer.object {
            $0.key("host")
            $0.value(broker.host)
            $0.key("port")
            $0.value(broker.port)
            $0.key("protocol")
            $0.value("mqtt")
            $0.key("versions")
            $0.array { array in for version in ["5", "3.1.1"] { array.value(version) } }
            $0.key("clientId")
            $0.value(applicant.name)
            $0.key("tls")
            $0.object {
                $0.key("minimumVersion")
                $0.value("1.2")
                $0.key("authorities")
                $0.value("ca.pem")
                $0.key("certificate")
                $0.value("certificate.pem")
                $0.key("key")
                if issued.key == nil { $0.null() } else { $0.value("key.pem") }
            }
            $0.key("certificate")
            $0.object {
                $0.key("serial")
                $0.value(issued.entry.serial)
                $0.key("expiresAt")
                $0.value("\(issued.entry.expiresAt)")
            }
            $0.key("qos")
            $0.value(1)
            $0.key("publish")
            writeTopics(["vitals", "status", "events"], into: &$0)
            $0.key("subscribe")
            writeTopics(["receipt", "rejected", "commands"], into: &$0)
            if applicant.kind == .device {
                $0.key("will")
                $0.object {
                    $0.key("topic")
                    $0.value(topic("status"))
                    $0.key("payload")
                    $0.value("{\"state\":\"offline\"}")
                    $0.key("qos")
                    $0.value(1)
                    $0.key("retain")
                    $0.value(true)
                }
            }
        }
        return writer.text
    }

    private func writeTopics(_ leaves: [String], into writer: inout JSONWriter) {
        writer.object { writer in
            for leaf in leaves {
                writer.key(leaf)
                writer.value(topic(leaf))
            }
        }
    }

    /// A hub publishes for any device of its site: `{device}` stands for its id.
    private func topic(_ leaf: String) -> String {
        let device = applicant.kind == .hub ? "{device}" : applicant.name
        return
            "telehealth/v1/\(applicant.province?.rawValue ?? "")/\(applicant.site?.rawValue ?? "")"
            + "/\(device)/\(leaf)"
    }
}
