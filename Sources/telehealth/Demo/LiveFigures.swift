import Arguments
import EventLoop
import Foundation
import Glibc
import WebServer

/// The coordinator's own figures, as `GET /statistics` gives them.
struct CoordinatorFigures: Decodable, Sendable {
    struct Readings: Decodable, Sendable {
        let received: Int
        let durable: Int
        let duplicates: Int
        let quarantined: Int
    }

    struct Milliseconds: Decodable, Sendable {
        let p50: Double
        let p99: Double
    }

    let devicesOnline: Int
    let readings: Readings
    let readingToDurableMs: Milliseconds
    let openAlarms: Int
    let openRequests: Int
    let liveBookings: Int
    let openSessions: Int
    let sockets: Int
    let rssMiB: Double
}

/// Asks the coordinator for its figures each second and shows them on one line.
struct LiveFigures {
    private let loop = WebLoop(name: "figures")
    private let client: WebClient
    private let url: String
    private let headers: HTTPHeaders

    init(address: String, token: String) {
        loop.start()
        client = WebClient(on: loop)
        url = address + "/api/v1/statistics"
        headers = ["authorization": "Bearer \(token)"]
    }

    /// Shows figures until a signal comes or one of the processes ends.
    ///
    /// Returns the last figures, with the greatest memory that was seen.
    func show(
        while processes: [ChildProcess],
        coordinator: ChildProcess,
        until signals: Signals
    ) async -> (figures: CoordinatorFigures?, peakMiB: Double) {
        let stop = Task(name: "signal") {
            for await signal in signals.stream where signal != SIGHUP { break }
        }
        var last: CoordinatorFigures?
        var peak = 0.0
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isOver = Flag()
        let watcher = Task(name: "end") {
            await stop.value
            isOver.set()
        }
        while !isOver.isSet, processes.allSatisfy(\.isRunning) {
            peak = max(peak, coordinator.residentMiB ?? 0)
            if let figures = await figures() {
                last = figures
                print(figures, on: isTerminal)
            }
            for _ in 0..<20 where !isOver.isSet && processes.allSatisfy(\.isRunning) {
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        stop.cancel()
        watcher.cancel()
        if let figures = await figures() { last = figures }
        return (last, peak)
    }

    /// Asks once; nil when the coordinator does not answer.
    func figures() async -> CoordinatorFigures? {
        guard let response = try? await client.request(.get, url, headers: headers),
            response.status == 200
        else { return nil }
        return try? JSONDecoder().decode(CoordinatorFigures.self, from: Data(response.body))
    }

    func close() async {
        await client.stop()
        await loop.stop()
    }

    private func print(_ figures: CoordinatorFigures, on isTerminal: Bool) {
        let line =
            "devices \(figures.devicesOnline)  durable \(figures.readings.durable)"
            + "  p99 \(Int(figures.readingToDurableMs.p99)) ms  alarms \(figures.openAlarms)"
            + "  requests \(figures.openRequests)  bookings \(figures.liveBookings)"
            + "  rooms \(figures.openSessions)  sockets \(figures.sockets)"
            + "  \(Int(figures.rssMiB)) MiB"
        guard isTerminal else { return writeLine(line) }
        FileHandle.standardOutput.write(Data("\r\u{1B}[K\(line)".utf8))
    }
}
