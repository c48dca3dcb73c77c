import CLinux
import Glibc

/// All people of the load on one thread: opens their sockets, lets them speak and takes the times.
@safe
final class RoomLoad {
    /// What is to be measured while the load turns.
    enum Talk {
        /// Nobody speaks.
        case silent
        /// Whoever is heard is answered at once: a candidate on its way in each direction.
        case closed
    }

    private let target: LoadSocket.Target
    private var upgrade = WebSocketFrame.upgrade("/ws", subprotocol: "telehealth.v1")
    private let epoll: Int32
    private var scratch = [UInt8](repeating: 0, count: 65_536)
    private(set) var clients: [RoomClient] = []
    private var waiting: [Int: Int64] = [:]
    private var lostAt: [Int: Int64] = [:]
    private var talk = Talk.silent
    /// Microseconds from when each candidate was due until it was there.
    private var delays: [UInt32] = []
    /// Milliseconds from when each socket was lost until its place was resumed.
    private(set) var resumes: [Double] = []
    private(set) var delivered = 0
    /// Close codes and broken connections (0) that nobody of the load asked for.
    private(set) var surprises: [Int: Int] = [:]
    private var beatAt: Int64 = 0

    init(to target: LoadSocket.Target) {
        self.target = target
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    }

    deinit { Glibc.close(epoll) }

    // MARK: People

    /// Adds rooms of two, or desks, from lines of `participant token`; they connect in `settle`.
    func add(_ tickets: [String], areRooms: Bool) {
        let first = clients.count
        for (index, line) in tickets.enumerated() {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 2 else { continue }
            clients.append(RoomClient(site: first + index, name: words[0], ticket: words[1]))
            waiting[first + index] = 0
        }
        guard areRooms else { return }
        for index in stride(from: first, to: clients.count - 1, by: 2) {
            clients[index].peer = clients[index + 1]
            clients[index + 1].peer = clients[index]
        }
    }

    /// Adds so many who hear only themselves.
    func addAlone(_ count: Int, _ monologue: RoomClient.Monologue) {
        if monologue == .janus {
            upgrade = WebSocketFrame.upgrade("/", subprotocol: "janus-protocol")
        }
        for index in clients.count..<clients.count + count {
            clients.append(RoomClient(alone: index, monologue))
            waiting[index] = 0
        }
    }

    /// Those who sit in rooms.
    var speakers: [Int] { clients.indices.filter { clients[$0].peer != nil } }
    var lost: Int { speakers.reduce(0) { $0 + clients[$1].lost + clients[$1].missing } }
    var repeated: Int { clients.reduce(0) { $0 + $1.repeated } }
    var gaps: Int { clients.reduce(0) { $0 + $1.gaps } }

    /// Whether everybody has a place, and a link where there is a peer.
    private var isSettled: Bool {
        waiting.isEmpty
            && clients.allSatisfy { $0.phase == .open && ($0.peer == nil || $0.isReady) }
    }

    /// Turns until everybody is there; false when that takes longer than so many seconds.
    func settle(within seconds: Double) throws -> Bool {
        try turn(for: seconds) { self.isSettled }
        return isSettled
    }

    /// Turns until everything that was said has come; false when that takes too long.
    func drain(within seconds: Double) throws -> Bool {
        talk = .silent
        let done = {
            self.isSettled && self.speakers.allSatisfy { self.clients[$0].isComplete }
        }
        try turn(for: seconds, until: done)
        return done()
    }

    // MARK: Speaking

    /// Two candidates on their way in each of so many rooms, always.
    func converse(rooms: Int, seconds: Double) throws -> Delays {
        start()
        talk = .closed
        for index in speakers.prefix(2 * rooms) { clients[index].speak(due: nanoseconds()) }
        flush(speakers.prefix(2 * rooms))
        let begin = nanoseconds()
        try turn(for: seconds) { false }
        let count = delivered
        let wall = Double(nanoseconds() - begin) / 1e9
        _ = try drain(within: 30)
        return Delays(delays, count: count, wall: wall)
    }

    /// So many candidates a second, in turn by everybody, due at fixed times whatever happens;
    /// `kills` sockets a second are lost meanwhile.
    func lecture(rate: Int, seconds: Double, kills: Int = 0) throws -> Delays {
        start()
        let people = speakers
        let begin = nanoseconds()
        let total = Int(Double(rate) * seconds)
        var sent = 0
        var killed = 0
        var seed: UInt64 = 1
        while sent < total {
            let elapsed = Double(nanoseconds() - begin) / 1e9
            let due = min(total, Int(elapsed * Double(rate)))
            while sent < due {
                let client = people[sent % people.count]
                let time = begin + Int64(Double(sent) / Double(rate) * 1e9)
                clients[client].speak(due: time)
                flush([client])
                sent += 1
            }
            while killed < Int(elapsed * Double(kills)) {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                cut(people[Int(seed >> 33) % people.count])
                killed += 1
            }
            try once(atMost: 1)
        }
        _ = try drain(within: 60)
        return Delays(delays, count: delivered, wall: Double(nanoseconds() - begin) / 1e9)
    }

    private func start() {
        delays.removeAll(keepingCapacity: true)
        resumes.removeAll()
        delivered = 0
    }

    // MARK: Losing sockets

    /// All sockets are lost at once; returns the seconds until everybody is back, nil for too long.
    func storm(within seconds: Double) throws -> Double? {
        start()
        let begin = nanoseconds()
        for index in clients.indices { cut(index) }
        guard try settle(within: seconds) else { return nil }
        return Double(nanoseconds() - begin) / 1e9
    }

