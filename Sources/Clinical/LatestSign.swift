public import Vocabulary

/// What a sample is worth.
public enum Validity: String, Codable, Sendable {
    /// Good.
    case valid
    /// Doubted; feeds an alarm with double dwell.
    case questionable
    /// Wrong; never feeds an alarm.
    case invalid
    /// The device is calibrating; never feeds an alarm.
    case calibrating
}

/// The newest sample of one sign of a patient.
public struct LatestSign: Sendable, Equatable {
    /// The sign.
    public let sign: Sign
    /// Its magnitude.
    public let value: Magnitude
    /// When it was measured.
    public let at: Instant
    /// The device that measured it.
    public let device: DeviceNumber
    /// What it is worth.
    public let validity: Validity
}
