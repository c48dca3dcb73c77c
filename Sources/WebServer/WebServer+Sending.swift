import CWebSockets

/// How messages leave.
///
/// What a turn of the loop queues is written when it is about to wait again: without asking the
/// system first whether it may, which costs three calls a message, as it nearly always may. What it
/// does not take at once waits for a WRITEABLE.
extension WebServer {
    // MARK: On the loop only

    /// Queues one text message; on the loop only.
    public nonisolated func send(_ text: Span<UInt8>, to socket: WebSocketID) -> SendResult {
        unsafe text.withUnsafeBufferPointer { bytes in
            let bytes = unsafe BorrowedBytes(bytes.baseAddress, bytes.count)
            return assumeIsolated { server in
                guard let connection = server.connections[socket] else { return .gone }
                return bytes.withSpan { server.enqueue($0, on: connection) }
            }
        }
    }

    /// Queues one text message; on the loop only.
    public nonisolated func send(_ text: [UInt8], to socket: WebSocketID) -> SendResult {
        send(text.span, to: socket)
    }

    /// The bytes that wait to be sent, 0 for a socket that is gone; on the loop only.
    public nonisolated func queuedBytes(of socket: WebSocketID) -> Int {
        assumeIsolated { $0.connections[socket]?.queue.byteCount ?? 0 }
    }

    private func enqueue(_ text: Span<UInt8>, on connection: Connection) -> SendResult {
        guard connection.phase == .webSocket else { return .gone }
        guard connection.queue.byteCount + text.count <= configuration.queueBytes else {
            return .full
        }
        connection.queue.append(text)
        if !connection.isPending, !connection.isChoked {
            connection.isPending = true
            pending.append(connection)
        }
        return .queued(connection.queue.byteCount)
    }

    // MARK: Writing

    /// Writes what was queued since the last wait, and what that causes.
    func sendPending() {
        while !pending.isEmpty {
            var turn: [Connection] = []
            swap(&turn, &pending)
            for connection in turn {
                connection.isPending = false
                // It may have gone since.
                guard connections[connection.id] === connection else { continue }
                if connection.waitsItsTurn {
                    connection.isChoked = true
                    connection.socket.requestWrite()
                } else if !writeQueue(of: connection) {
                    connection.socket.kill()
                }
            }
            if pending.isEmpty {
                turn.removeAll(keepingCapacity: true)
                swap(&turn, &pending)
            }
        }
    }

    /// Writes queued messages while the system takes them; false when the connection is broken.
    private func writeQueue(of connection: Connection) -> Bool {
        // After a close frame, either side's, nothing may follow.
        guard !connection.sentFarewell, connection.peerCode == nil else { return true }
        let socket = connection.socket
        while !connection.queue.isEmpty {
            let sent = unsafe connection.queue.removeFirst { bytes, count in
                unsafe socket.write(bytes, count: count, as: LWS_WRITE_TEXT)
            }
            guard sent == true else { return false }
            count.messagesSent += 1
            if socket.holdsRemainder {
                connection.isChoked = true
                socket.requestWrite()
                return true
            }
        }
        if connection.farewell != nil { socket.requestWrite() }
        delegate?.drained(connection.id)
        return true
    }

    /// The socket takes more; not 0 when it is to be closed.
    func webSocketWriteable(_ connection: Connection) -> Int32 {
        let socket = connection.socket
        let wasChoked = connection.isChoked
        connection.isChoked = false
        connection.waitsItsTurn = false
        if connection.wantsPing {
            connection.wantsPing = false
            guard socket.ping() else { return -1 }
            connection.isChoked = wasChoked
            if wasChoked || connection.farewell != nil { socket.requestWrite() }
            return 0
        }
        guard connection.queue.isEmpty, !wasChoked else {
            return writeQueue(of: connection) ? 0 : -1
        }
        guard let farewell = connection.farewell, !connection.sentFarewell else { return 0 }
        connection.sentFarewell = true
        socket.setCloseReason(code: farewell.code, reason: farewell.reason)
        return -1
    }

    /// Pings what is silent and gives up what stays so; called in every sweep.
    func keepAlive(_ connection: Connection) {
        if now - connection.heardAt >= configuration.deadAfter {
            count.timedOut += 1
            connection.socket.kill()
        } else if now - connection.pingedAt >= configuration.pingInterval {
            connection.pingedAt = now
            connection.wantsPing = true
            connection.socket.requestWrite()
        }
    }
}