    /// The client's network is gone; it comes back at once.
    private func cut(_ index: Int) {
        guard clients[index].phase == .open else { return }
        clients[index].socket?.reset()
        lose(index, code: nil)
        lostAt[index] = nanoseconds()
        waiting[index] = 0
    }

    private func lose(_ index: Int, code: Int?) {
        clients[index].left(code: code)
        if waiting[index] == nil { waiting[index] = nanoseconds() + clients[index].takePause() }
    }

    private func surprise(_ index: Int, code: Int) {
        surprises[code, default: 0] += 1
        lose(index, code: code)
    }

    // MARK: Turning

    private func turn(for seconds: Double, until isOver: () -> Bool) throws {
        let end = nanoseconds() + Int64(seconds * 1e9)
        while nanoseconds() < end, !isOver() { try once(atMost: 20) }
    }

    private func once(atMost milliseconds: Int32) throws {
        try connectWaiting()
        var events = unsafe InlineArray<256, epoll_event>(repeating: epoll_event())
        var span = unsafe events.mutableSpan
        let count = unsafe span.withUnsafeMutableBufferPointer {
            unsafe epoll_wait(epoll, $0.baseAddress, Int32($0.count), milliseconds)
        }
        for index in 0..<max(0, Int(count)) {
            try handle(Int(unsafe events[index].data.u64))
        }
        beat()
    }

    private func connectWaiting() throws {
        guard !waiting.isEmpty else { return }
        let now = nanoseconds()
        for (index, due) in waiting where due <= now {
            waiting[index] = nil
            let client = clients[index]
            guard let socket = try LoadSocket(to: target, site: client.site) else {
                waiting[index] = now + 100_000_000
                continue
            }
            client.socket = socket
            client.phase = .upgrading
            socket.queue { $0 += self.upgrade }
            watch(index, EPOLL_CTL_ADD, isSending: true)
        }
    }

    private func handle(_ index: Int) throws {
        guard let socket = clients[index].socket else { return }
        let wasSending = socket.isWaitingToSend
        guard socket.flush(), socket.fill(by: &scratch) else { return surprise(index, code: 0) }
        try consume(index, socket)
        guard clients[index].socket === socket else { return }
        guard socket.flush() else { return surprise(index, code: 0) }
        if wasSending != socket.isWaitingToSend {
            watch(index, EPOLL_CTL_MOD, isSending: socket.isWaitingToSend)
        }
    }

    private func flush(_ indices: some Sequence<Int>) {
        for index in indices {
            guard let socket = clients[index].socket, clients[index].phase == .open else {
                continue
            }
            if !socket.flush() {
                surprise(index, code: 0)
            } else if socket.isWaitingToSend {
                watch(index, EPOLL_CTL_MOD, isSending: true)
            }
        }
    }

    private func watch(_ index: Int, _ operation: Int32, isSending: Bool) {
        guard let descriptor = clients[index].socket?.descriptor else { return }
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | (isSending ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = UInt64(index)
        unsafe epoll_ctl(epoll, operation, descriptor, &event)
    }

    /// Reads the answer to the upgrade and whole frames; keeps the rest.
    private func consume(_ index: Int, _ socket: LoadSocket) throws {
        var bytes: [UInt8] = []
        swap(&bytes, &socket.incoming)
        var start = 0
        if clients[index].phase == .upgrading {
            guard let end = endOfHeader(bytes) else {
                socket.incoming = bytes
                return
            }
            guard bytes.starts(with: "HTTP/1.1 101".utf8) else { return surprise(index, code: 429) }
            start = end
            clients[index].open()
        }
        while let frame = WebSocketFrame.read(bytes.span, at: start) {
            start = frame.payload.upperBound
            switch frame.kind {
            case .text:
                let news = try clients[index].hear(bytes.span.extracting(frame.payload))
                heed(news, index)
            case .ping:
                socket.queue { WebSocketFrame.append(.pong, Array(bytes[frame.payload]), to: &$0) }
            case .close:
                let code =
                    frame.payload.count < 2
                    ? 1_005
                    : Int(bytes[frame.payload.lowerBound]) << 8
                        | Int(bytes[frame.payload.lowerBound + 1])
                return surprise(index, code: code)
            case .pong: break
            }
        }
        bytes.removeSubrange(..<start)
        socket.incoming = bytes
    }

    private func heed(_ news: RoomClient.News, _ index: Int) {
        switch news {
        case .nothing: break
        case .opened(let isResume):
            guard isResume, let since = lostAt.removeValue(forKey: index) else { break }
            resumes.append(Double(nanoseconds() - since) / 1e6)
        case .delivered(let due):
            delivered += 1
            let now = nanoseconds()
            delays.append(UInt32(clamping: (now - due) / 1_000))
            if talk == .closed { clients[index].speak(due: now) }
        }
        clients[index].acknowledge(every: 64)
    }

    private func endOfHeader(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for end in 4...bytes.count where bytes[end - 1] == 10 && bytes[end - 3] == 10 { return end }
        return nil
    }

    /// Once a second everybody says what has come.
    private func beat() {
        let now = nanoseconds()
        guard now >= beatAt else { return }
        beatAt = now + 1_000_000_000
        for index in clients.indices {
            clients[index].acknowledge(every: 1)
            if clients[index].socket?.isWaitingToSend == true { flush([index]) }
        }
    }
}

/// Nanoseconds of a clock that does not jump.
func nanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// What a measurement found.
struct Delays {
    let count: Int
    let wall: Double
    private let sorted: [UInt32]

    init(_ microseconds: [UInt32], count: Int, wall: Double) {
        self.count = count
        self.wall = wall
        sorted = microseconds.sorted()
    }

    var perSecond: Double { Double(count) / wall }

    /// Milliseconds within which that part came.
    func quantile(_ part: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return Double(sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]) / 1_000
    }
}
