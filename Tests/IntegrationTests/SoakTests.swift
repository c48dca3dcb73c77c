import Testing

/// What takes minutes: `make soak` runs it and prints the figures.
@Suite(.serialized) struct SoakTests {
    @Test(.timeLimit(.minutes(30)))
    func `killed a hundred times under load, coordinator or broker, nothing is lost or doubled`()
        async throws
    {
        try await KillRun(kills: 100).run("soak, persistence on")
    }

    @Test(.timeLimit(.minutes(30)))
    func `what devices send again while the coordinator is away for a while does not overrun it`()
        async throws
    {
        try await KillRun(kills: 4, backlog: 600).run("soak, half a minute away")
    }

    @Test(.timeLimit(.minutes(30)))
    func `a broker that keeps nothing, killed and restarted in a loop, costs no reading`()
        async throws
    {
        try await KillRun(kills: 40, victims: [.broker], isPersistent: false)
            .run("soak, persistence off")
    }
}
