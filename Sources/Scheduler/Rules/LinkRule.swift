import Vocabulary

/// The asking site's link carries sound at least.
///
/// A link without pictures stops nothing: the consult is held by sound (`ConsultRequest.carried`). Nor
/// is anything stopped that presses: a line of text is better than nobody.
public struct LinkRule: HardRule {
    /// `link`.
    public var name: String { "link" }
    /// It is the same for every doctor.
    public var concernsCohort: Bool { true }

    /// The rule.
    public init() {}

    /// Whether the two could hear each other, or cannot wait until they can.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        pairing.site.link != .text || pairing.request.urgency <= .urgent
            || pairing.request.modality == .storeAndForward
    }

    /// What the link lacks.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        "the site's link carries neither picture nor sound"
    }

    /// That it concerns all of them alike.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) whom the site's link would not let be heard"
    }

    /// A consult that needs neither.
    public func remedy(_ request: ConsultRequest) -> String? { "an answer in writing" }
}
