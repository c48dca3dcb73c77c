public import Vocabulary

/// Who is asked to answer a store-and-forward request in writing, and the answer.
public struct WrittenQuestion: Codable, Sendable, Equatable {
    /// The doctors asked so far, in the order in which they were: only they see the question.
    public var asked: [DoctorID]
    /// When the last of them were asked.
    public var askedAt: Instant
    /// The answer, once there is one.
    public var answer: WrittenAnswer?

    /// A question that these doctors were asked.
    public init(asked: [DoctorID], askedAt: Instant) {
        self.asked = asked
        self.askedAt = askedAt
    }
}

/// A doctor's answer in writing; it takes the place of a consult.
public struct WrittenAnswer: Codable, Sendable, Equatable {
    /// The responsible doctor.
    public let by: DoctorID
    /// The text, sealed (AES-256-GCM, base64).
    public let sealedText: String
    /// When it was given.
    public let at: Instant

    /// An answer.
    public init(by doctor: DoctorID, sealedText: String, at: Instant) {
        self.by = doctor
        self.sealedText = sealedText
        self.at = at
    }
}

extension Roster {
    /// The doctors who may answer the request in writing, best first; nothing is booked.
    ///
    /// Specialty, language and licence decide as for a consult; tier, windows and stations are for
    /// meetings. The doctor and the hospital wished for come first, then who is there, then who has
    /// worked least today.
    public func writers(for request: ConsultRequest, at now: Instant) -> [DoctorID] {
        guard let province = site(request.site)?.province else { return [] }
        let today = LocalTime.dayNumber(of: now)
        func rank(_ doctor: Doctor) -> (Int, Int, Int, Int, DoctorID) {
            (
                doctor.id == request.preferredDoctor ? 0 : 1,
                doctor.hospital == request.preferredHospital ? 0 : 1,
                doctor.presence == .off ? 1 : 0,
                loadMinutes(of: doctor.id, onDay: today),
                doctor.id
            )
        }
        return doctors(of: request.specialty).compactMap { doctor($0) }
            .filter { $0.speaks(request.languages) && $0.serves(province) }
            .map { (rank($0), $0.id) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

extension Doctor {
    /// Whether one of the languages is shared; none asked for is any.
    func speaks(_ languages: [Language]) -> Bool {
        languages.isEmpty || languages.contains { self.languages.contains($0) }
    }
}
