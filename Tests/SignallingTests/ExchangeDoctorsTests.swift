import Signalling
import Testing
import Vocabulary

/// Which doctors have a socket, and that each coming and going is told once.
@Suite struct ExchangeDoctorsTests {
    private let doctor = DoctorID(trusted: "dr-1")

    private func desk(_ participant: String) -> Grant {
        .desk(
            DeskGrant(
                participant: ParticipantID(trusted: participant),
                principal: UserID(trusted: "user-dr"),
                hears: [.doctor(doctor)],
                doctor: doctor
            )
        )
    }

    private func moves(_ board: inout Switchboard) -> [Bool] {
        board.exchange.takeDoctorMoves().map(\.isHere)
    }

    @Test func `a doctor is here from the first socket to the last, at a desk or in a room`() {
        var board = Switchboard()
        let one = board.enter(desk("d-1"))
        #expect(moves(&board) == [true])
        #expect(moves(&board) == [], "told once")
        let other = board.enter(Switchboard.place(.doctor, "p-doctor"))
        board.drop(one)
        #expect(moves(&board) == [])
        #expect(board.exchange.doctorsHere == [doctor])
        board.drop(other)
        #expect(moves(&board) == [false])
        #expect(board.exchange.doctorsHere == [])
    }

    @Test func `who goes and comes back between two looks has not moved`() {
        var board = Switchboard()
        let one = board.enter(desk("d-1"))
        #expect(moves(&board) == [true])
        board.drop(one)
        _ = board.enter(desk("d-2"))
        #expect(moves(&board) == [])
    }

    @Test func `a ticket that was not used and a clinic's socket make no doctor`() {
        var board = Switchboard()
        _ = board.ticket(desk("d-1"))
        _ = board.open()
        _ = board.enter(Switchboard.place(.clinic, "p-clinic"))
        #expect(moves(&board) == [])
        #expect(board.exchange.doctorsHere == [])
    }

    @Test func `a desk that lost its socket keeps its messages and is not reached`() {
        var board = Switchboard()
        let socket = board.enter(desk("d-1"))
        #expect(board.exchange.reaches(.doctor(doctor)))
        #expect(!board.exchange.reaches(.doctor(DoctorID(trusted: "dr-2"))))
        board.drop(socket)
        #expect(board.exchange.listeners(to: .doctor(doctor)) == 1)
        #expect(!board.exchange.reaches(.doctor(doctor)))
    }

    @Test func `a server that drains has no doctors left`() {
        var board = Switchboard()
        _ = board.enter(desk("d-1"))
        board.perform { $0.drain(address: "wss://here/ws", at: $1, into: &$2) }
        #expect(moves(&board) == [])
        #expect(board.exchange.doctorsHere == [])
    }
}
