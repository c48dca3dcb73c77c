import EventLoop
import Foundation
import Glibc
import Testing

/// A line to a server of this machine that can be cut: the network between people and the house.
///
/// When it is cut every connection over it is torn down, and while it is, every new one at once.
final class CuttableLine: Sendable {
    private struct State {
        var isCut = false
        var isOver = false
        /// Both ends of every connection.
        var open: Set<Int32> = []
    }

    /// Where the near end listens, on 127.0.0.1.
    let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Guarded(State())

    /// A line to a port of 127.0.0.1.
    init(to target: Int) throws {
        self.target = target
        listener = CuttableLine.socket()
        port = try #require(LoopbackPort.free())
        let isBound = unsafe CuttableLine.address(port) { unsafe bind(listener, $0, $1) }
        try #require(isBound, "the line's port was taken")
        try #require(listen(listener, 64) == 0)
        Thread.detachNewThread { [self] in accept() }
    }

    /// Lends lines to the ports; ends them whatever happens.
    static func with<Result>(
        to targets: [Int],
        _ body: ([CuttableLine]) async throws -> Result
    ) async throws -> Result {
        let lines = try targets.map { try CuttableLine(to: $0) }
        defer { for line in lines { line.end() } }
        return try await body(lines)
    }

    /// Cuts the line.
    func cut() {
        state.withLock { state in
            state.isCut = true
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Lets connections over the line again.
    func mend() { state.withLock { $0.isCut = false } }

    /// Cuts it for good.
    func end() {
        cut()
        state.withLock { $0.isOver = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    // MARK: On threads of their own

    private func accept() {
        while !state.withLock({ $0.isOver }) {
            let near = Glibc.accept(listener, nil, nil)
            guard near >= 0 else { continue }
            _ = fcntl(near, F_SETFD, FD_CLOEXEC)
            let far = CuttableLine.socket()
            let isThrough =
                unsafe CuttableLine.address(target) { unsafe connect(far, $0, $1) }
                && state.withLock { state in
                    guard !state.isCut else { return false }
                    state.open.formUnion([near, far])
                    return true
                }
            if isThrough {
                Thread.detachNewThread { [self] in carry(near, far) }
            } else {
                close(near)
                close(far)
            }
        }
        close(listener)
    }

    /// Carries bytes both ways until either end closes.
    private func carry(_ near: Int32, _ far: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var ends = [near, far].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var isOpen = true
        while isOpen, unsafe poll(&ends, 2, 60_000) > 0 {
            for (from, to) in [(0, 1), (1, 0)] where ends[from].revents != 0 {
                let count = unsafe recv(ends[from].fd, &buffer, buffer.count, 0)
                isOpen = isOpen && count > 0 && pass(buffer[..<max(0, count)], to: ends[to].fd)
            }
        }
        state.withLock { state in
            state.open.subtract([near, far])
            close(near)
            close(far)
        }
    }

    private func pass(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe send(
                    descriptor,
                    bytes.baseAddress,
                    bytes.count,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func socket() -> Int32 {
        Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    /// Does something with a port of 127.0.0.1; whether the system did it.
    private static func address(
        _ port: Int,
        _ act: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe act(pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
