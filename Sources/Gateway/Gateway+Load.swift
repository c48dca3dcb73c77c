import Clinical
import EventLoop
import Store
import Vocabulary

/// What the gateway takes from the store before it connects.
extension Gateway {
    func load() async throws(GatewayError) {
        do throws(StoreError) {
            try await loadRegistry()
            try await rebuildWard()
            try await loadCommands()
        } catch {
            throw .store(error)
        }
    }

    private func loadRegistry() async throws(StoreError) {
        let sites = try await store.sites()
        let patients = try await store.patients()
        let devices = try await store.devices()
        let bindings = try await store.bindings()
        let boots = try await store.boots()
        let now = clock.now()
        machine.makeRoom(patients: patients.count, devices: devices.count)
        for site in sites { machine.register(site) }
        for patient in patients { machine.register(patient) }
        for device in devices { machine.register(device, at: now) }
        for binding in bindings { machine.bind(binding, at: now) }
        for boot in boots { machine.register(boot) }
    }

    /// Open alarms with their ids first, then the readings that the conditions follow from.
    private func rebuildWard() async throws(StoreError) {
        let open = try await store.alarms(AlarmFilter(open: true, limit: 1_000_000))
        machine.restore(open)
        for alarm in open { standing[alarm.patient, default: []].append(alarm) }
        // The last alarms that closed may not have been announced before the end.
        let recent = try await store.alarms(AlarmFilter(limit: 500))
        unannounced.formUnion(open.map(\.patient))
        unannounced.formUnion(recent.map(\.patient))
        let from = clock.now() - .hours(configuration.replayHours)
        var cursor: ReadingPage.Cursor?
        repeat {
            let page = try await store.readings(since: from, page: cursor)
            for reading in page.readings { machine.replay(reading) }
            cursor = page.next
        } while cursor != nil
    }
}
