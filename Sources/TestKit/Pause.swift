/// Lets others go on for a moment, between two looks at a condition that a test waits for.
///
/// Unlike `Task.yield` it leaves the processor to them; it throws when the test's time is over, so
/// that a condition that never comes is a failure with a name and not a run without end.
public func pause() async throws {
    try await Task.sleep(for: .milliseconds(2))
}
