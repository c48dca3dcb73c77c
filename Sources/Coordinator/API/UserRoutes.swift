import Crypto
import Signalling
import Store
import Vocabulary

/// Accounts: who may sign in, and as what.
enum UserRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/users",
                "Accounts, by name.",
                access: .granted(.read, .account),
                parameters: [
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                    .init("cursor", .string, "the 'next' of the page before"),
                ],
                answer: .page(.named("User"))
            ) { call, services in
                let limit = try call.limit()
                let found = await services.accounts.listed(after: try call.cursor(), limit: limit)
                let next = found.count == limit ? found.last?.id.rawValue : nil
                return try .page(found.map(UserView.init), next: next)
            },
            Route(
                "POST",
                "/users",
                "Add an account.",
                access: .granted(.create, .account),
                body: .object(
                    [
                        ("user", .identifier), ("password", .string), ("roles", Schemas.roles),
                        ("site", .identifier), ("doctor", .identifier),
                        ("interpreter", .identifier),
                    ],
                    optional: ["site", "doctor", "interpreter"]
                ),
                status: 201,
                answer: .named("User")
            ) { try await add($0, $1) },
            change("disable", "Shut an account out at once; what it did stays on record.") {
                $0.disabledAt = $0.disabledAt ?? $1
            },
            change("enable", "Let a disabled account in again.") { account, _ in
                account.disabledAt = nil
            },
            Route(
                "POST",
                "/users/{id}/password",
                "Set an account's password anew.",
                access: .granted(.change, .account),
                body: .object([("password", .string)], optional: []),
                answer: .named("User")
            ) { call, services in
                let body: Password = try call.body()
                let hash = try await hash(body.password)
                return try await change(call, services, "reset-password") {
                    $0.passwordHash = hash
                }
            },
        ]
    }

    private struct Password: Decodable {
        let password: String
    }

    private struct Name: Decodable {
        let user: UserID
        let password: String
    }

    private static func add(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let name: Name = try call.body()
        let draft: AccountDraft = try call.body()
        guard !draft.roles.isEmpty else { throw Problem.invalid("roles", "must not be empty") }
        if let (role, member) = draft.gap {
            throw Problem.invalid(member, "is missing; role \(role.rawValue) needs it")
        }
        if let obstacle = try await draft.obstacle(in: services.store) {
            throw Problem(422, "invalid", obstacle)
        }
        let account = UserAccount(
            id: name.user,
            roles: draft.roles,
            site: draft.site,
            doctor: draft.doctor,
            interpreter: draft.interpreter,
            passwordHash: try await hash(name.password)
        )
        let answer = try APIAnswer.json(UserView(account), status: 201)
        let changes = try services.changes(call, "create", "user/\(account.id)", keeping: answer)
        try await services.accounts.add(account, with: changes)
        return answer
    }

    private static func change(
        _ verb: String,
        _ summary: String,
        _ make: @escaping @Sendable (inout UserAccount, Instant) -> Void
    ) -> Route {
        Route(
            "POST",
            "/users/{id}/\(verb)",
            summary,
            access: .granted(.change, .account),
            answer: .named("User")
        ) { call, services in
            guard try call.id() != (try call.principal().user) else {
                throw Problem.conflict("yourself", "another administrator has to \(verb) you")
            }
            let at = call.at
            return try await change(call, services, verb) { make(&$0, at) }
        }
    }

    /// Changes the account; one that may not sign in any more leaves its sockets, too.
    private static func change(
        _ call: APICall,
        _ services: Services,
        _ verb: String,
        _ make: @Sendable (inout UserAccount) -> Void
    ) async throws -> APIAnswer {
        let id: UserID = try call.id()
        let account = try await services.accounts.change(
            id,
            with: [.audit(try services.entry(call, verb, "user/\(id)"))],
            make
        )
        if account.disabledAt != nil {
            await services.switchboard.turn { $0.dismiss([id], at: $1, into: &$2) }
        }
        return try .json(UserView(account))
    }

    @concurrent
    private static func hash(_ password: String) async throws -> String {
        if let fault = PasswordRule.fault(of: password) {
            throw Problem.invalid("password", fault)
        }
        return try Scrypt.hash(password)
    }
}

/// An account as the API shows it: everything but the password.
private struct UserView: Encodable {
    let user: UserID
    let roles: [Role]
    let site: SiteID?
    let doctor: DoctorID?
    let interpreter: InterpreterID?
    let disabledAt: Instant?

    init(_ account: UserAccount) {
        user = account.id
        roles = account.roles
        site = account.site
        doctor = account.doctor
        interpreter = account.interpreter
        disabledAt = account.disabledAt
    }
}
