import EventLoop

/// The socket: reading batches, writing, waiting.
extension MQTTClient {
    func open() {
        state = .connecting
        retry = nil
        changed(state)
        do throws(MQTTError) {
            if wasOpened {
                try handle.reconnect()
            } else {
                wasOpened = true
                try handle.connect(configuration)
            }
        } catch {
            fail(error)
            return
        }
        watch()
        tickLater()
    }

    func ready(_ readiness: Readiness) {
        guard !isHolding else { return }
        if readiness.contains(.writable) { flush() }
        // A hang-up is told even to who does not ask; it is read when the rest is over.
        if readiness.contains(.readable), resting == nil { fill() }
    }

    /// Reads until nothing is left or the batch is full, and hands the batch over.
    func fill() {
        guard !isHolding, isOpen else { return }
        hasMore = true
        while hasMore, isOpen, handle.inbox.batch.count < batchLimit {
            var failure: MQTTError?
            do throws(MQTTError) { hasMore = try handle.read() } catch { failure = error }
            guard failure != nil || !handle.inbox.events.isEmpty else { continue }
            act(after: failure)
            // SUBSCRIBE must leave before the first message is held.
            if handle.inbox.batch.isEmpty { flush() }
        }
        switch configuration.acknowledgement {
        case .automatic:
            handOver()
            flush()
            readOnSoon()
        case .afterProcessing:
            // What a lost connection brought last comes again with the next one.
            guard isOpen else { return handle.inbox.batch.removeAll() }
            guard !handle.inbox.batch.isEmpty else {
                flush()
                return
            }
            isHolding = true
            // While holding, not even a hang-up is of interest; level-triggered it would spin.
            unwatch()
            handOver()
        }
    }

    func handOver() {
        guard !handle.inbox.batch.isEmpty else { return }
        batchNumber += 1
        pace.handOver(at: .now)
        handle.inbox.batch.number = batchNumber
        received(handle.inbox.batch)
        handle.inbox.batch.removeAll()
    }

    /// TLS may hold bytes that epoll does not know of, so a full batch is followed by a reading.
    func readOnSoon() {
        guard hasMore, isOpen else { return }
        loop.eventLoop.schedule(after: .zero) { [weak self] in
            self?.assumeIsolated { $0.fill() }
        }
    }

    /// Reads nothing until the next batch is due, unless more than a batch lies there already.
    func rest() {
        guard !hasMore, let pause = pace.pause(at: .now) else { return }
        resting = loop.eventLoop.schedule(after: pause) { [weak self] in
            self?.assumeIsolated { client in
                client.resting = nil
                client.fill()
            }
        }
    }

    /// Writes what is queued; never while a batch is held, since its acknowledgements are queued.
    func flush() {
        guard !isHolding, isOpen else { return }
        // What was read and not handed over yet has its acknowledgements queued already.
        guard configuration.acknowledgement == .automatic || handle.inbox.batch.isEmpty else {
            return
        }
        var failure: MQTTError?
        do throws(MQTTError) {
            if handle.wantsWrite { try handle.writeTogether() }
        } catch {
            failure = error
        }
        act(after: failure)
        if isOpen { watch() }
    }

    func tick() {
        ticking = nil
        guard isOpen else { return }
        if !isHolding {
            var failure: MQTTError?
            do throws(MQTTError) { try handle.tick() } catch { failure = error }
            act(after: failure)
            flush()
        }
        tickLater()
    }

    func tickLater() {
        guard isOpen, ticking == nil else { return }
        ticking = loop.eventLoop.schedule(after: .seconds(1)) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    func watch() {
        var wanted: Readiness = resting == nil ? .readable : []
        if handle.wantsWrite { wanted.insert(.writable) }
        guard !wanted.isEmpty, let socket = handle.socket else { return unwatch() }
        if watched == socket {
            if wanted != watchedFor { loop.driver.change(socket, to: wanted) }
        } else {
            unwatch()
            loop.driver.watch(socket, for: wanted) { [weak self] readiness in
                self?.assumeIsolated { $0.ready(readiness) }
            }
        }
        watched = socket
        watchedFor = wanted
    }

    func unwatch() {
        if let watched { loop.driver.unwatch(watched) }
        watched = nil
    }
}
