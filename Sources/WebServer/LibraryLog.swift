import CWebSockets
import EventLoop

/// Where libwebsockets' own messages go: nowhere, unless somebody listens.
public enum LibraryLog {
    /// Hands every warning and error of libwebsockets to `listener`, from any thread.
    public static func listen(_ listener: (@Sendable (String) -> Void)?) {
        sink.withLock { $0.listener = listener }
    }

    static var lastError: String? {
        sink.withLock { $0.lastError }
    }

    static func clear() {
        sink.withLock { $0.lastError = nil }
    }

    static func install() {
        let isFirst = sink.withLock { sink in
            defer { sink.isInstalled = true }
            return !sink.isInstalled
        }
        guard isFirst else { return }
        unsafe lws_set_log_level(Int32(LLL_ERR | LLL_WARN)) { level, line in
            guard let line = unsafe line else { return }
            let isError = level == LLL_ERR
            var text = unsafe String(cString: line)
            while text.last?.isNewline == true { text.removeLast() }
            let listener = sink.withLock { sink in
                if isError { sink.lastError = text }
                return sink.listener
            }
            listener?(text)
        }
    }
}

/// What the library's one log function needs; the library has no place for it.
private struct Sink {
    var isInstalled = false
    var lastError: String?
    var listener: (@Sendable (String) -> Void)?
}

private let sink = Guarded(Sink())
