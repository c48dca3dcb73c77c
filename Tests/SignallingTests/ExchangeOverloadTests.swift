import Signalling
import TestKit
import Testing
import Vocabulary

/// More than the server can take: who waits, and who goes.
@Suite struct ExchangeOverloadTests {
    @Test func `a storm of five thousand is seated within a minute, consults under way first`()
        throws
    {
        var storm = try Storm(count: 5_000, inRooms: 3_000, seed: TestSeed.take("storm"))
        try storm.run(atMost: .seconds(60))
        #expect(storm.seated == 5_000)
        #expect(storm.mostASecond <= 2_000, "at once and then at the pace: \(storm.mostASecond)")
        #expect(storm.meanWait(inRooms: true) < storm.meanWait(inRooms: false))
        #expect(storm.waits.allSatisfy { (1_000...60_000).contains($0) })
    }

    @Test func `half of what may come at once is kept for consults under way`() {
        var limits = ExchangeLimits()
        limits.openingsPerSecond = 10
        var board = Switchboard(limits)
        for number in 1...6 {
            let socket = board.enter(desk(number))
            let frame = board.taken(socket).first
            #expect(frame?.type == (number <= 5 ? "welcome" : "err"))
            guard number == 6 else { continue }
            #expect(frame?.code == "busy")
            #expect(frame?.bool("retry") == true)
            #expect(frame?.int("afterMs") == 1_000)
            #expect(board.closes[socket] == .overload)
        }
        for number in 1...6 {
            let socket = board.enter(doctor(number))
            #expect(board.taken(socket).first?.type == (number <= 5 ? "welcome" : "err"))
        }
        // The ticket was not used up; a second later ten more may come.
        board.wait(.seconds(1))
        let socket = board.enter(doctor(6))
        #expect(board.taken(socket).first?.type == "welcome")
    }

    @Test func `whoever is sent away gets a moment of its own`() throws {
        var limits = ExchangeLimits()
        limits.openingsPerSecond = 10
        var board = Switchboard(limits)
        for number in 1...5 { _ = board.enter(desk(number)) }
        let waits = try (6...700).map { number in
            try #require(board.taken(board.enter(desk(number))).first?.int("afterMs"))
        }
        #expect(Array(waits.prefix(3)) == [1_000, 1_100, 1_200])
        #expect(waits.max() == 60_000)
    }

    @Test func `a full server gives the oldest waiting one's room to a doctor, then desks go`() {
        var limits = ExchangeLimits()
        limits.sockets = 4
        var board = Switchboard(limits)
        let feed = board.enter(desk(1))
        let first = board.enter(waiting(1))
        let second = board.enter(waiting(2))
        let resident = board.enter(doctor(1))
        // The next of the same worth finds no room, and nobody goes for it.
        let third = board.enter(waiting(3))
        #expect(board.taken(third).first?.code == "busy")
        #expect(board.closes == [third: .overload])
        for (number, loser) in [(2, first), (3, second), (4, feed)] {
            let socket = board.enter(doctor(number))
            #expect(board.taken(socket).first?.type == "welcome")
            let last = board.taken(loser).last
            #expect(last?.code == "busy" && last?.int("afterMs") ?? 0 >= 1_000)
            #expect(board.closes[loser] == .overload)
        }
        // Doctors go for nobody.
        let oneMore = board.enter(doctor(5))
        #expect(board.closes[oneMore] == .overload)
        #expect(board.closes[resident] == nil)
        #expect(board.exchange.statistics.shed == 3)
        #expect(board.exchange.statistics.sockets == 4)
    }

    @Test func `who was put out for others may resume when there is room again`() {
        var limits = ExchangeLimits()
        limits.sockets = 1
        var board = Switchboard(limits)
        _ = board.enter(waiting(1))
        let doctor = board.enter(doctor(1))
        let early = board.resume("p-w1", last: 1, sent: 0)
        #expect(board.closes[early] == .overload)
        board.drop(doctor)
        board.wait(.seconds(1))
        let back = board.resume("p-w1", last: 1, sent: 0)
        #expect(board.taken(back).first?.type == "resumed")
    }

    @Test func `a consult under way is worth more than a desk`() {
        var limits = ExchangeLimits()
        limits.sockets = 3
        var board = Switchboard(limits)
        let (clinic, doctor, _) = board.consult()
        let feed = board.enter(desk(1))
        board.drop(clinic)
        let other = board.enter(desk(2))
        #expect(board.taken(other).first?.type == "welcome")
        let back = board.resume("p-clinic", last: 2, sent: 0)
        #expect(board.taken(back).first?.type == "resumed")
        #expect(board.closes == [feed: .overload])
        #expect(board.closes[doctor] == nil)
    }

