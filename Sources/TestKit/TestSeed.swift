import Foundation

/// The seed of a random test: a fresh one that is printed, or the one it takes back.
public enum TestSeed {
    /// The number in the environment's `TELEHEALTH_SEED`, else a fresh one; printed either way.
    public static func take(_ test: String) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["TELEHEALTH_SEED"].flatMap(UInt64.init)
        let seed = given ?? .random(in: 1...999_999_999)
        // Written at once, so that it is there even when the test brings the process down.
        let line = "seed of '\(test)': TELEHEALTH_SEED=\(seed)\n"
        FileHandle.standardError.write(Data(line.utf8))
        return seed
    }
}
