import CareLoop

/// One key of the configuration: its name, what it takes, its default, and what it is for.
///
/// The table below is the only list of keys; the parser, the typed `Configuration`, the
/// documentation in `Config/telehealth.json5` and its test all read it.
public struct ConfigurationKey: Sendable {
    /// What a key takes.
    public enum Kind: Sendable, Equatable {
        /// Any text.
        case text
        /// A path; in the file it is relative to the file's folder.
        case path
        /// A whole number in a range.
        case integer(ClosedRange<Int>)
        /// One of a few words.
        case choice([String])
        /// A list of texts; on the command line separated by commas.
        case list
        /// How provinces are dealt out: a number or a list of lists of codes; on the command line
        /// with commas between codes and semicolons between lists.
        case partitions
    }

    /// The dotted name, `http.port`.
    public let name: String
    /// What it takes.
    public let kind: Kind
    /// The value when nobody sets it.
    public let standard: ConfigurationValue
    /// What it is for, one line.
    public let help: String

    private init(_ name: String, _ kind: Kind, _ standard: ConfigurationValue, _ help: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.help = help
    }

    /// The environment variable that overrides it: `TELEHEALTH_HTTP_PORT` for `http.port`.
    public var environmentName: String {
        "TELEHEALTH_" + name.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// Every key, in the order of the documentation.
    public static let all: [ConfigurationKey] = [
        .init(
            "data.directory",
            .path,
            .text("telehealth-data"),
            "where the database and the keys live; created with mode 0700"
        ),
        .init("http.address", .text, .text("127.0.0.1"), "the address to listen on"),
        .init("http.port", .integer(0...65_535), .integer(8080), "the port; 0 takes a free one"),
        .init(
            "http.publicUrl",
            .text,
            .text(""),
            "how browsers reach it, such as https://consult.example.vn; empty: the listening address"
        ),
        .init(
            "http.tls.certificate",
            .path,
            .text(""),
            "PEM certificate chain; empty serves plain HTTP, which is for loopback and proxies only"
        ),
        .init("http.tls.key", .path, .text(""), "PEM private key of the certificate"),
        .init(
            "http.origins",
            .list,
            .list([]),
            "origins that browsers may open the WebSocket from; empty: the public URL's own"
        ),
        .init(
            "http.bodyBytes",
            .integer(1_024...16_777_216),
            .integer(1_048_576),
            "largest request body; beyond it 413"
        ),
        .init(
            "http.connections",
            .integer(16...100_000),
            .integer(10_000),
            "most connections at a time; beyond it new ones are refused"
        ),
        .init(
            "http.requestsPerMinute",
            .integer(10...1_000_000),
            .integer(1_200),
            "API calls a principal may make in a minute; beyond it 429"
        ),
        .init("mqtt.host", .text, .text("127.0.0.1"), "the MQTT broker's host"),
        .init("mqtt.port", .integer(1...65_535), .integer(1883), "the MQTT broker's port"),
        .init(
            "mqtt.clientId",
            .text,
            .text("telehealth-coordinator"),
            "the client id; its session at the broker keeps readings while the coordinator is down"
        ),
        .init(
            "mqtt.partitions",
            .partitions,
            .text(""),
            "sessions at the broker: a number, or lists of province codes; empty: one for all"
        ),
        .init("mqtt.user", .text, .text(""), "user at the broker; empty for none"),
        .init("mqtt.password", .text, .text(""), "password at the broker; better in passwordFile"),
        .init("mqtt.passwordFile", .path, .text(""), "file that holds the password"),
        .init(
            "mqtt.tls.ca",
            .path,
            .text(""),
            "PEM of the broker's CA; empty connects without TLS"
        ),
        .init("mqtt.tls.certificate", .path, .text(""), "PEM of the client certificate"),
        .init("mqtt.tls.key", .path, .text(""), "PEM of the client key"),
        .init(
            "mqtt.devicePasswords",
            .path,
            .text(""),
            "Mosquitto's password file, kept up as devices come and go; empty: kept by hand"
        ),
        .init(
            "mqtt.brokerPid",
            .path,
            .text(""),
            "Mosquitto's pid file; the broker is told to reload after devicePasswords changed"
        ),
        .init("store.kind", .choice(["sqlite"]), .text("sqlite"), "the database"),
        .init("store.url", .text, .text(""), "the database's address; sqlite uses data.directory"),
        .init(
            "store.rawDays",
            .integer(1...3_660),
            .integer(30),
            "days for which single readings are kept"
        ),
        .init(
            "store.minuteDays",
            .integer(1...3_660),
            .integer(120),
            "days for which 1-minute aggregates are kept; whole months go"
        ),
        .init(
            "store.hourDays",
            .integer(1...36_600),
            .integer(3_653),
            "days for which 1-hour aggregates are kept; whole years go"
        ),
        .init("sites.file", .path, .text(""), "CSV of sites, read at start when it changed"),
        .init("doctors.file", .path, .text(""), "CSV of doctors, read at start when it changed"),
        .init(
            "holidays.file",
            .path,
            .text(""),
            "CSV of public holidays, read at start; weekly windows do not hold on them"
        ),
        .init(
            "devices.profiles",
            .path,
            .text(""),
            "folder of the device profiles, JSON5; empty: the profiles that are shipped"
        ),
        .init(
            "session.hours",
            .integer(1...168),
            .integer(12),
            "how long a log-in lasts"
        ),
        .init(
            "alarms.chain",
            .list,
            .list(["nurse 120", "siteDoctor 180", "onCallSpecialist 300"]),
            "who is told of an unacknowledged alarm in turn, and how many seconds each has"
        ),
        .init(
            "alarms.siteChains",
            .list,
            .list([]),
            "chains of single sites, such as \"hn-0001: nurse 60; onCallSpecialist 120\""
        ),
        .init(
            "alarms.repeatSeconds",
            .integer(10...86_400),
            .integer(600),
            "how long after a chain's end it begins anew"
        ),
        .init(
            "alarms.pews",
            .choice(["off", "bedside"]),
            .text("off"),
            "whether children under 16 are scored by the Bedside PEWS; NEWS2 never scores them"
        ),
        .init(
            "alarms.pewsTable",
            .path,
            .text(""),
            "JSON of another PEWS table; empty: the published one of 2009"
        ),
        .init(
            "alarms.incidentDevices",
            .integer(0...10_000),
            .integer(3),
            "how many devices of a site fall silent at once to be one incident; 0 for none ever"
        ),
        .init(
            "alarms.incidentPercent",
            .integer(1...100),
            .integer(50),
            "how many of a hundred of the site's devices those must be"
        ),
        .init(
            "alarms.incidentWindowSeconds",
            .integer(1...86_400),
            .integer(300),
            "within which time that is at once"
        ),
        .init(
            "displacement.movesPerSiteAndDay",
            .integer(0...10_000),
            .integer(3),
            "routine bookings of a site that may make room for emergencies in a day; 0 for none"
        ),
        .init(
            "displacement.freezeMinutes",
            .integer(0...1_440),
            .integer(15),
            "a booking that begins sooner than this never makes room"
        ),
        .init(
            "goals.fairWaitPercent",
            .integer(0...1_000),
            .integer(50),
            "percent by which a wait costs more where the province waited twice as long; 0 for none"
        ),
        .init(
            "replanning.seconds",
            .integer(0...3_600),
            .integer(5),
            "how often those who wait for a doctor are planned for together; 0 for never"
        ),
        .init(
            "ringing.emergency",
            .list,
            .list(RingingPlan.standardTexts),
            "how doctors are rung for an emergency: how many, seconds to the next step, how wide"
        ),
        .init(
            "ringing.urgent",
            .list,
            .list([]),
            "the same for an urgent request; empty: one offer after the other"
        ),
        .init(
            "ringing.reachableSeconds",
            .integer(0...3_600),
            .integer(60),
            "how long after the last connection is lost a doctor still counts as reachable"
        ),
        .init(
            "sessions.explicitConsent",
            .choice(["no", "yes"]),
            .text("no"),
            "yes: nothing is presumed of a patient, consents and steps must be stated in the room"
        ),
        .init(
            "media.turn.urls",
            .list,
            .list([]),
            "stun:, turn: and turns: URLs that browsers are told; empty: no relay"
        ),
        .init(
            "media.turn.secretFile",
            .path,
            .text(""),
            "file that holds the secret shared with the relay; 'telehealth turn config' writes both"
        ),
        .init(
            "media.turn.lifetimeSeconds",
            .integer(120...86_400),
            .integer(600),
            "how long a credential at the relay is good; renewed a minute before its end"
        ),
        .init(
            "media.conference.admin",
            .text,
            .text(""),
            "the Admin API of a Janus, http://127.0.0.1:7088/admin; empty: no conference server"
        ),
        .init(
            "media.conference.url",
            .text,
            .text(""),
            "the WebSocket that browsers reach it by, wss://media.example.vn:8188"
        ),
        .init(
            "media.conference.secretFile",
            .path,
            .text(""),
            "file that holds the secret shared with it; 'telehealth janus config' writes both"
        ),
        .init(
            "log.level",
            .choice(["debug", "info", "warning", "error"]),
            .text("info"),
            "the least severe line that is logged"
        ),
        .init("log.format", .choice(["text", "json"]), .text("text"), "how a log line is written"),
    ]
}

/// A value of the configuration.
public enum ConfigurationValue: Sendable, Equatable {
    /// A text or path.
    case text(String)
    /// A whole number.
    case integer(Int)
    /// A list of texts.
    case list([String])
}

/// Why the configuration cannot be used; ends the program with exit code 1.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and what to do, one line.
    public let description: String

    /// An error with its line.
    public init(_ description: String) {
        self.description = description
    }
}
