/// How a simulated nation behaves.
public struct NationOptions: Sendable {
    /// The seed of everything that is drawn.
    public var seed: UInt64 = 1
    /// How long devices measure; nil until stopped.
    public var duration: Duration? = .seconds(60)
    /// How long to wait afterwards for receipts and open consults.
    public var drain: Duration = .seconds(20)
    /// How much faster than life patients get worse.
    public var hasten = 60.0
    /// How often each scenario is drawn for devices that name none.
    public var mix = ScenarioMix.standard
    /// The most patients that may get worse; nil for no limit.
    public var deteriorationLimit: Int?
    /// How long a doctor takes to answer an offer, in milliseconds.
    public var answerMilliseconds = 200...1_500
    /// How long people take from a confirmation to the click that joins, in milliseconds.
    public var clickMilliseconds = 100...500
    /// How long a nurse takes to acknowledge an alarm, in milliseconds.
    public var acknowledgeMilliseconds = 1_000...4_000
    /// The share of offers that doctors decline, 0…1.
    public var decline = 0.05
    /// How long a consult lasts once both are there.
    public var consult: Duration = .seconds(3)
    /// The time between progress lines; nil for none.
    public var progress: Duration? = .seconds(1)

    /// The defaults.
    public init() {}
}
