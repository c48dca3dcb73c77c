import CWebSockets

extension WebClient {
    /// The upgrade was granted.
    func webSocketOpened(_ call: Call, on wsi: ServiceSocket) {
        call.deadline = nil
        call.heardAt = .now
        call.pingedAt = .now
        let socket = WebSocket(
            id: call.id,
            client: self,
            headers: answerHeaders(of: wsi),
            configuration: configuration
        )
        call.socket = socket
        call.opening?.resume(returning: .success(socket))
        call.opening = nil
    }

    /// Bytes of a message.
    func received(_ bytes: BorrowedBytes, for call: Call, on wsi: ServiceSocket) -> Int32 {
        call.heardAt = now
        guard call.farewell == nil, let socket = call.socket else { return 0 }
        guard call.partial.count + bytes.count <= configuration.messageBytes else {
            return closeNow(call, on: wsi, code: 1_009, reason: "message too big")
        }
        call.partial.append(bytes)
        guard wsi.endsMessage else { return 0 }
        let message = call.partial
        call.partial = []
        guard socket.deliver(message) else {
            return closeNow(call, on: wsi, code: 4_430, reason: "reader too slow")
        }
        return 0
    }

    /// The socket takes one write.
    func webSocketWriteable(_ call: Call, on wsi: ServiceSocket) -> Int32 {
        if call.wantsPing {
            call.wantsPing = false
            wsi.requestWrite()
            return wsi.ping() ? 0 : -1
        }
        if wsi.isChoked {
            wsi.requestWrite()
            return 0
        }
        if let (next, isLast) = call.socket?.next() {
            var message = next
            guard wsi.write(&message, as: LWS_WRITE_TEXT) else { return -1 }
            if !isLast || call.farewell != nil { wsi.requestWrite() }
            return 0
        }
        guard let farewell = call.farewell else { return 0 }
        wsi.setCloseReason(code: farewell.code, reason: farewell.reason)
        return -1
    }

    func requestWrite(_ id: WebSocketID) {
        calls[id]?.wsi?.requestWrite()
    }

    func beginClosing(_ id: WebSocketID, code: UInt16, reason: String) {
        guard let call = calls[id], call.farewell == nil else { return }
        call.farewell = Connection.Farewell(code: code, reason: reason)
        call.deadline = .now + min(configuration.deadline, .seconds(2))
        call.wsi?.requestWrite()
    }

    func cut(_ id: WebSocketID) {
        guard let call = calls[id] else { return }
        let wsi = call.wsi
        end(call, because: .interrupted)
        wsi?.kill()
    }

    /// Pings a silent server and gives up one that stays so; called in every sweep.
    func keepAlive(_ call: Call) {
        if now - call.heardAt >= configuration.deadAfter {
            cut(call.id)
        } else if now - call.pingedAt >= configuration.pingInterval {
            call.pingedAt = now
            call.wantsPing = true
            call.wsi?.requestWrite()
        }
    }

    private func closeNow(
        _ call: Call,
        on wsi: ServiceSocket,
        code: UInt16,
        reason: String
    ) -> Int32 {
        call.farewell = Connection.Farewell(code: code, reason: reason)
        call.deadline = .now + .seconds(2)
        wsi.setCloseReason(code: code, reason: reason)
        return -1
    }
}
