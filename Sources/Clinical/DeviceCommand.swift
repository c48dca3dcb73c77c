public import Vocabulary

/// Something that a device was asked to do, and how far that got.
///
/// Sent until it is acknowledged, answered or refused by the device, or too old. A device may get
/// the same command again, and knows it by its id.
public struct DeviceCommand: Codable, Sendable, Identifiable, Equatable {
    /// What is asked of the device.
    public enum Order: Codable, Sendable, Equatable {
        /// Measure every so many seconds from now on.
        case setInterval(seconds: Int)
        /// Measure now; no signs stands for all that the device has.
        case measure(signs: [Sign])
        /// Show a text to whoever stands there; sealed where it is kept.
        case showMessage(text: String)

        /// Its name in topics and in the API.
        public var name: String {
            switch self {
            case .setInterval: "setInterval"
            case .measure: "measure"
            case .showMessage: "showMessage"
            }
        }
    }

    /// How far it got.
    public enum State: String, Codable, Sendable, CaseIterable {
        /// It is durable and on its way; `acknowledged` or a final state follows.
        case sent
        /// The device has it and works on it; a final state follows.
        case acknowledged
        /// The device did it.
        case answered
        /// The device could not do it.
        case failed
        /// It was not done in time.
        case expired

        /// Whether nothing follows.
        public var isFinal: Bool {
            switch self {
            case .sent, .acknowledged: false
            case .answered, .failed, .expired: true
            }
        }
    }

    /// What a device says of a command.
    public enum Answer: String, Sendable, CaseIterable {
        /// It works on it.
        case accepted
        /// It did it.
        case done
        /// It cannot.
        case failed
    }

    /// The command's id, which is its correlation too.
    public let id: CommandID
    /// The device.
    public let device: DeviceID
    /// What is asked.
    public let order: Order
    /// Who asks.
    public let by: UserID
    /// When it was asked.
    public let issuedAt: Instant
    /// From then on it is too late.
    public let expiresAt: Instant
    /// How far it got.
    public private(set) var state = State.sent
    /// When the state changed last.
    public private(set) var changedAt: Instant
    /// What the device said besides; at most `detailLimit` bytes.
    public private(set) var detail: String?

    /// The longest answer that is kept, bytes.
    public static let detailLimit = 200
    /// The longest message, characters.
    public static let textLimit = 200

    /// A command that is asked now.
    public init(
        id: CommandID,
        device: DeviceID,
        order: Order,
        by: UserID,
        issuedAt: Instant,
        expiresAt: Instant
    ) {
        self.id = id
        self.device = device
        self.order = order
        self.by = by
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        changedAt = issuedAt
    }

    /// Takes what the device says; false when that changes nothing, as with a second copy.
    public mutating func take(_ answer: Answer, detail: String?, at now: Instant) -> Bool {
        switch (state, answer) {
        case (.sent, .accepted): state = .acknowledged
        case (.sent, .done), (.acknowledged, .done): state = .answered
        case (.sent, .failed), (.acknowledged, .failed): state = .failed
        case (.acknowledged, .accepted), (.answered, _), (.failed, _), (.expired, _): return false
        }
        self.detail = detail.map { text in
            var kept = text
            while kept.utf8.count > DeviceCommand.detailLimit { kept.removeLast() }
            return kept
        }
        changedAt = now
        return true
    }

    /// Notes that it is too late; false when that changes nothing.
    public mutating func expire(at now: Instant) -> Bool {
        guard !state.isFinal, expiresAt <= now else { return false }
        state = .expired
        changedAt = now
        return true
    }
}
