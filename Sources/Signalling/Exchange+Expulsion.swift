public import Vocabulary

/// Accounts that may not take part any more.
extension Exchange {
    /// Puts every participant of the account out; nothing of it can be resumed.
    public mutating func expel(
        _ principal: UserID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let places = seatOfParticipant.values.filter { seats[$0].grant.principal == principal }
        for index in places.sorted() {
            if let socket = seats[index].socket {
                shut(socket, .forbidden, "the account was disabled", at: now, into: &effects)
            }
            vacate(index, why: .left, at: now, into: &effects)
        }
    }
}
