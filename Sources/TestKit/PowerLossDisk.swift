import CSQLite
import EventLoop
import Glibc
public import Vocabulary

/// A file layer for SQLite under which the power may fail at any write, and the disk for a while.
///
/// Reads, locks and shared memory are the system's. Writes go to the system's files as well, so
/// that the process sees them, but count as durable only once the file is synchronised. When the
/// power fails, every later write fails; `restore` then leaves of the writes that were not
/// synchronised what the seed chooses: each 512-byte sector on its own, in any order.
///
/// While the disk is `broken`, every synchronisation fails with `SQLITE_IOERR_FSYNC`, and what was
/// written stays as little durable as before.
public final class PowerLossDisk: Sendable {
    private struct Write {
        let offset: Int
        let bytes: [UInt8]
    }

    private enum Change {
        case write(Write)
        case truncate(Int)
    }

    private struct File {
        let path: String
        /// Whether it was deleted, which counts as durable at once.
        var isGone = false
        var durable: [UInt8]
        var changes: [Change] = []
    }

    private struct State {
        var files: [File] = []
        var writesLeft: Int
        var isBroken = false
        var failedSynchronisations = 0
        var lost = 0
    }

    private let state: Guarded<State>
    /// The name to open connections with.
    public let name: String

    /// A disk whose power fails at its write number `writes` + 1, or never by itself.
    public init(failingAfter writes: Int = .max) {
        state = Guarded(State(writesLeft: writes))
        name = "power-loss-\(UInt64.random(in: 0...UInt64.max))"
        register()
    }

    /// Whether the power has failed.
    public var isOff: Bool { state.withLock { $0.writesLeft <= 0 } }

    /// Writes that were not synchronised and did not survive, after `restore`.
    public var lost: Int { state.withLock(\.lost) }

    /// Synchronisations that failed because the disk was broken.
    public var failedSynchronisations: Int { state.withLock(\.failedSynchronisations) }

    /// Lets every synchronisation fail until `mend`.
    public func breakDown() {
        state.withLock { $0.isBroken = true }
    }

    /// Lets synchronisations succeed again.
    public func mend() {
        state.withLock { $0.isBroken = false }
    }

    /// Lets every write from now on fail.
    public func cutPower() {
        state.withLock { $0.writesLeft = 0 }
    }

    /// Gives the files the content that the power failure left of them.
    public func restore(_ random: inout SeededRandom) {
        var generator = random
        state.withLock { state in
            for file in state.files where !file.isGone {
                unsafe unlink(file.path + "-shm")
                var content = file.durable
                for change in file.changes {
                    switch change {
                    case .truncate(let size):
                        if generator.chance(0.5) { content.resize(to: size) }
                    case .write(let write):
                        state.lost += apply(write, to: &content, &generator) ? 0 : 1
                    }
                }
                let descriptor = unsafe open(file.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
                _ = unsafe Glibc.write(descriptor, content, content.count)
                Glibc.close(descriptor)
            }
        }
        random = generator
    }

    /// Applies a random part of the write; false unless all of it.
    private func apply(
        _ write: Write,
        to content: inout [UInt8],
        _ random: inout SeededRandom
    ) -> Bool {
        // Most writes arrive or are missing as a whole, some are torn.
        let shares: [Double] = [0, 1, 0.5]
        let share = shares[Int.random(in: 0..<3, using: &random)]
        var isWhole = true
        for start in stride(from: 0, to: write.bytes.count, by: 512) {
            guard random.chance(share) else {
                isWhole = false
                continue
            }
            let end = min(start + 512, write.bytes.count)
            if content.count < write.offset + end { content.resize(to: write.offset + end) }
            content.replaceSubrange(
                write.offset + start..<write.offset + end,
                with: write.bytes[start..<end]
            )
        }
        return isWhole
    }

    // MARK: What SQLite calls

    func opened(_ path: String) -> Int {
        state.withLock { state in
            if let index = state.files.firstIndex(where: { $0.path == path }) {
                state.files[index].isGone = false
                return index
            }
            state.files.append(File(path: path, durable: contents(of: path)))
            return state.files.count - 1
        }
    }

    func deleted(_ path: String) {
        state.withLock { state in
            guard let index = state.files.firstIndex(where: { $0.path == path }) else { return }
            state.files[index].isGone = true
            state.files[index].durable = []
            state.files[index].changes = []
        }
    }

    /// Notes a write; false when the power is off.
    func wrote(_ bytes: UnsafeRawBufferPointer, at offset: Int, file: Int) -> Bool {
        let copy = unsafe Array(bytes)
        return note(.write(Write(offset: offset, bytes: copy)), file)
    }

    func truncated(to size: Int, file: Int) -> Bool {
        note(.truncate(size), file)
    }

    /// Makes the file's writes durable; false when the power is off or the disk is broken.
    func synchronised(file: Int) -> Bool {
        state.withLock { state in
            guard state.writesLeft > 0 else { return false }
            guard !state.isBroken else {
                state.failedSynchronisations += 1
                return false
            }
            for change in state.files[file].changes {
                switch change {
                case .truncate(let size): state.files[file].durable.resize(to: size)
                case .write(let write):
                    let end = write.offset + write.bytes.count
                    if state.files[file].durable.count < end {
                        state.files[file].durable.resize(to: end)
                    }
                    state.files[file].durable
                        .replaceSubrange(write.offset..<end, with: write.bytes)
                }
            }
            state.files[file].changes = []
            return true
        }
    }

    private func note(_ change: Change, _ file: Int) -> Bool {
        state.withLock { state in
            guard state.writesLeft > 0 else { return false }
            state.writesLeft -= 1
            state.files[file].changes.append(change)
            return true
        }
    }

    private func contents(of path: String) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        let count = bytes.count
        _ = unsafe pread(descriptor, &bytes, count, 0)
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func resize(to count: Int) {
        if self.count > count {
            removeLast(self.count - count)
        } else {
            append(contentsOf: repeatElement(0, count: count - self.count))
        }
    }
}
