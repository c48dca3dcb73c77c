import Store
import Vocabulary

/// Accounts that an administrator adds and changes while the server runs.
extension Accounts {
    /// Accounts by name, after the cursor.
    func listed(after cursor: String?, limit: Int) -> [UserAccount] {
        let following = accounts.values.filter { account in
            cursor.map { account.id.rawValue > $0 } ?? true
        }
        return Array(following.sorted { $0.id < $1.id }.prefix(limit))
    }

    /// The account, or nil.
    func account(_ id: UserID) -> UserAccount? { accounts[id] }

    /// Stores a new account; throws a conflict when the name is taken.
    func add(_ account: UserAccount, with changes: [Change]) async throws {
        guard accounts[account.id] == nil else {
            throw Problem.conflict("exists", "there is an account of this name; choose another")
        }
        try await change(account, with: changes)
    }

    /// Changes an account and returns it as it is from now on; throws 404 when there is none.
    func change(
        _ id: UserID,
        with changes: [Change],
        _ make: @Sendable (inout UserAccount) -> Void
    ) async throws -> UserAccount {
        guard var account = accounts[id] else { throw Problem.notFound }
        make(&account)
        try await change(account, with: changes)
        return account
    }

    private func change(_ account: UserAccount, with changes: [Change]) async throws {
        guard changing.insert(account.id).inserted else {
            throw Problem.conflict("changing", "somebody else changes it just now; look again")
        }
        defer { changing.remove(account.id) }
        try await store.apply([.user(account)] + changes)
        accounts[account.id] = account
    }
}