    @Test func `a thousand sockets may have said nothing, one more is told when to come`() {
        var limits = ExchangeLimits()
        limits.strangers = 3
        var board = Switchboard(limits)
        let sockets = (1...3).map { board.open(address: "10.0.1.\($0)") }
        let fourth = board.open(address: "10.0.1.4")
        #expect(board.taken(fourth).first?.code == "busy")
        #expect(board.closes == [fourth: .overload])
        let ticket = board.ticket(desk(1))
        board.say(sockets[0], #"{"t":"hello","b":{"ticket":"\#(ticket)"}}"#)
        let fifth = board.open(address: "10.0.1.5")
        #expect(board.closes[fifth] == nil)
        board.drop(sockets[1])
        let sixth = board.open(address: "10.0.1.6")
        #expect(board.closes[sixth] == nil)
    }

    private func desk(_ number: Int) -> Grant {
        Switchboard.desk("dk-\(number)", .nation, user: "user-\(number)")
    }

    /// Somebody of the clinic in a session of its own that nobody else has come to.
    private func waiting(_ number: Int) -> Grant {
        let record = Storm.record(number)
        return Switchboard.place(.clinic, "p-w\(number)", in: record)
    }

    private func doctor(_ number: Int) -> Grant {
        let record = Storm.record(number + 1_000)
        return Switchboard.place(.doctor, "p-d\(number)", in: record)
    }
}

/// People who lost their sockets all at once and come back as the server tells them to.
struct Storm {
    private var board: Switchboard
    private var random: SeededRandom
    /// When each comes, by its number; nil once it is seated.
    private var comesAt: [Instant?]
    private var seatedAt: [Int: Instant] = [:]
    private let inRooms: Int
    private let start: Instant
    private var perSecond: [Int64: Int] = [:]
    /// The waits that anybody was told, in milliseconds.
    private(set) var waits: [Int] = []

    static func record(_ number: Int) -> SessionRecord {
        SessionRecord(
            id: SessionID(trusted: "s-\(number)"),
            booking: BookingID(trusted: "b-\(number)"),
            request: RequestID(trusted: "r-\(number)"),
            patient: PatientID(trusted: "pt-\(number)"),
            site: SiteID(trusted: "site-\(number)"),
            doctor: DoctorID(trusted: "dr-\(number)"),
            at: Instant(seconds: 999_000)
        )
    }

    /// So many people, the first ones in consults under way, the rest at desks.
    init(count: Int, inRooms: Int, seed: UInt64) throws {
        self.inRooms = inRooms
        random = SeededRandom(seed: seed)
        var board = Switchboard()
        var sockets: [SocketID] = []
        for number in 0..<count {
            // In the usual course they come one after the other.
            board.now = board.now + .milliseconds(8)
            sockets.append(board.enter(Storm.grant(number, inRooms: inRooms)))
        }
        #expect(board.closes.isEmpty)
        for socket in sockets { board.drop(socket) }
        start = board.now
        comesAt = sockets.map { _ in nil }
        self.board = board
        for number in 0..<count {
            comesAt[number] = start + .milliseconds(Int.random(in: 0..<1_000, using: &random))
        }
    }

    private static func grant(_ number: Int, inRooms: Int) -> Grant {
        guard number < inRooms else {
            return Switchboard.desk("p-\(number)", .nation, user: "user-\(number)")
        }
        let record = record(number / 2)
        return Switchboard.place(number % 2 == 0 ? .doctor : .clinic, "p-\(number)", in: record)
    }

    var seated: Int { seatedAt.count }
    var mostASecond: Int { perSecond.values.max() ?? 0 }

    func meanWait(inRooms wanted: Bool) -> Double {
        let waits = seatedAt.filter { ($0.key < inRooms) == wanted }
            .map { ($0.value - start).wholeMilliseconds }
        return Double(waits.reduce(0, +)) / Double(max(1, waits.count))
    }

    /// Lets them come until all are seated.
    mutating func run(atMost patience: Duration) throws {
        while board.now <= start + patience {
            let due = comesAt.indices.filter { comesAt[$0].map { $0 <= board.now } ?? false }
            for number in due { try come(number) }
            guard seated < comesAt.count else { return }
            board.wait(.milliseconds(100))
        }
    }

    private mutating func come(_ number: Int) throws {
        let socket = board.resume("p-\(number)", last: 0, sent: 0, from: "10.\(number / 250).0.1")
        let first = try #require(board.taken(socket).first)
        if first.type == "resumed" {
            comesAt[number] = nil
            seatedAt[number] = board.now
            perSecond[(board.now - start).components.seconds, default: 0] += 1
        } else {
            #expect(first.code == "busy")
            let wait = try #require(first.int("afterMs"))
            waits.append(wait)
            comesAt[number] = board.now + .milliseconds(wait)
        }
    }
}
