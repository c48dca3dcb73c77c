public import Vocabulary

/// A device that a fleet drives, simulated or played back: inputs are methods, outputs effects.
public protocol FleetDevice: Sendable {
    /// What it has done so far.
    var figures: DeviceFigures { get }
    /// The readings that no receipt covers yet.
    var spool: Spool { get }
    /// Whether it will measure nothing more by itself.
    var isFinished: Bool { get }
    /// When `advance` has something to do; nil when nothing will happen by itself.
    var nextDue: Instant? { get }
    /// The broker answered.
    mutating func connected(at instant: Instant) -> [DeviceEffect]
    /// The connection broke.
    mutating func disconnected()
    /// A receipt arrived; returns the readings that it covers for the first time.
    mutating func receive(_ receipt: Receipt) -> [SpoolEntry]
    /// A command arrived; says what the device does and answers.
    mutating func obey(_ command: ReceivedCommand, at instant: Instant) -> [DeviceEffect]
    /// Someone treats the patient.
    mutating func treat(at instant: Instant)
    /// Measures no more; what is kept is still sent until it is covered.
    mutating func rest()
    /// Does what is due by now.
    mutating func advance(to instant: Instant) -> [DeviceEffect]
}
