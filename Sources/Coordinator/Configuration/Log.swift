import Arguments
public import EventLoop
import Glibc
import Vocabulary
import Wire

/// How severe a log line is.
public enum LogLevel: Int, Sendable, Comparable {
    /// For finding a fault.
    case debug
    /// For knowing what happened.
    case info
    /// Somebody should look.
    case warning
    /// Something does not work.
    case error

    /// The more severe is greater.
    public static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// `debug`, `info`, `warning` or `error`.
    public var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    init?(name: String) {
        let all: [LogLevel] = [.debug, .info, .warning, .error]
        guard let level = all.first(where: { $0.name == name })
        else { return nil }
        self = level
    }
}

/// How a log line is written.
public enum LogFormat: String, Sendable {
    /// Time, level, area and message, for people.
    case text
    /// One JSON object.
    case json
}

/// Writes lines to standard error, one `write` each; never patient data.
public struct Log: Sendable {
    private let level: LogLevel
    private let format: LogFormat
    private let clock: any WallClock

    /// A log of lines at `level` and above.
    public init(level: LogLevel, format: LogFormat, clock: any WallClock) {
        self.level = level
        self.format = format
        self.clock = clock
    }

    /// Writes one line about an area (`mqtt`, `care`, `web` …).
    public func callAsFunction(
        _ level: LogLevel,
        _ area: String,
        _ message: @autoclosure () -> String
    ) {
        guard level >= self.level else { return }
        let line = message().split(whereSeparator: \.isNewline).joined(separator: " ")
        switch format {
        case .text:
            writeLine("\(clock.now()) \(level.name) \(area): \(line)", to: STDERR_FILENO)
        case .json:
            var writer = JSONWriter()
            writer.object {
                $0.key("at")
                $0.value(clock.now())
                $0.key("level")
                $0.value(level.name)
                $0.key("area")
                $0.value(area)
                $0.key("message")
                $0.value(line)
            }
            writeLine(writer.text, to: STDERR_FILENO)
        }
    }
}
