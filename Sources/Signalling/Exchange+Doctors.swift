public import Vocabulary

/// Which doctors have an open, authenticated socket: at a desk or in a room.
extension Exchange {
    /// A doctor's first socket came, or the last went.
    public struct DoctorMove: Sendable, Equatable {
        /// The doctor.
        public let doctor: DoctorID
        /// Whether the doctor has a socket now.
        public let isHere: Bool
    }

    /// Every doctor who has an open socket.
    public var doctorsHere: Set<DoctorID> { Set(socketsOfDoctor.keys) }

    /// Whether a message to the topic reaches an open socket now.
    public func reaches(_ topic: DeskTopic) -> Bool {
        desks[topic]?.contains { seats[$0].socket != nil } ?? false
    }

    /// Who came or went since this was asked last; whoever did both is left out.
    public mutating func takeDoctorMoves() -> [DoctorMove] {
        guard !movedDoctors.isEmpty else { return [] }
        defer { movedDoctors = [:] }
        return movedDoctors.compactMap { doctor, wasHere in
            let isHere = socketsOfDoctor[doctor] != nil
            return isHere == wasHere ? nil : DoctorMove(doctor: doctor, isHere: isHere)
        }
        .sorted { $0.doctor < $1.doctor }
    }

    /// Counts a socket of the grant's doctor that came (1) or went (-1).
    mutating func count(_ change: Int, of grant: Grant) {
        guard let doctor = grant.doctor else { return }
        let before = socketsOfDoctor[doctor, default: 0]
        let after = before + change
        socketsOfDoctor[doctor] = after > 0 ? after : nil
        if movedDoctors[doctor] == nil { movedDoctors[doctor] = before > 0 }
    }
}

extension Grant {
    /// The doctor whose account it is.
    var doctor: DoctorID? {
        switch self {
        case .session(let grant): grant.doctor
        case .desk(let grant): grant.doctor
        }
    }
}
