public import Vocabulary

/// Which of NEWS2's two SpO2 scales applies to a patient.
public enum SpO2Scale: Int, Codable, Sendable {
    /// Scale 1, the default.
    case one = 1
    /// Scale 2, for hypercapnic respiratory failure; only with a recorded prescriber.
    case two = 2
}

/// A person's sex as recorded for clinical use.
public enum Sex: String, Codable, Sendable, CaseIterable {
    /// Female.
    case female
    /// Male.
    case male
    /// Another.
    case other
    /// Not recorded.
    case unknown
}

/// A patient, pseudonymous: names live in the hospital's own systems.
public struct Patient: Codable, Sendable, Identifiable, Equatable {
    /// The pseudonymous id.
    public let id: PatientID
    /// The number in readings and in the database.
    public let number: PatientNumber
    /// The site that looks after the patient.
    public var site: SiteID
    /// Year of birth.
    public var birthYear: Int
    /// Sex.
    public var sex: Sex
    /// NEWS2's SpO2 scale.
    public var spo2Scale: SpO2Scale
    /// Who prescribed scale 2; nil on scale 1.
    public var scalePrescriber: String?
    /// Whether pregnancy is recorded: NEWS2 does not apply then.
    public var pregnant: Bool
    /// The languages the patient consults in, best first.
    public var languages: [Language]
    /// Limits set for this patient, over the defaults.
    public var limits: AlarmLimits?

    /// A patient record.
    public init(
        id: PatientID,
        number: PatientNumber,
        site: SiteID,
        birthYear: Int,
        sex: Sex,
        spo2Scale: SpO2Scale = .one,
        scalePrescriber: String? = nil,
        pregnant: Bool = false,
        languages: [Language] = [.vietnamese],
        limits: AlarmLimits? = nil
    ) {
        self.id = id
        self.number = number
        self.site = site
        self.birthYear = birthYear
        self.sex = sex
        self.spo2Scale = spo2Scale
        self.scalePrescriber = scalePrescriber
        self.pregnant = pregnant
        self.languages = languages
        self.limits = limits
    }
}
