import Foundation

/// The files of a Mosquitto broker that keeps what it promises: `mosquitto.conf`, the access list
/// and the password file.
///
/// The one generator: the demonstration and `telehealth broker config` both write with it. The
/// broker's own defaults lose data silently: 1,000 queued messages a session, then it drops the
/// newest, and no persistence. These settings do not.
public struct BrokerConfiguration: Sendable {
    /// A socket that the broker listens on.
    public struct Listener: Sendable {
        /// Who comes in through it, and how they show who they are.
        public enum Kind: Sendable {
            /// Without TLS, with name and password; for this machine only.
            case plain
            /// Devices and hubs with a certificate: its common name is who they are.
            ///
            /// The client id is theirs too, so that nobody can take over another's session.
            case devices
            /// Devices that have no certificate: TLS, with name and password.
            case passwords
            /// The coordinator on another machine, with its certificate.
            ///
            /// Its two connections have client ids of their own.
            case coordinator
        }

        /// The port.
        public var port: Int
        /// The address; nil for every address of the machine.
        public var address: String?
        /// Who comes in.
        public var kind: Kind

        /// A listener.
        public init(port: Int, address: String? = nil, kind: Kind) {
            self.port = port
            self.address = address
            self.kind = kind
        }
    }

    /// A clinic's hub: an identity that may write under every device of one site.
    public struct Hub: Sendable, Equatable {
        /// Its user, the common name of its certificate.
        public let user: String
        /// The site's province.
        public let province: String
        /// The site.
        public let site: String

        /// A hub.
        public init(user: String, province: String, site: String) {
            self.user = user
            self.province = province
            self.site = site
        }
    }

    /// The names of hubs begin with this, and no device's id does.
    public static let hubPrefix = "hub-"

    /// The folder for the files.
    public var directory: String
    /// The folder for the broker's database, log and process id; the broker must write to it.
    public var stateDirectory: String
    /// What the broker listens on.
    public var listeners: [Listener]
    /// Messages that the broker keeps for a session that is away; past it the newest are dropped.
    public var queuedMessages = 2_000_000
    /// The user that the broker runs as when it is started by root; nil for Mosquitto's own.
    public var user: String?
    /// The user of the coordinator, who may read and write everything.
    public var coordinator = "coordinator"
    /// Users and their password in Mosquitto's own form (`$7$…`), as `name:hash` lines.
    public var passwordLines: [String] = []
    /// Hubs of clinics, each of which may write under every device of its site.
    public var hubs: [Hub] = []
    /// Users whose certificate was revoked: whatever they still hold, they may do nothing.
    public var refused: [String] = []

    /// A broker in a folder, on 127.0.0.1 and this port, with names and passwords.
    public init(directory: String, port: Int) {
        self.init(
            directory: directory,
            listeners: [Listener(port: port, address: "127.0.0.1", kind: .plain)]
        )
    }

    /// A broker in a folder, with these listeners.
    public init(directory: String, listeners: [Listener]) {
        self.directory = directory
        stateDirectory = directory
        self.listeners = listeners
    }

    /// Whether a device may not be called this, because the broker gives the name more rights.
    public static func isReserved(_ name: String, coordinator: String?) -> Bool {
        name == "coordinator" || name == coordinator || name.hasPrefix(hubPrefix)
    }

    /// Where `mosquitto.conf` is.
    public var path: String { directory + "/mosquitto.conf" }
    /// Where the password file is.
    public var passwordPath: String { directory + "/passwords" }
    /// Where the broker writes its process id.
    public var processPath: String { stateDirectory + "/mosquitto.pid" }
    /// The authorities that the broker trusts, PEM.
    public var authorityPath: String { directory + "/ca.pem" }
    /// The revocation list of each authority, PEM.
    public var revocationPath: String { directory + "/revoked.pem" }
    /// The broker's own certificate, PEM.
    public var certificatePath: String { directory + "/broker.pem" }
    /// The key of the broker's certificate, PEM.
    public var keyPath: String { directory + "/broker.key" }

    /// The text of `mosquitto.conf`.
    public func text() -> String {
        """
        # Written by telehealth, which writes it anew: change its options, not this file.
        per_listener_settings false
        \(user.map { "user \($0)\n" } ?? "")allow_anonymous false
        password_file \(passwordPath)
        acl_file \(directory)/access
        pid_file \(processPath)

        # What was acknowledged survives a restart of the broker.
        persistence true
        persistence_location \(stateDirectory)/
        autosave_interval 30

        # The gateway's own Receive Maximum bounds what is on its way; a queue that is full drops.
        max_inflight_messages 0
        max_queued_messages \(queuedMessages)
        max_queued_bytes 0
        message_size_limit 262400
        persistent_client_expiration 30d
        connection_messages true
        log_dest file \(stateDirectory)/mosquitto.log

        \(listeners.map(text).joined(separator: "\n"))
        """
    }

    private func text(_ listener: Listener) -> String {
        var lines = ["listener \(listener.port)\(listener.address.map { " " + $0 } ?? "")"]
        switch listener.kind {
        case .plain: return lines[0] + "\n"
        case .devices, .passwords, .coordinator: break
        }
        lines += [
            "certfile \(certificatePath)", "keyfile \(keyPath)", "tls_version tlsv1.2",
        ]
        switch listener.kind {
        case .plain, .passwords: break
        case .devices, .coordinator:
            lines += [
                "cafile \(authorityPath)", "crlfile \(revocationPath)", "require_certificate true",
                "use_identity_as_username true",
            ]
        }
        switch listener.kind {
        case .plain, .coordinator: break
        case .devices, .passwords: lines.append("use_username_as_clientid true")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The text of the access list: a device writes under its own id and reads its own answers.
    ///
    /// `%u` is the user, which is the device's id. Province and site cannot be written as a
    /// pattern of the user; the gateway checks them against its registry.
    public func accessText() -> String {
        var text = """
            user \(coordinator)
            topic readwrite telehealth/#
            topic read $SYS/#

            pattern write telehealth/v1/+/+/%u/vitals
            pattern write telehealth/v1/+/+/%u/status
            pattern write telehealth/v1/+/+/%u/events
            pattern write telehealth/v1/+/+/%u/responses
            pattern read telehealth/v1/+/+/%u/receipt
            pattern read telehealth/v1/+/+/%u/rejected
            pattern read telehealth/v1/+/+/%u/commands

            """
        for hub in hubs where !refused.contains(hub.user) {
            let site = "telehealth/v1/\(hub.province)/\(hub.site)"
            text += "\nuser \(hub.user)\n"
            for leaf in ["vitals", "status", "events", "responses"] {
                text += "topic write \(site)/+/\(leaf)\n"
            }
            for leaf in ["receipt", "rejected", "commands"] {
                text += "topic read \(site)/+/\(leaf)\n"
            }
            text += "topic read \(site)/alarms/+\n"
        }
        for user in refused { text += "\nuser \(user)\ntopic deny #\n" }
        return text
    }

    /// Writes the three files; the password file is readable by its owner only.
    public func write() throws {
        let folder = URL(filePath: directory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let passwords = passwordLines.map { $0 + "\n" }.joined()
        for (name, text) in [
            ("mosquitto.conf", text()), ("access", accessText()), ("passwords", passwords),
        ] {
            let file = folder.appending(path: name)
            try text.write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: name == "mosquitto.conf" ? 0o644 : 0o600],
                ofItemAtPath: file.path
            )
        }
    }
}
