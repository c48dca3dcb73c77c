/// Lets one wait until another has ended.
struct Ending: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    /// It has ended.
    func reached() {
        continuation.finish()
    }

    /// Returns when it has ended; one waits.
    func wait() async {
        for await _ in stream {}
    }
}
