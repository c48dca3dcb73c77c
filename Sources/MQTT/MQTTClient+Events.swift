/// What the library reported, and what follows from it.
extension MQTTClient {
    func act(after failure: MQTTError?) {
        let events = handle.inbox.events
        handle.inbox.events.removeAll(keepingCapacity: true)
        var failure = failure
        for event in events {
            switch event {
            case .connected(code: 0, let sessionPresent):
                self.sessionPresent = sessionPresent
                failure = subscribeAll() ?? failure
            case .connected(let code, sessionPresent: _):
                failure = .refused(code: code, reason: "the connection")
            case .disconnected(let code):
                if failure == nil {
                    failure = MQTTError(call: "the connection", code: code)
                }
            case .published(let id, let code):
                guard let completion = pending.removeValue(forKey: id) else { continue }
                completion(
                    code < 128 ? .success(()) : .failure(.refused(code: code, reason: "the topic"))
                )
            case .subscribed(let id, let code):
                guard let subscription = granting.removeValue(forKey: id) else { continue }
                failure = granted(subscription, code: code) ?? failure
            }
        }
        if let failure, isOpen {
            fail(failure)
        } else if state == .connecting, failure == nil, !events.isEmpty {
            becomeConnected(after: events)
        }
    }

    func subscribeAll() -> MQTTError? {
        granting = [:]
        do throws(MQTTError) {
            for subscription in subscriptions {
                granting[try handle.subscribe(subscription)] = subscription
            }
            return nil
        } catch {
            return error
        }
    }

    /// Tells who waits for the subscription; one of the configuration must not be refused.
    func granted(_ subscription: MQTTSubscription, code: Int32) -> MQTTError? {
        let error: MQTTError? =
            code < 128 ? nil : .refused(code: code, reason: "the subscription")
        let waiters = grantWaiters.filter { $0.filter == subscription.filter }
        grantWaiters.removeAll { $0.filter == subscription.filter }
        for (_, waiter) in waiters { waiter.resume(returning: error) }
        guard error != nil else { return nil }
        let isConfigured = configuration.subscriptions.contains(subscription)
        guard !isConfigured || !subscription.isRequired else { return error }
        subscriptions.removeAll { $0.filter == subscription.filter }
        return nil
    }

    func becomeConnected(after events: [Inbox.Event]) {
        let isAccepted = events.contains { event in
            switch event {
            case .connected(code: 0, sessionPresent: _), .subscribed: true
            case .connected, .disconnected, .published: false
            }
        }
        // A session that the broker kept has its subscriptions; SUBACK may come after messages that
        // have to be acknowledged first.
        guard isAccepted, granting.isEmpty || sessionPresent else { return }
        if configuration.acknowledgement == .automatic { delay.reset() }
        state = .connected(sessionPresent: sessionPresent)
        let waiters = connectionWaiters
        connectionWaiters = []
        for waiter in waiters { waiter.resume(returning: nil) }
        changed(state)
    }
}
