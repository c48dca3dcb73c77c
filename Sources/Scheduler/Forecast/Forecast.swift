public import Vocabulary

/// How long somebody who asks now has to expect to wait.
public struct WaitForecast: Sendable, Equatable, Codable {
    /// For a request of this urgency.
    public let urgency: Urgency
    /// Seconds until a consult is to be expected to begin; nil when nobody can within a day.
    public let waitSeconds: Int?
    /// The part of them by which consults of late began later than planned: answers, declines,
    /// offers that run out, people who are late.
    public let slipSeconds: Int
    /// Requests without a doctor that come first: as urgent, or more.
    public let ahead: Int
}

/// What one hour asks of the doctors and what they have, in minutes of their time.
public struct ForecastHour: Sendable, Equatable, Codable {
    /// Its first instant; a full hour, or now.
    public let from: Instant
    /// The first instant after it.
    public let until: Instant
    /// Requests expected.
    public let arrivals: Double
    /// Minutes that those requests ask for.
    public let demandMinutes: Double
    /// Minutes that doctors have free, in their windows or because they are there.
    public let supplyMinutes: Double
    /// Further minutes of doctors on call, for emergencies and urgent requests alone.
    public let onCallMinutes: Double
    /// Minutes that are left over at its end, and go into the next hour.
    public let unservedMinutes: Double
    /// Whether more is asked for than doctors have.
    public var isShort: Bool { unservedMinutes > 0.5 }
}

/// Waits and shortages of one specialty, in one province or everywhere.
public struct Forecast: Sendable, Equatable {
    /// The specialty.
    public let specialty: Specialty
    /// The province; nil for the whole country.
    public let province: ProvinceID?
    /// Doctors who may serve.
    public let doctors: Int
    /// Those of them who could begin now.
    public let freeDoctors: Int
    /// The length that a consult is taken to have, buffer included, in minutes.
    public let consultMinutes: Double
    /// How many consults that length was measured on; with few of them it is the planned one.
    public let consultsMeasured: Int
    /// Whole days of records behind the expected arrivals, at most seven.
    public let recordedDays: Int
    /// By urgency, the most urgent first.
    public let waits: [WaitForecast]
    /// The next hours, in order.
    public let hours: [ForecastHour]
}
