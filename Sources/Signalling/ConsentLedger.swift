public import Vocabulary

/// What a consent is about.
public enum ConsentPurpose: String, Codable, Sendable, CaseIterable {
    /// The patient's picture goes to the others.
    case video
    /// The consult is recorded.
    case recording
    /// The patient's vital signs are shown in the room.
    case vitals
    /// People in training watch.
    case trainee
}

/// How a consent, or a step before the consult, came to be recorded.
public enum StatementBasis: String, Codable, Sendable, CaseIterable {
    /// With the clinic's request: presumed, because nobody said otherwise.
    case request
    /// The clinic's staff say so for the patient, whom they have before them; or the doctor does.
    case witnessed
    /// The patient says so.
    case patient
}

/// One line of a consult's consents: given or taken back, by whom and on what ground.
///
/// Lines are only ever added; for each purpose the last one counts.
public struct ConsentEntry: Codable, Sendable, Equatable {
    /// What it is about.
    public let purpose: ConsentPurpose
    /// Whether it is given.
    public let granted: Bool
    /// As what the person spoke.
    public let by: ParticipantRole
    /// The account; nil when it was presumed.
    public let user: UserID?
    /// On what ground.
    public let basis: StatementBasis
    /// When.
    public let at: Instant

    /// A line.
    public init(
        purpose: ConsentPurpose,
        granted: Bool,
        by: ParticipantRole,
        user: UserID?,
        basis: StatementBasis,
        at: Instant
    ) {
        self.purpose = purpose
        self.granted = granted
        self.by = by
        self.user = user
        self.basis = basis
        self.at = at
    }
}

/// What is to be known before a consult is live (Dispatch 7946/2023).
public enum SessionStepKind: String, Codable, Sendable, CaseIterable {
    /// The patient is identified.
    case identity
    /// What the patient consents to is recorded.
    case consent
    /// The urgency is checked.
    case urgency
}

/// A step before the consult, taken.
public struct SessionStep: Codable, Sendable, Equatable {
    /// Which one.
    public let kind: SessionStepKind
    /// As what the person who took it was there.
    public let by: ParticipantRole
    /// The account; nil when it was presumed.
    public let user: UserID?
    /// On what ground.
    public let basis: StatementBasis
    /// When.
    public let at: Instant

    /// A step.
    public init(
        kind: SessionStepKind,
        by: ParticipantRole,
        user: UserID?,
        basis: StatementBasis,
        at: Instant
    ) {
        self.kind = kind
        self.by = by
        self.user = user
        self.basis = basis
        self.at = at
    }
}

extension SessionRecord {
    /// The most lines of consents; taking back is never refused, so there can be a few more.
    public static let consentLimit = 200
    /// What the request itself speaks for.
    static let presumedPurposes: [ConsentPurpose] = [.video, .vitals]

    /// The last line about a purpose, nil when nobody ever said anything about it.
    public func consent(to purpose: ConsentPurpose) -> ConsentEntry? {
        consents?.last { $0.purpose == purpose }
    }

    /// The last line about each purpose of which anything was said.
    public var currentConsents: [ConsentEntry] {
        ConsentPurpose.allCases.compactMap { consent(to: $0) }
    }

    /// Whether there is a consent that was not taken back.
    public func isGranted(_ purpose: ConsentPurpose) -> Bool {
        consent(to: purpose)?.granted ?? false
    }

    /// Whether a step was taken.
    public func hasStep(_ kind: SessionStepKind) -> Bool {
        steps?.contains { $0.kind == kind } ?? false
    }

    /// Whether the consult may be live as far as the three steps go.
    ///
    /// Where nothing has to be said, they are presumed when the consult begins.
    public var isReady: Bool {
        isExplicit != true || SessionStepKind.allCases.allSatisfy(hasStep)
    }

    /// What is presumed when nobody said otherwise: the steps that were not taken, and consent to
    /// what the request speaks for, unless something was said about any consent.
    func presumption(at now: Instant) -> SessionStatement? {
        guard isExplicit != true else { return nil }
        let missing = SessionStepKind.allCases.filter { !hasStep($0) }
        guard !missing.isEmpty else { return nil }
        let purposes = consents == nil ? SessionRecord.presumedPurposes : []
        return SessionStatement(
            steps: missing.map {
                SessionStep(kind: $0, by: .clinic, user: nil, basis: .request, at: now)
            },
            consents: purposes.map {
                ConsentEntry(
                    purpose: $0,
                    granted: true,
                    by: .clinic,
                    user: nil,
                    basis: .request,
                    at: now
                )
            }
        )
    }
}
