public import CareLoop
public import Clinical
public import Foundation
public import Gateway
public import Scheduler
public import Store

/// The configuration of one coordinator, read and checked; see `ConfigurationKey.all`.
public struct Configuration: Sendable {
    /// The web server's part.
    public struct HTTP: Sendable {
        /// The address to listen on.
        public var address: String
        /// The port; 0 takes a free one.
        public var port: Int
        /// How browsers reach it; nil: the listening address.
        public var publicURL: String?
        /// PEM certificate chain and key; nil serves plain HTTP.
        public var tls: (certificate: String, key: String)?
        /// Origins allowed to open the WebSocket; empty: the public URL's own.
        public var origins: [String]
        /// Largest request body in bytes.
        public var bodyBytes: Int
        /// Most connections at a time.
        public var connections: Int
        /// API calls a principal may make in a minute.
        public var requestsPerMinute: Int
    }

    /// The broker's part.
    public struct MQTT: Sendable {
        /// The broker's host.
        public var host: String
        /// The broker's port.
        public var port: Int
        /// The client id.
        public var clientID: String
        /// How the provinces are dealt out to sessions at the broker.
        public var partitions: Partitioning
        /// User, nil for none.
        public var user: String?
        /// Password, nil for none.
        public var password: String?
        /// PEM of the broker's CA; nil connects without TLS.
        public var certificateAuthority: String?
        /// PEM of the client certificate.
        public var certificate: String?
        /// PEM of the client key.
        public var key: String?
        /// Mosquitto's password file to keep up; nil: kept by hand.
        public var devicePasswords: String?
        /// Mosquitto's pid file.
        public var brokerPid: String?
    }

    /// Where the database and the keys live.
    public var dataDirectory: String
    /// The web server.
    public var http: HTTP
    /// The broker.
    public var mqtt: MQTT
    /// For how long readings and their aggregates are kept.
    public var retention: Retention
    /// CSV of sites, nil for none.
    public var sitesFile: String?
    /// CSV of doctors, nil for none.
    public var doctorsFile: String?
    /// CSV of public holidays, nil for none.
    public var holidaysFile: String?
    /// Folder of device profiles, nil for those that are shipped.
    public var deviceProfiles: String?
    /// How long a log-in lasts.
    public var sessionLength: Duration
    /// How alarms are judged and signalled: chains and incidents as configured, the rest standard.
    public var alarms: WardPolicy
    /// How the care loop decides: ringing plans and stability as configured, the rest standard.
    public var careLoop: LoopPolicy
    /// How much each soft goal of the matcher counts: fair waits as configured, the rest standard.
    public var goals = GoalWeights()
    /// Relays and the conference server.
    public var media: Media
    /// The least severe line that is logged.
    public var logLevel: LogLevel
    /// How a log line is written.
    public var logFormat: LogFormat

    /// How the embedded store is set up.
    public var storeSettings: SQLiteSettings { SQLiteSettings(retention: retention) }

    /// Reads all sources; throws the first thing that is wrong, in one line.
    public init(
        file: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        settings: [String] = []
    ) throws(ConfigurationError) {
        let reader = try ConfigurationReader(
            file: file,
            environment: environment,
            settings: settings
        )
        dataDirectory = reader.text("data.directory")
        http = HTTP(
            address: reader.text("http.address"),
            port: reader.integer("http.port"),
            publicURL: reader.optional("http.publicUrl"),
            tls: try Configuration.pair(reader, "http.tls.certificate", "http.tls.key"),
            origins: reader.list("http.origins"),
            bodyBytes: reader.integer("http.bodyBytes"),
            connections: reader.integer("http.connections"),
            requestsPerMinute: reader.integer("http.requestsPerMinute")
        )
        let client = try Configuration.pair(reader, "mqtt.tls.certificate", "mqtt.tls.key")
        mqtt = MQTT(
            host: reader.text("mqtt.host"),
            port: reader.integer("mqtt.port"),
            clientID: reader.text("mqtt.clientId"),
            partitions: try Configuration.partitions(reader),
            user: reader.optional("mqtt.user"),
            password: try Configuration.secret(reader, "mqtt.password", "mqtt.passwordFile"),
            certificateAuthority: try Configuration.authority(reader, isNeeded: client != nil),
            certificate: client?.certificate,
            key: client?.key,
            devicePasswords: reader.optional("mqtt.devicePasswords"),
            brokerPid: reader.optional("mqtt.brokerPid")
        )
        retention = Retention(
            rawDays: reader.integer("store.rawDays"),
            minuteDays: reader.integer("store.minuteDays"),
            hourDays: reader.integer("store.hourDays")
        )
        sitesFile = reader.optional("sites.file")
        doctorsFile = reader.optional("doctors.file")
        holidaysFile = reader.optional("holidays.file")
        deviceProfiles = reader.optional("devices.profiles")
        sessionLength = .seconds(reader.integer("session.hours") * 3_600)
        alarms = try Configuration.alarms(reader)
        careLoop = try Configuration.careLoop(reader)
        Configuration.readStability(reader, into: &careLoop)
        careLoop.explicitConsent = reader.text("sessions.explicitConsent") == "yes"
        goals.fairWait = Double(reader.integer("goals.fairWaitPercent")) / 100
        media = try Configuration.media(reader)
        guard let level = LogLevel(name: reader.text("log.level")),
            let format = LogFormat(rawValue: reader.text("log.format"))
        else { preconditionFailure("the table of keys lets an unknown log level or format pass") }
        logLevel = level
        logFormat = format
    }

    /// Two files that only make sense together.
    private static func pair(
        _ reader: ConfigurationReader,
        _ first: String,
        _ second: String
    ) throws(ConfigurationError) -> (certificate: String, key: String)? {
        switch (reader.optional(first), reader.optional(second)) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            for file in [certificate, key] where !FileManager.default.isReadableFile(atPath: file) {
                throw ConfigurationError("cannot read \(file); check path and rights")
            }
            return (certificate, key)
        case (_?, nil): throw ConfigurationError("\(first) is set, so \(second) must be too")
        case (nil, _?): throw ConfigurationError("\(second) is set, so \(first) must be too")
        }
    }

    /// The dealing-out of the provinces; the reader has looked at its form.
    private static func partitions(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> Partitioning {
        do throws(PartitioningError) {
            return try Partitioning(reader.text("mqtt.partitions"))
        } catch {
            throw ConfigurationError("\(error)")
        }
    }

    /// The broker's authorities; a client certificate without them would go to anybody.
    private static func authority(
        _ reader: ConfigurationReader,
        isNeeded: Bool
    ) throws(ConfigurationError) -> String? {
        guard let path = reader.optional("mqtt.tls.ca") else {
            guard !isNeeded else {
                throw ConfigurationError(
                    "mqtt.tls.certificate is set, so mqtt.tls.ca must be too"
                )
            }
            return nil
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ConfigurationError("cannot read \(path); check path and rights")
        }
        return path
    }

    /// A secret given as text or as a file whose last line end is dropped.
    private static func secret(
        _ reader: ConfigurationReader,
        _ text: String,
        _ file: String
    ) throws(ConfigurationError) -> String? {
        guard let path = reader.optional(file) else { return reader.optional(text) }
        guard reader.optional(text) == nil else {
            throw ConfigurationError("\(text) and \(file) are both set; keep one")
        }
        guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError("cannot read \(file) \(path); check path and rights")
        }
        return String(content.trimmingSuffix(while: \.isNewline))
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, matches(last) { rest.removeLast() }
        return rest
    }
}
