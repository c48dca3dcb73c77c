import Synchronization

/// The target and the bench of this run: libFuzzer's callback can carry nothing with it.
enum FuzzRun {
    static let target = CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.init)
    private static let bench = Mutex(FuzzBench())

    /// Gives one input to the target that was named.
    static func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        guard let target else { return -1 }
        let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
        bench.withLock { $0.run(target, bytes) }
        return 0
    }
}
