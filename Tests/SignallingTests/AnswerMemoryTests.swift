import Foundation
import Signalling
import Testing
import Vocabulary

/// What the answers cost that are kept for requests which may come again.
@Suite struct AnswerMemoryTests {
    @Test func `an answer costs no more memory than the manual says, however long its id`() async {
        // A process of its own, in which nothing else takes memory meanwhile.
        await #expect(processExitsWith: .success) {
            let (bytes, answers) = askMuch()
            precondition(answers == 24_000, "\(answers) answers were kept")
            precondition(bytes / answers <= 400, "\(bytes / answers) bytes an answer")
        }
    }
}

/// Fills two participants' logs with answers to ids of the longest kind; the memory that took.
private func askMuch() -> (bytes: Int, answers: Int) {
    var board = Switchboard()
    let sockets = (0..<2).map {
        board.enter(Switchboard.desk("dk-\($0)", .nation, user: "u-\($0)"))
    }
    let tail = String(repeating: "x", count: Envelope.idLimit - 10)
    let before = residentBytes()
    for number in 1_000_000_000..<1_000_012_000 {
        board.now = board.now + .milliseconds(50)
        for socket in sockets {
            board.say(socket, #"{"t":"handover","id":"\#(number)\#(tail)","b":{"accept":true}}"#)
        }
        board.frames = [:]
    }
    return (residentBytes() - before, board.exchange.statistics.answers)
}

private func residentBytes() -> Int {
    let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * 4_096
}
