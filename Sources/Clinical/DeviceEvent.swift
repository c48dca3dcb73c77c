/// Something that a device tells besides its readings.
public enum DeviceEvent: String, Codable, Sendable, CaseIterable {
    /// The patient or a carer pressed the button.
    case sos
    /// A probe is off.
    case sensorOff
    /// An electrode is off.
    case leadOff
    /// The battery is low.
    case lowBattery
    /// The device has connected.
    case online
    /// The device's connection has ended, as it said itself or its Will did.
    case offline
}
