import Foundation

/// The files of a Mosquitto broker that keeps what it promises: `mosquitto.conf`, the access list
/// and the password file.
///
/// The broker's own defaults lose data silently: 1,000 queued messages a session, then it drops
/// the newest, and no persistence. These settings do not.
public struct BrokerConfiguration: Sendable {
    /// The folder for the files and the broker's database.
    public var directory: String
    /// The address that the broker listens on.
    public var address = "127.0.0.1"
    /// The port that the broker listens on.
    public var port: Int
    /// Messages that the broker keeps for a session that is away; past it the newest are dropped.
    public var queuedMessages = 2_000_000
    /// The user that the broker runs as when it is started by root; nil for Mosquitto's own.
    public var user: String?
    /// The user of the coordinator, who may read and write everything.
    public var coordinator = "coordinator"
    /// Users and their password in Mosquitto's own form (`$7$…`), as `name:hash` lines.
    public var passwordLines: [String] = []
    /// Hubs of clinics by their user, which may write under every device of one site.
    public var hubs: [(user: String, province: String, site: String)] = []

    /// A broker in a folder, on 127.0.0.1 and this port.
    public init(directory: String, port: Int) {
        self.directory = directory
        self.port = port
    }

    /// Where `mosquitto.conf` is.
    public var path: String { directory + "/mosquitto.conf" }

    /// The text of `mosquitto.conf`.
    public func text() -> String {
        """
        # Written by telehealth; it is written anew with each start of the demo.
        per_listener_settings false
        listener \(port) \(address)
        \(user.map { "user \($0)\n" } ?? "")allow_anonymous false
        password_file \(directory)/passwords
        acl_file \(directory)/access
        pid_file \(directory)/mosquitto.pid

        # What was acknowledged survives a restart of the broker.
        persistence true
        persistence_location \(directory)/
        autosave_interval 30

        # The gateway's own Receive Maximum bounds what is on its way; a queue that is full drops.
        max_inflight_messages 0
        max_queued_messages \(queuedMessages)
        max_queued_bytes 0
        message_size_limit 262400
        persistent_client_expiration 30d
        connection_messages true
        log_dest file \(directory)/mosquitto.log

        """
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
        for hub in hubs {
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
