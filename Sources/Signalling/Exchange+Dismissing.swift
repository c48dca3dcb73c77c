public import Vocabulary

/// Putting out whose account is not good any more.
extension Exchange {
    /// The accounts that have a place.
    public var principals: Set<UserID> {
        Set(seatOfParticipant.values.map { seats[$0].grant.principal })
    }

    /// Takes every place of these accounts: sockets are closed with 4403, and nobody resumes.
    public mutating func dismiss(
        _ users: Set<UserID>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        tickets.void { users.contains($0.principal) }
        for index in seatOfParticipant.values.sorted()
        where users.contains(seats[index].grant.principal) {
            if let socket = seats[index].socket {
                counts.closed += 1
                effects.append(.close(socket, .forbidden, reason: "the account is disabled"))
                _ = forget(socket)
                seats[index].socket = nil
            }
            vacate(index, why: .left, at: now, into: &effects)
        }
    }
}
