import Arguments
import Coordinator
import Crypto
import Glibc
import Scheduler
import Store
import Vocabulary
import Wire

let userCommand = Command(
    "user",
    "Accounts.",
    subcommands: [
        Command(
            "add",
            "Add an account.",
            operands: "NAME",
            options: configurationOptions + [
                .option(
                    "--role",
                    "ROLE",
                    "\(Role.allCases.map(\.rawValue).joined(separator: ", "))",
                    repeatable: true
                ),
                .option("--site", "SITE", "the site of a clinic account"),
                .option("--doctor", "DOCTOR", "the doctor of a doctor's account"),
                .option("--interpreter", "INTERPRETER", "the interpreter of such an account"),
                .flag("--password-stdin", "read the password from the first line of input"),
            ]
        ) { try await addUser($0) },
        Command(
            "list",
            "List the accounts.",
            options: configurationOptions + [.flag("--json", "one JSON object a line")]
        ) { try await listUsers($0) },
        Command(
            "disable",
            "Disable an account; what it did stays on record.",
            operands: "NAME",
            options: configurationOptions
        ) { arguments in
            try await changeUser(arguments, "disable") { $0.disabledAt = systemTime() }
        },
        Command(
            "enable",
            "Let a disabled account in again.",
            operands: "NAME",
            options: configurationOptions
        ) { arguments in
            try await changeUser(arguments, "enable") { $0.disabledAt = nil }
        },
        Command(
            "reset-password",
            "Set an account's password anew.",
            operands: "NAME",
            options: configurationOptions + [
                .flag("--password-stdin", "read the password from the first line of input")
            ]
        ) { arguments in
            let password = try readPassword(arguments)
            let hash = try Scrypt.hash(password)
            try await changeUser(arguments, "reset-password") { $0.passwordHash = hash }
        },
    ]
)

let tokenCommand = Command(
    "token",
    "Access tokens.",
    subcommands: [
        Command(
            "issue",
            "Print an access token of an account, for a program.",
            options: configurationOptions + [
                .option("--user", "NAME", "the account"),
                .option("--hours", "N", "how long it lasts, 1 to 8760; 12 when absent"),
            ]
        ) { arguments in
            let hours = try arguments.integer("--hours", in: 1...8_760) ?? 12
            let user = try userID(try arguments.required("--user"))
            let token = try await withStoreForReading(arguments) { store, configuration in
                guard try await store.users().contains(where: { $0.id == user }) else {
                    throw CommandFailure(
                        "there is no account '\(user)'; see 'telehealth user list'"
                    )
                }
                let token = try issueToken(
                    for: user,
                    configuration,
                    until: systemTime() + .hours(hours)
                )
                do {
                    try await store.audit(administrator("issue-token", "user/\(user)"))
                } catch StoreError.readOnly {
                    writeLine(
                        "telehealth: a server is running, so this is not in the audit",
                        to: STDERR_FILENO
                    )
                }
                return token
            }
            writeLine(token)
        }
    ]
)

/// A command that could not do what it was asked, in one line.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// An audit entry of a command run by whoever may read the data directory.
func administrator(_ action: String, _ object: String) -> AuditEntry {
    AuditEntry(
        at: systemTime(),
        principal: "command-line",
        action: action,
        object: object
    )
}

private func userID(_ name: String) throws -> UserID {
    guard let id = UserID(rawValue: name) else {
        throw UsageError("a name is 1-40 characters of [a-z0-9-], not '\(name)'")
    }
    return id
}

private func addUser(_ arguments: ParsedArguments) async throws {
    let id = try userID(try arguments.operand("NAME"))
    let names = arguments.all("--role")
    guard !names.isEmpty else { throw UsageError("--role is missing") }
    var roles: [Role] = []
    for name in names {
        guard let role = Role(rawValue: name) else {
            let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--role takes one of \(known), not '\(name)'")
        }
        roles.append(role)
    }
    let site = try arguments.value("--site").map { text in
        guard let site = SiteID(rawValue: text) else {
            throw UsageError("--site takes a site's id")
        }
        return site
    }
    let doctor = try arguments.value("--doctor").map { text in
        guard let doctor = DoctorID(rawValue: text) else {
            throw UsageError("--doctor takes a doctor's id")
        }
        return doctor
    }
    let interpreter = try arguments.value("--interpreter").map { text in
        guard let interpreter = InterpreterID(rawValue: text) else {
            throw UsageError("--interpreter takes an interpreter's id")
        }
        return interpreter
    }
    let draft = AccountDraft(roles: roles, site: site, doctor: doctor, interpreter: interpreter)
    if let (role, member) = draft.gap {
        throw UsageError("role \(role.rawValue) needs --\(member)")
    }
    let password = try readPassword(arguments)
    let account = UserAccount(
        id: id,
        roles: roles,
        site: site,
        doctor: doctor,
        interpreter: interpreter,
        passwordHash: try Scrypt.hash(password)
    )
    try await withStore(arguments) { store, _ in
        guard try await !store.users().contains(where: { $0.id == id }) else {
            throw CommandFailure("there is an account '\(id)' already; see 'user reset-password'")
        }
        if let obstacle = try await draft.obstacle(in: store) { throw CommandFailure(obstacle) }
        try await store.apply([.user(account), .audit(administrator("create", "user/\(id)"))])
    }
    writeLine("added \(id)")
}

private func listUsers(_ arguments: ParsedArguments) async throws {
    let users = try await withStoreForReading(arguments) { store, _ in try await store.users() }
    for user in users.sorted(by: { $0.id < $1.id }) {
        let roles = user.roles.map(\.rawValue)
        guard arguments.has("--json") else {
            let place =
                user.site.map { " site \($0)" } ?? user.doctor.map { " doctor \($0)" }
                ?? user.interpreter.map { " interpreter \($0)" } ?? ""
            let state = user.disabledAt == nil ? "" : " (disabled)"
            writeLine("\(user.id) \(roles.joined(separator: ","))\(place)\(state)")
            continue
        }
        var writer = JSONWriter()
        writer.object {
            $0.key("user")
            $0.value(user.id.rawValue)
            $0.key("roles")
            $0.array { array in for role in roles { array.value(role) } }
            $0.key("site")
            if let site = user.site { $0.value(site.rawValue) } else { $0.null() }
            $0.key("doctor")
            if let doctor = user.doctor { $0.value(doctor.rawValue) } else { $0.null() }
            if let interpreter = user.interpreter {
                $0.key("interpreter")
                $0.value(interpreter.rawValue)
            }
            $0.key("disabled")
            $0.value(user.disabledAt != nil)
        }
        writeLine(writer.text)
    }
}

private func changeUser(
    _ arguments: ParsedArguments,
    _ action: String,
    _ change: (inout UserAccount) -> Void
) async throws {
    let id = try userID(try arguments.operand("NAME"))
    try await withStore(arguments) { store, _ in
        guard var user = try await store.users().first(where: { $0.id == id }) else {
            throw CommandFailure("there is no account '\(id)'; see 'telehealth user list'")
        }
        change(&user)
        try await store.apply([.user(user), .audit(administrator(action, "user/\(id)"))])
    }
    writeLine("\(action): \(id)")
}

private func readPassword(_ arguments: ParsedArguments) throws -> String {
    guard arguments.has("--password-stdin") else {
        throw UsageError("pass --password-stdin and the password on standard input")
    }
    let password = readLine(strippingNewline: true) ?? ""
    if let fault = PasswordRule.fault(of: password) {
        throw CommandFailure("the password on standard input \(fault)")
    }
    return password
}
