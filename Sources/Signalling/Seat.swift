import Vocabulary

/// Names one occupation of a seat; another one of the same seat has another serial.
struct SeatKey: Hashable, Sendable {
    let index: Int
    let serial: UInt64
}

/// A participant's place: what must outlive its socket.
struct Seat: Sendable {
    /// Which occupation it is.
    var key: SeatKey
    /// What the participant may do.
    var grant: Grant
    /// The session it takes part in, nil at a desk; from the grant, which is dear to take apart.
    let session: SessionID?
    /// The participant, from the grant.
    let participant: ParticipantID
    /// Its socket, nil while it is away.
    var socket: SocketID?
    /// Since when it has been away.
    var awaySince: Instant?
    /// Its numbered messages.
    var lane: ReliableLane
    /// The resume token that it was given last.
    var token: TokenDigest
    /// The one before, until it acknowledges something on the new socket.
    var previousToken: TokenDigest?
    /// When its relay credential ends.
    var relayUntil: Instant?
    /// What its requests were answered.
    var requests = RequestLog()
    /// The patients whose vital signs it gets.
    var subscriptions: [PatientID] = []
    /// Those that it got before a restart; asked for again when it resumes.
    var formerSubscriptions: [PatientID] = []
    /// Vital signs that its socket is too slow for.
    var held = HeldVitals()
    /// Numbered messages that its socket is too slow for, alarms excepted.
    var postponed = PostponedMessages()
    /// Whether it gets only the newest vital signs, and alarms before other messages.
    var isSlow = false
    /// Since when it has taken or acknowledged too little.
    var chokedSince: Instant?
    /// Whether it waits in the lobby.
    var isWaiting = false
    /// What it was told last of its place there.
    var lobby: Exchange.LobbyPlace?
    /// Whether it was told last that somebody waits.
    var seesQueue = false
    /// When something was last sent to it.
    var lastSentAt: Instant
    /// Whether the look at its acknowledgement is in the deadline queue.
    var isAcknowledgementArmed = false
    /// The last message to several audiences that reached it, so that each reaches it once.
    var lastTold: UInt64 = 0
}

/// The seats, at fixed places so that one can be changed where it lies.
struct SeatTable: Sendable {
    private var seats: [Seat] = []
    private var free: [Int] = []
    private var serial: UInt64 = 0

    /// How many are taken.
    var count: Int { seats.count - free.count }

    /// A seat, to be changed where it lies.
    ///
    /// Reading copies: with a `_read` accessor in its place the simulation crashed under Swift
    /// 6.3.1 in the hash of an identifier taken from a seat; with this one it does not.
    subscript(index: Int) -> Seat {
        get { seats[index] }
        _modify { yield &seats[index] }
    }

    /// The seat's place while it is still the same occupation.
    func index(_ key: SeatKey) -> Int? {
        seats.indices.contains(key.index) && seats[key.index].key == key ? key.index : nil
    }

    /// Takes a seat.
    mutating func take(
        _ grant: Grant,
        socket: SocketID?,
        token: TokenDigest,
        lane: ReliableLane,
        at now: Instant
    ) -> Int {
        serial += 1
        let index = free.popLast() ?? seats.count
        let seat = Seat(
            key: SeatKey(index: index, serial: serial),
            grant: grant,
            session: grant.session,
            participant: grant.participant,
            socket: socket,
            lane: lane,
            token: token,
            lastSentAt: now
        )
        if index == seats.count { seats.append(seat) } else { seats[index] = seat }
        return index
    }

    /// Gives a seat back and forgets what was in it.
    mutating func giveBack(_ index: Int) {
        seats[index].key = SeatKey(index: index, serial: 0)
        seats[index].socket = nil
        seats[index].lane = ReliableLane()
        seats[index].requests = RequestLog()
        seats[index].held = HeldVitals()
        seats[index].postponed = PostponedMessages()
        seats[index].subscriptions = []
        seats[index].formerSubscriptions = []
        free.append(index)
    }
}
