public import Vocabulary

/// A device that measures: monitor, wearable or clinic hub.
public struct Device: Codable, Sendable, Identifiable, Equatable {
    /// The device's id and MQTT identity.
    public let id: DeviceID
    /// The number in readings and in the database.
    public let number: DeviceNumber
    /// The site whose topics it publishes under.
    public var site: SiteID
    /// The device profile that reads its payloads; `native` for the project's own JSON.
    public var profile: String
    /// The period between its readings, for the offline deadline.
    public var periodSeconds: Int
    /// When it was removed; readings after that are refused.
    public var removedAt: Instant?

    /// A device record.
    public init(
        id: DeviceID,
        number: DeviceNumber,
        site: SiteID,
        profile: String = "native",
        periodSeconds: Int = 60,
        removedAt: Instant? = nil
    ) {
        self.id = id
        self.number = number
        self.site = site
        self.profile = profile
        self.periodSeconds = periodSeconds
        self.removedAt = removedAt
    }
}

/// That a device measures a patient, from one time until another, half-open.
public struct DeviceBinding: Codable, Sendable, Equatable {
    /// The device.
    public let device: DeviceID
    /// The patient it measures.
    public let patient: PatientID
    /// The first instant that belongs to the patient.
    public let from: Instant
    /// The first instant that no longer does; nil while it stands.
    public var until: Instant?

    /// A binding record.
    public init(device: DeviceID, patient: PatientID, from: Instant, until: Instant? = nil) {
        self.device = device
        self.patient = patient
        self.from = from
        self.until = until
    }
}
