import Vocabulary
import Wire

/// The relay's credentials of those who are in a session: given, and renewed before they end.
extension Exchange {
    /// How long before its end a credential is renewed.
    static let relayLead = Duration.seconds(60)

    /// The servers of a participant; a credential that ends soon is renewed first.
    mutating func relayServers(_ index: Int, at now: Instant) -> [RelayServer] {
        guard let relay, case .session(let place) = seats[index].grant else { return [] }
        let end = seats[index].relayUntil ?? now
        if end - now <= Exchange.relayLead {
            let renewed = relay.end(issuedAt: now)
            seats[index].relayUntil = renewed
            deadlines.insert(.relay(seats[index].key), at: renewed - Exchange.relayLead)
        }
        return relay.servers(
            for: place.participant,
            in: place.session.id,
            until: seats[index].relayUntil ?? end
        )
    }

    /// A credential ends in a minute: its participant gets the next, away or not.
    mutating func relayIsDue(
        _ key: SeatKey,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seats.index(key) else { return }
        renewRelay(index, at: now, into: &effects)
    }

    /// Sends fresh servers when those that the participant has end soon, or it has none.
    mutating func renewRelay(
        _ index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard relay != nil, seats[index].session != nil,
            (seats[index].relayUntil ?? now) - now <= Exchange.relayLead
        else { return }
        let servers = relayServers(index, at: now)
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.key("servers")
            writer.array { writer in for server in servers { server.write(to: &writer) } }
            writer.key("expiresAt")
            writer.value(seats[index].relayUntil ?? now)
        }
        sendReliable(index, .ice, body: writer.bytes, at: now, into: &effects)
    }
}
