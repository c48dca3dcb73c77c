import EventLoop
import Vocabulary
import Wire

/// What everybody in the simulated nation shares.
final class Surroundings: Sendable {
    let api: APIClient
    let journal: Journal
    let clock: any WallClock
    let options: NationOptions
    private let random: Guarded<SeededRandom>

    init(api: APIClient, journal: Journal, clock: any WallClock, options: NationOptions) {
        self.api = api
        self.journal = journal
        self.clock = clock
        self.options = options
        random = Guarded(SeededRandom(seed: options.seed &+ 1))
    }

    /// A person's delay, drawn evenly from the range.
    func delay(_ milliseconds: ClosedRange<Int>) -> Duration {
        .milliseconds(random.withLock { Int.random(in: milliseconds, using: &$0) })
    }

    /// True with the given probability.
    func chance(_ probability: Double) -> Bool {
        random.withLock { $0.chance(probability) }
    }

    /// The bearer token: the one that was given, or a fresh one for the password.
    func token(_ token: String?, user: UserID, password: String?) async -> String? {
        if let token { return token }
        do throws(APIClient.Problem) {
            let answer = try await api.post("/login", token: nil) { body in
                body.key("user")
                body.value(user.rawValue)
                body.key("password")
                body.value(password ?? "")
            }
            return answer["token"]?.text
        } catch {
            await journal.failed(.http, error.description)
            return nil
        }
    }
}
