import Clinical
import EventLoop
import Gateway
import Scheduler
import Store
import Vocabulary

/// Commands to devices.
enum CommandRoutes {
    static var routes: [Route] {
        [
            Route(
                "POST",
                "/devices/{id}/commands",
                "Ask a device to do something: setInterval with seconds, measure (signs, or all"
                    + " that it has), or showMessage with text.",
                access: .granted(.create, .command),
                body: .object(
                    [
                        ("kind", .choice(["setInterval", "measure", "showMessage"])),
                        ("seconds", .integer(1...86_400)), ("signs", .list(.string)),
                        ("text", .string), ("expiresInSeconds", .integer(10...86_400)),
                    ],
                    optional: ["seconds", "signs", "text", "expiresInSeconds"]
                ),
                status: 202,
                answer: .named("Command")
            ) { try await send($0, $1) },
            Route(
                "GET",
                "/devices/{id}/commands",
                "A device's commands, newest first.",
                access: .granted(.read, .command),
                parameters: [
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                    .init("cursor", .string, "the 'next' of the page before"),
                ],
                answer: .page(.named("Command"))
            ) { try await list($0, $1) },
            Route(
                "GET",
                "/commands/{id}",
                "How far a command to a device got.",
                access: .granted(.read, .command),
                answer: .named("Command")
            ) { try await command($0, $1) },
        ]
    }

    private struct Wish: Decodable {
        let kind: String
        let seconds: Int?
        let signs: [String]?
        let text: String?
        let expiresInSeconds: Int?
    }

    private static func send(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let device = try await device(call, services, .create)
        let wish: Wish = try call.body()
        let lifetime = wish.expiresInSeconds ?? 300
        guard (10...86_400).contains(lifetime) else {
            throw Problem.invalid("expiresInSeconds", "from 10 to 86400")
        }
        var random = SystemRandomNumberGenerator()
        let id = CommandID.fresh("cm", using: &random)
        let command = DeviceCommand(
            id: id,
            device: device.id,
            order: try order(wish, id, services),
            by: try call.principal().user,
            issuedAt: call.at,
            expiresAt: call.at + .seconds(lifetime)
        )
        let answer = try APIAnswer.json(CommandView(command, text: wish.text), status: 202)
        let changes = try services.changes(
            call,
            "command",
            "device/\(device.id)",
            command.order.name,
            keeping: answer
        )
        try await services.gateway.send(command, with: changes)
        return answer
    }

    /// What is asked; a member that its kind needs must be there and within its limits.
    private static func order(
        _ wish: Wish,
        _ id: CommandID,
        _ services: Services
    ) throws -> DeviceCommand.Order {
        switch wish.kind {
        case "setInterval":
            guard let seconds = wish.seconds, (1...86_400).contains(seconds) else {
                throw Problem.invalid("seconds", "from 1 to 86400")
            }
            return .setInterval(seconds: seconds)
        case "measure":
            let signs = (wish.signs ?? []).map { name in Sign.allCases.first { $0.name == name } }
            guard signs.count <= Sign.allCases.count, !signs.contains(nil) else {
                throw Problem.invalid("signs", "names of signs, such as hr, spo2, sys")
            }
            return .measure(signs: signs.compactMap(\.self))
        case "showMessage":
            guard let text = wish.text, (1...DeviceCommand.textLimit).contains(text.count),
                text.utf8.count <= 4 * DeviceCommand.textLimit,
                text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
            else {
                throw Problem.invalid(
                    "text",
                    "from 1 to \(DeviceCommand.textLimit) characters on one line"
                )
            }
            return .showMessage(text: try services.seal(text, for: id.rawValue) ?? "")
        default:
            throw Problem.invalid("kind", "setInterval, measure or showMessage")
        }
    }

    private static func list(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let device = try await device(call, services, .read)
        let limit = try call.limit()
        let before = try call.cursor().map { text in
            guard let id = CommandID(rawValue: text) else {
                throw Problem(400, "invalid", "cursor: pass the 'next' of the page before")
            }
            return id
        }
        let commands = try await services.store.commands(
            of: device.id,
            before: before,
            limit: limit
        )
        return try .page(
            commands.map { CommandView($0, services) },
            next: commands.count == limit ? commands.last?.id.rawValue : nil
        )
    }

    private static func command(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        guard let command = try await services.store.command(try call.id()),
            let device = await services.directory.device(command.device)
        else { throw Problem.notFound }
        try services.authorise(call, .read, .command, AccessTarget(site: device.site))
        return try .json(CommandView(command, services))
    }

    private static func device(
        _ call: APICall,
        _ services: Services,
        _ verb: Verb
    ) async throws -> Device {
        guard let device = await services.directory.device(try call.id()) else {
            throw Problem.notFound
        }
        try services.authorise(call, verb, .command, AccessTarget(site: device.site))
        return device
    }
}

private struct CommandView: Encodable {
    let id: CommandID
    let device: DeviceID
    let kind: String
    let seconds: Int?
    let signs: [String]?
    let text: String?
    let state: DeviceCommand.State
    let by: UserID
    let issuedAt: Instant
    let expiresAt: Instant
    let changedAt: Instant
    let detail: String?

    init(_ command: DeviceCommand, _ services: Services) {
        if case .showMessage(let sealed) = command.order {
            self.init(command, text: services.open(sealed, for: command.id.rawValue))
        } else {
            self.init(command, text: nil)
        }
    }

    init(_ command: DeviceCommand, text: String?) {
        id = command.id
        device = command.device
        kind = command.order.name
        switch command.order {
        case .setInterval(let seconds): (self.seconds, signs, self.text) = (seconds, nil, nil)
        case .measure(let signs):
            (seconds, self.signs, self.text) = (nil, signs.map(\.name), nil)
        case .showMessage: (seconds, signs, self.text) = (nil, nil, text)
        }
        state = command.state
        by = command.by
        issuedAt = command.issuedAt
        expiresAt = command.expiresAt
        changedAt = command.changedAt
        detail = command.detail
    }
}

extension Services {
    /// A device that measures at another interval now is expected at that one.
    func follow(_ commands: [DeviceCommand]) async {
        for command in commands where command.state == .answered {
            guard case .setInterval(let seconds) = command.order,
                var device = await directory.device(command.device),
                device.periodSeconds != seconds
            else { continue }
            device.periodSeconds = seconds
            let entry = AuditEntry(
                at: command.changedAt,
                principal: command.by.rawValue,
                action: "change",
                object: "device/\(device.id)",
                address: "",
                detail: "interval by \(command.id)"
            )
            do {
                try await directory.put(device, with: [.audit(entry)])
                await gateway.register(device)
            } catch {
                log(.warning, "gateway", "the new interval of a device was not stored: \(error)")
            }
        }
    }
}
