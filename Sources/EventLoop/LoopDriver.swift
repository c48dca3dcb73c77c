/// What a loop's thread waits in: epoll for sockets, or a C library's own service call.
public protocol LoopDriver: Sendable {
    /// Handles what is ready; blocks until something is, `wake` is called, or the time is over.
    ///
    /// Called on the loop's thread only. Nil means: for as long as it takes.
    func wait(atMost milliseconds: Int32?)

    /// Ends a `wait` that is under way or comes next. Called from any thread.
    func wake()

    /// Called once on the loop's thread after its last `wait`, to free what belongs to it.
    func finish()
}
