import Clinical
import Store
import TestKit
import Testing
import Vocabulary

@Suite struct CommandConformanceTests {
    private func command(_ number: Int, of device: Int = 1) -> DeviceCommand {
        DeviceCommand(
            id: CommandID(trusted: "cm-\(number)"),
            device: DeviceID(trusted: "device-\(device)"),
            order: .showMessage(text: "sealed \(number)"),
            by: UserID(trusted: "nurse"),
            issuedAt: Sample.start + .seconds(number / 2),
            expiresAt: Sample.start + .seconds(300)
        )
    }

    @Test(arguments: StoreKind.allCases)
    func `commands are listed by device, newest first, and those under way by age`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { first, room in
            // Two of them were asked at the same time.
            let all = (1...5).map { command($0) }
            try await first.apply((all + [command(6, of: 2)]).map(Change.command))
            var answered = all[1]
            let isChanged = answered.take(.done, detail: "so it is", at: Sample.start)
            #expect(isChanged)
            var batch = IngestBatch()
            batch.commands = [answered]
            _ = try await first.commit(batch)

            let store = try await room.reopen()
            let device = DeviceID(trusted: "device-1")
            let listed = try await store.commands(of: device, before: nil, limit: 2)
            #expect(listed.map(\.id.rawValue) == ["cm-5", "cm-4"])
            let rest = try await store.commands(of: device, before: listed.last?.id, limit: 10)
            #expect(rest.map(\.id.rawValue) == ["cm-3", "cm-2", "cm-1"])
            #expect(rest[1] == answered)
            #expect(try await store.command(answered.id) == answered)
            #expect(try await store.command(CommandID(trusted: "cm-9")) == nil)
            let open = try await store.openCommands().map(\.id.rawValue)
            #expect(open == ["cm-1", "cm-3", "cm-4", "cm-5", "cm-6"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a command to no device is refused`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            await #expect(throws: StoreError.self) {
                try await store.apply([.command(command(1, of: 7))])
            }
            let open = try await store.openCommands()
            #expect(open.isEmpty)
        }
    }
}
