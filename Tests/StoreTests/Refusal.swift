import Store
import Testing

/// The store's error that the call throws, or nil.
func refusal(_ body: () async throws -> Void) async -> StoreError? {
    do {
        try await body()
    } catch let error as StoreError {
        return error
    } catch {
        Issue.record("not an error of the store: \(error)")
    }
    return nil
}
