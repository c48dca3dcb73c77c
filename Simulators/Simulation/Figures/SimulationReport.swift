import Foundation
public import Vocabulary

/// What a simulation did, as it is written at the end and shown while it runs.
public struct SimulationReport: Sendable, Codable {
    /// `nation`, `fleet`, `clinics`, `doctors` or `replay`.
    public var command: String
    /// The seed.
    public var seed: UInt64
    /// When it began.
    public var startedAt: Instant
    /// When it ended, or now.
    public var endedAt: Instant
    /// How long devices measured.
    public var durationSeconds: Double
    /// The devices' connections.
    public var devices = Devices()
    /// The readings.
    public var readings = Readings()
    /// From a reading's sending to its receipt, in milliseconds.
    public var receiptMs = Summary(count: 0, p50: nil, p99: nil, max: nil)
    /// The alarms that clinics saw.
    public var alarms = Alarms()
    /// The offers that doctors saw.
    public var offers = Offers()
    /// The consults.
    public var sessions = Sessions()
    /// Alarm to room, people's own times taken off, in milliseconds.
    public var alarmToRoomMs = Summary(count: 0, p50: nil, p99: nil, max: nil)
    /// What people took, in milliseconds.
    public var reactionMs = Reactions()
    /// What went through the rooms.
    public var signalling = Signalling()
    /// What went wrong.
    public var errors = Errors()

    /// The devices' connections.
    public struct Devices: Sendable, Codable {
        /// How many there are.
        public var count = 0
        /// How many are connected.
        public var connected = 0
        /// How often one connected.
        public var connects = 0
        /// How often one lost its connection.
        public var disconnects = 0
    }

    /// The readings.
    public struct Readings: Sendable, Codable {
        /// Distinct readings that were sent at least once.
        public var published = 0
        /// Messages that carried readings.
        public var messages = 0
        /// Readings that a receipt covers.
        public var acknowledged = 0
        /// Readings that were sent and that no receipt covers yet.
        public var unacknowledged = 0
        /// Second copies that were sent on purpose.
        public var resent = 0
        /// Payloads that the gateway refused.
        public var rejected = 0
        /// Receipts that came.
        public var receipts = 0
    }

    /// The alarms that clinics saw.
    public struct Alarms: Sendable, Codable {
        /// Distinct alarms.
        public var seen = 0
        /// Alarms that clinics acknowledged.
        public var acknowledged = 0
    }

    /// The offers that doctors saw.
    public struct Offers: Sendable, Codable {
        /// Offers that reached a doctor.
        public var seen = 0
        /// Offers accepted.
        public var accepted = 0
        /// Offers declined.
        public var declined = 0
        /// Answers that came too late or were refused.
        public var failed = 0
    }

    /// The consults.
    public struct Sessions: Sendable, Codable {
        /// Consults in which both ends held the other.
        public var started = 0
        /// Consults whose outcome was accepted.
        public var completed = 0
        /// Rooms that one of our people is in.
        public var open = 0
    }

    /// What people took.
    public struct Reactions: Sendable, Codable {
        /// From an offer to the doctor's answer.
        public var answer = Summary(count: 0, p50: nil, p99: nil, max: nil)
        /// From a confirmation to the click that joins.
        public var click = Summary(count: 0, p50: nil, p99: nil, max: nil)
    }

    /// What went through the rooms.
    public struct Signalling: Sendable, Codable {
        /// Descriptions that arrived.
        public var descriptionsReceived = 0
        /// Candidate messages that arrived.
        public var candidatesReceived = 0
        /// Vital-signs messages that arrived.
        public var vitalsReceived = 0
    }

    /// What went wrong.
    public struct Errors: Sendable, Codable {
        /// At the broker.
        public var mqtt = 0
        /// At the HTTP API.
        public var http = 0
        /// On WebSockets.
        public var socket = 0
        /// The first ones, in words.
        public var samples: [String] = []

        /// The most that are kept in words.
        public static let sampleLimit = 20
    }

    /// An empty report of a simulation that begins now.
    public init(command: String, seed: UInt64, startedAt: Instant) {
        self.command = command
        self.seed = seed
        self.startedAt = startedAt
        endedAt = startedAt
        durationSeconds = 0
    }

    /// The report at `instant`, with what the fleet says of itself.
    func with(_ fleet: FleetFigures?, at instant: Instant) -> SimulationReport {
        var report = self
        report.endedAt = instant
        report.durationSeconds = Double((instant - startedAt).wholeMilliseconds) / 1_000
        guard let fleet else { return report }
        report.devices = fleet.connections
        report.readings = fleet.readings
        report.receiptMs = fleet.receipts
        report.errors.mqtt += fleet.errors.mqtt
        let room = SimulationReport.Errors.sampleLimit - report.errors.samples.count
        report.errors.samples += fleet.errors.samples.prefix(max(0, room))
        return report
    }

    /// The report as one line of JSON, or indented.
    public func json(indented: Bool) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            indented
            ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            : [.sortedKeys, .withoutEscapingSlashes]
        // Only numbers, strings and dates as strings are in it; encoding these cannot fail.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// One line for a person who watches.
    public var line: String {
        let latency = alarmToRoomMs.p99.map { " · alarm to room p99 \($0) ms" } ?? ""
        let failures = errors.mqtt + errors.http + errors.socket
        return "\(devices.connected)/\(devices.count) devices"
            + " · \(readings.published) readings, \(readings.unacknowledged) without receipt"
            + " · \(alarms.seen) alarms · \(offers.accepted)/\(offers.seen) offers accepted"
            + " · \(sessions.started) consults, \(sessions.completed) with outcome"
            + latency + (failures == 0 ? "" : " · \(failures) errors")
    }
}
