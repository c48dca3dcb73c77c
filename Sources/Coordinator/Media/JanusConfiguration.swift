/// The configuration of a Janus that carries this deployment's conferences and nothing else.
///
/// Browsers come in over its WebSocket, each with a token of its own; the Admin API listens on this
/// machine, with the shared secret; rooms can be made with the key alone; and of the plugins only
/// VideoRoom is loaded.
public struct JanusConfiguration: Sendable {
    /// The folder of the server's files.
    public var directory: String
    /// Opens the Admin API; the key for rooms is derived from it.
    public var secret: String
    /// The address that the WebSocket listens on, nil for every address.
    public var address: String?
    /// The port of the WebSocket.
    public var port = 8_188
    /// Certificate chain and key for the WebSocket, PEM; without them it is plain.
    public var certificate: (chain: String, key: String)?
    /// The port of the Admin API on 127.0.0.1.
    public var adminPort = 7_088
    /// The ports that media come over.
    public var mediaPorts: ClosedRange<Int> = 20_000...40_000
    /// The server's address as browsers see it, behind a translator.
    public var externalAddress: String?

    /// A server in a folder.
    public init(directory: String, secret: String) {
        self.directory = directory
        self.secret = secret
    }

    /// Where Debian keeps what Janus loads.
    #if arch(arm64)
    private static let libraries = "/usr/lib/aarch64-linux-gnu/janus"
    #else
    private static let libraries = "/usr/lib/x86_64-linux-gnu/janus"
    #endif

    /// The files by name.
    public var files: [(name: String, text: String)] {
        [
            ("janus.jcfg", server), ("janus.plugin.videoroom.jcfg", videoRoom),
            ("janus.transport.http.jcfg", admin), ("janus.transport.websockets.jcfg", webSocket),
        ]
    }

    /// Writes the files, readable by owner and group, unless they stand there as they should.
    public func write() throws(ConfigurationError) {
        for (name, text) in files {
            let path = "\(directory)/\(name)"
            guard DurableFile.update(path, text, mode: 0o640) != nil else {
                throw ConfigurationError("cannot write \(path); check path and rights")
            }
        }
    }

    private static let head =
        "# Written by telehealth, which writes it anew: change its options, not this file.\n"

    private var server: String {
        let translated = externalAddress.map { "\n    nat_1_1_mapping = \"\($0)\"" } ?? ""
        return JanusConfiguration.head + """
            general: {
                configs_folder = "\(directory)"
                plugins_folder = "\(JanusConfiguration.libraries)/plugins"
                transports_folder = "\(JanusConfiguration.libraries)/transports"
                events_folder = "\(JanusConfiguration.libraries)/events"
                loggers_folder = "\(JanusConfiguration.libraries)/loggers"
                debug_level = 3
                debug_timestamps = true
                debug_colors = false
                # The coordinator alone has this; every browser has a token that it made.
                admin_secret = "\(secret)"
                token_auth = true
                session_timeout = 60
                hide_dependencies = true
            }
            media: {
                rtp_port_range = "\(mediaPorts.lowerBound)-\(mediaPorts.upperBound)"
            }
            nat: {
                full_trickle = true\(translated)
            }
            plugins: {
                disable = "\(JanusConfiguration.unused.map { "libjanus_\($0).so" }.joined(separator: ","))"
            }
            transports: {
                disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so"
            }
            events: {
                broadcast = false
            }

            """
    }

    private static let unused = [
        "audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming",
        "textroom", "videocall", "voicemail",
    ]

    private var videoRoom: String {
        JanusConfiguration.head + """
            general: {
                # Who does not know the key makes no room.
                admin_key = "\(ConferenceSecret(secret).roomKey)"
                lock_rtp_forward = true
                string_ids = true
                events = false
            }

            """
    }

    private var admin: String {
        JanusConfiguration.head + """
            general: {
                json = "compact"
                http = false
                https = false
            }
            admin: {
                admin_base_path = "/admin"
                admin_http = true
                admin_port = \(adminPort)
                admin_ip = "127.0.0.1"
                admin_https = false
            }

            """
    }

    private var webSocket: String {
        let kind = certificate == nil ? "ws" : "wss"
        let listening = address.map { "\n    \(kind)_ip = \"\($0)\"" } ?? ""
        let files = certificate.map {
            "certificates: {\n    cert_pem = \"\($0.chain)\"\n    cert_key = \"\($0.key)\"\n}\n"
        }
        return JanusConfiguration.head + """
            general: {
                json = "compact"
                ws = \(certificate == nil)
                wss = \(certificate != nil)
                \(kind)_port = \(port)\(listening)
            }
            admin: {
                admin_ws = false
                admin_wss = false
            }
            \(files ?? "")
            """
    }
}
