/// A defect built into a run on purpose: the simulation must notice it.
enum Sabotage: String, CaseIterable, Sendable {
    /// The gateway acknowledges what it read before the commit.
    case acknowledgesBeforeCommit
    /// Receipts go out before the commit.
    case announcesBeforeCommit
    /// A restart does not take back the open alarms.
    case forgetsAlarms
    /// A restart takes back the alarms without the steps of their chains.
    case forgetsChains
    /// A restart does not choose the doctors of a step that has none.
    case neverChoosesAgain
    /// A restart tells again what was told before it.
    case tellsAgain
    /// A restart does not tell alarms again which request they have.
    case neverRepeatsAttach
    /// A restart does not take up requests, bookings and sessions.
    case forgetsRequests
    /// Alarms reach the care loop only as news, never from the store at a restart.
    case trustsTheFeed
    /// The care loop does not learn, when it is rebuilt, who is in the rooms.
    case forgetsRooms
    /// The care desk does what follows before the commit.
    case followsBeforeCommit
    /// A change of an alarm counts as durable when any commit ends.
    case answersWithAnyCommit
    /// A batch whose commit failed is acknowledged all the same.
    case acknowledgesFailedCommits
}
