public import Clinical
public import Vocabulary

/// What a simulated or recorded device measured at one time.
///
/// It borrows the shape of a stored `Reading`; device, patient and boot numbers mean nothing here.
public struct Measurement: Sendable {
    /// The signs, with what the device itself doubts.
    public var reading: Reading
    /// Charge in per cent; nil on mains.
    public var battery: Int?

    /// A measurement without any sign yet.
    public init(at instant: Instant, battery: Int? = nil) {
        reading = Reading(
            device: 0,
            patient: 0,
            boot: 0,
            sequence: 0,
            at: instant,
            receivedAt: instant
        )
        self.battery = battery
    }

    /// When it was measured.
    public var at: Instant { reading.at }

    /// The sign's value, nil when it was not measured.
    public subscript(sign: Sign) -> Magnitude? {
        get { reading[sign] }
        set { reading[sign] = newValue }
    }
}
