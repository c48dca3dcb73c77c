import Clinical
import Gateway
public import Store
import Vocabulary

/// Enters what the ledger of certificates holds ready into the database: audit entries, and devices
/// that were provisioned before they were registered.
///
/// Whoever holds the database does it: the coordinator while it runs, else the command itself. An
/// entry is taken off the ledger after its commit, so a crash in between enters it twice.
struct PendingCertificates: Sendable {
    let folder: AuthorityFolder
    let directory: Directory
    let store: any Store
    /// The gateway that is to know of new devices; nil without one.
    let gateway: Gateway?

    /// Enters everything that waits.
    func settle() async throws {
        guard let events = try folder.ledger()?.pending, !events.isEmpty else { return }
        for event in events { try await enter(event) }
        try folder.change { $0.settled(events) }
    }

    private func enter(_ event: CertificateLedger.Event) async throws {
        let audit = Change.audit(
            AuditEntry(
                at: event.at,
                principal: "command-line",
                action: event.action,
                object: event.object,
                detail: event.detail
            )
        )
        guard let id = event.device, let site = event.site,
            await directory.isUnknown(id), await directory.site(site) != nil
        else { return try await store.apply([audit]) }
        let device = try await directory.add(with: [audit]) { number in
            Device(id: id, number: number, site: site)
        }
        await gateway?.register(device)
    }
}

extension CertificateLedger {
    /// Takes off what was entered; what came meanwhile stays.
    fileprivate mutating func settled(_ events: [Event]) {
        pending.removeFirst(min(events.count, pending.count))
    }
}

extension AuthorityFolder {
    /// Enters what waits into a store that no coordinator holds.
    public func settle(into store: any Store) async throws {
        let directory = try await Directory(store: store)
        try await PendingCertificates(
            folder: self,
            directory: directory,
            store: store,
            gateway: nil
        ).settle()
    }
}
