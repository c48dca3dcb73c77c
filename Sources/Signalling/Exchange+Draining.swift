public import Vocabulary
import Wire

/// Going down in order: everybody is told where and when to come back.
extension Exchange {
    /// The shortest wait that `move` asks for: the next server has to start.
    static let moveAfter = Duration.milliseconds(250)
    /// Over how long the returns are spread at most; a resume token lives for 120 s.
    static let moveWithin = Duration.seconds(30)

    /// Tells every participant to resume at `address`, and closes every socket with 1001.
    ///
    /// The waits are spread so that the next server is not stormed: one comes after the other at
    /// the pace of `openingsPerSecond`, those in a session first.
    public mutating func drain(
        address: String,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let order = sockets.sorted { one, other in
            let (isIn, isOtherIn) = (isInSession(one.value), isInSession(other.value))
            return isIn == isOtherIn ? one.key.rawValue < other.key.rawValue : isIn
        }
        let pace = Duration.seconds(order.count) / limits.openingsPerSecond
        let spread = min(Exchange.moveWithin, pace)
        for (place, (socket, connection)) in order.enumerated() {
            if connection.seat != nil {
                let after = Exchange.moveAfter + spread * place / order.count
                effects.append(.send(socket, move(to: address, after: after)))
            }
            shut(socket, .drain, "the server restarts", at: now, into: &effects)
        }
    }

    private func move(to address: String, after: Duration) -> [UInt8] {
        var writer = JSONWriter(capacity: 96)
        writer.object { writer in
            writer.key("address")
            writer.value(address)
            writer.key("afterMs")
            writer.value(after.wholeMilliseconds)
            writer.key("resume")
            writer.value(true)
        }
        return Frame(.move, bodyCapacity: writer.bytes.count).closed(body: writer.bytes)
    }

    private func isInSession(_ connection: Connection) -> Bool {
        connection.seat.map { seats[$0].session != nil } ?? false
    }
}
