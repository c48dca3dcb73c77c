import CareLoop
import Clinical
import Crypto
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Devices, their bindings, and refused payloads.
enum DeviceRoutes {
    static var routes: [Route] {
        let paging = [
            Route.Parameter("limit", .integer(1...500), "page size, 100 when absent"),
            Route.Parameter("cursor", .string, "the 'next' of the page before"),
        ]
        return [
            Route(
                "GET",
                "/devices",
                "Devices with their state.",
                access: .granted(.read, .device),
                parameters: [
                    .init("state", .choice(["online", "offline"]), "only these"),
                    .init("site", .identifier, "only this site's; a clinic's own when absent"),
                ] + paging,
                answer: .page(.named("Device"))
            ) { try await list($0, $1) },
            Route(
                "GET",
                "/devices/{id}",
                "A device with its clock, its last receipt and the gaps in its numbers.",
                access: .granted(.read, .device),
                answer: .named("Device")
            ) { call, services in
                let device = try await device(call, services, .read)
                var view = await view(device, services)
                view.link = await services.gateway.link(of: device.id).map(DeviceView.Link.init)
                return try .json(view)
            },
            Route(
                "POST",
                "/devices",
                "Register a device; its credentials are shown this once.",
                access: .granted(.create, .device),
                body: .object(
                    [
                        ("id", .identifier), ("site", .identifier), ("profile", .string),
                        ("periodSeconds", .integer(1...86_400)),
                    ],
                    optional: ["id", "site", "profile", "periodSeconds"]
                ),
                status: 201,
                answer: .named("Device")
            ) { try await register($0, $1) },
            Route(
                "PUT",
                "/devices/{id}/binding",
                "Say whom a device measures from a time on.",
                access: .granted(.change, .device),
                body: .object(
                    [("patient", .identifier), ("from", .instant)],
                    optional: ["from"]
                ),
                answer: .named("Device")
            ) { try await bind($0, $1) },
            Route(
                "DELETE",
                "/devices/{id}",
                "Remove a device; its readings stay.",
                access: .granted(.change, .device),
                status: 204
            ) { try await remove($0, $1) },
            Route(
                "GET",
                "/quarantine",
                "Refused payloads, newest first.",
                access: .granted(.read, .quarantine),
                parameters: paging,
                answer: .page(.named("Quarantined"))
            ) { try await quarantine($0, $1) },
            Route(
                "POST",
                "/quarantine/{id}/replay",
                "Give a refused payload to the gateway again, after its cause was mended.",
                access: .granted(.change, .quarantine),
                answer: .named("Quarantined")
            ) { try await replay($0, $1) },
        ]
    }

    private static func list(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let principal = try call.principal()
        let isClinic = principal.site != nil && !principal.roles.contains(.administrator)
        let site = try call.queryID("site", as: SiteID.self) ?? (isClinic ? principal.site : nil)
        try services.authorise(call, .read, .device, AccessTarget(site: site))
        let state = call.query("state")
        guard state == nil || state == "online" || state == "offline" else {
            throw Problem(400, "invalid", "state: expected online or offline")
        }
        let limit = try call.limit()
        let devices = await services.directory.devices(
            of: site,
            after: try call.cursor(),
            limit: limit
        )
        var views: [DeviceView] = []
        for device in devices {
            let view = await view(device, services)
            if state == nil || view.state == state { views.append(view) }
        }
        return try .page(views, next: devices.count == limit ? devices.last?.id.rawValue : nil)
    }

    private struct Registration: Decodable {
        let id: DeviceID?
        let site: SiteID?
        let profile: String?
        let periodSeconds: Int?
    }

    private static func register(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let body: Registration = try call.body()
        let principal = try call.principal()
        guard let siteID = body.site ?? principal.site else {
            throw Problem.invalid("site", "name the site whose topics the device publishes under")
        }
        try services.authorise(call, .create, .device, AccessTarget(site: siteID))
        guard let site = await services.directory.site(siteID) else {
            throw Problem.invalid("site", "there is no such site")
        }
        let profile = body.profile ?? DeviceProfile.native
        let profiles = await services.gateway.profileNames
        guard profiles.contains(profile) else {
            throw Problem.invalid("profile", DeviceProfiles.unknown(among: profiles))
        }
        let period = body.periodSeconds ?? 60
        guard (1...86_400).contains(period) else {
            throw Problem.invalid("periodSeconds", "from 1 to 86400")
        }
        var random = SystemRandomNumberGenerator()
        let id = body.id ?? DeviceID.fresh("dv", using: &random)
        guard
            !BrokerConfiguration.isReserved(
                id.rawValue,
                coordinator: services.configuration.mqtt.user
            )
        else {
            throw Problem.invalid("id", "the broker gives this name more rights; choose another")
        }
        let password = Base64.encodeURL(randomBytes(18))
        let make: @Sendable (DeviceNumber) -> Device = { number in
            Device(
                id: id,
                number: number,
                site: siteID,
                profile: profile,
                periodSeconds: period
            )
        }
        var view = DeviceView(make(0), presence: nil, patient: nil)
        view.credentials = DeviceView.Credentials(
            username: id.rawValue,
            password: password,
            host: services.configuration.mqtt.host,
            port: services.configuration.mqtt.port,
            topic: "telehealth/v1/\(site.province)/\(siteID)/\(id)/vitals"
        )
        let answer = try APIAnswer.json(view, status: 201)
        let changes = try services.changes(call, "create", "device/\(id)", keeping: answer)
        let device = try await services.directory.add(with: changes, make)
        try await services.devicePasswords?.set(password, of: id)
        await services.gateway.register(device)
        return answer
    }

    private struct Binding: Decodable {
        let patient: PatientID
        let from: Instant?
    }

    private static func bind(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let device = try await device(call, services)
        let body: Binding = try call.body()
        guard let patient = await services.directory.patient(body.patient),
            patient.site == device.site
        else { throw Problem.invalid("patient", "there is no such patient at the device's site") }
        let from = body.from ?? call.at
        if let standing = await services.directory.binding(of: device.id), from <= standing.from {
            throw Problem.conflict(
                "boundAlready",
                "the device is bound from a later time; 'from' must come after it"
            )
        }
        let binding = DeviceBinding(device: device.id, patient: patient.id, from: from)
        let view = DeviceView(device, presence: nil, patient: patient.id)
        let answer = try APIAnswer.json(view)
        let object = "device/\(device.id)"
        let changes = try services.changes(call, "change", object, "binding", keeping: answer)
        try await services.directory.bind(binding, with: changes)
        await services.gateway.bind(binding)
        return answer
    }

    private static func remove(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        var device = try await device(call, services)
        device.removedAt = call.at
        try await services.directory.put(
            device,
            with: [.audit(try services.entry(call, "remove", "device/\(device.id)"))]
        )
        await services.gateway.register(device)
        try await services.devicePasswords?.remove(device.id)
        revoke(device.id, services, at: call.at)
        return .none
    }

    /// Takes the certificates of a removed device back; the registry refuses it in any case.
    private static func revoke(_ device: DeviceID, _ services: Services, at now: Instant) {
        do throws(ProvisioningError) {
            try services.authorities.revoke(
                device.rawValue,
                reason: .cessationOfOperation,
                at: now
            )
            try BrokerFolder(services.authorities).publish(at: now)
        } catch .nothingToRevoke {
            return
        } catch {
            services.log(.warning, "devices", "the certificates were not revoked: \(error)")
        }
    }

    private static func device(
        _ call: APICall,
        _ services: Services,
        _ verb: Verb = .change
    ) async throws -> Device {
        guard let device = await services.directory.device(try call.id()) else {
            throw Problem.notFound
        }
        try services.authorise(call, verb, .device, AccessTarget(site: device.site))
        return device
    }

    private static func view(_ device: Device, _ services: Services) async -> DeviceView {
        DeviceView(
            device,
            presence: await services.gateway.presence(of: device.id),
            patient: await services.directory.binding(of: device.id)?.patient
        )
    }

    // MARK: Quarantine

    private static func quarantine(_ call: APICall, _ services: Services) async throws -> APIAnswer
    {
        try services.authorise(call, .read, .quarantine, AccessTarget())
        let limit = try call.limit()
        let cursor = try call.cursor().map { text in
            guard let id = Int64(text) else {
                throw Problem(400, "invalid", "cursor: pass the 'next' of the page before")
            }
            return id
        }
        let payloads = try await services.store.quarantine(limit: limit, before: cursor)
        var views: [QuarantinedView] = []
        for payload in payloads { views.append(await view(payload, services)) }
        return try .page(
            views,
            next: payloads.count == limit ? payloads.last.map { String($0.id) } : nil
        )
    }

    private static func replay(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        try services.authorise(call, .change, .quarantine, AccessTarget())
        guard let id = call.path["id"].flatMap(Int64.init),
            var payload = try await services.store.quarantined(id: id)
        else { throw Problem.notFound }
        guard payload.resolvedAt == nil else {
            throw Problem.conflict("resolved", "this payload was replayed already")
        }
        switch try await services.gateway.replay(payload) {
        case .refused(let code, let detail):
            throw Problem.conflict("refusedAgain", "\(code.rawValue): \(detail)")
        case .stored:
            try await services.store.apply([
                .quarantineResolved(id: id, at: call.at),
                .audit(try services.entry(call, "replay", "quarantine/\(id)")),
            ])
            payload.resolvedAt = call.at
            return try .json(await view(payload, services))
        }
    }

    private static func view(
        _ payload: QuarantinedPayload,
        _ services: Services
    ) async -> QuarantinedView {
        var device: DeviceID?
        if let number = payload.device { device = await services.directory.device(number: number) }
        return QuarantinedView(
            id: payload.id,
            receivedAt: payload.receivedAt,
            topic: payload.topic,
            contentType: payload.contentType.isEmpty ? nil : payload.contentType,
            code: payload.code,
            detail: payload.detail,
            device: device,
            sequence: payload.sequence,
            size: payload.payload.count,
            resolvedAt: payload.resolvedAt
        )
    }
}

private struct DeviceView: Encodable {
    struct Credentials: Encodable {
        let username: String
        let password: String
        let host: String
        let port: Int
        let topic: String
    }

    struct Offset: Encodable {
        let low: Int64
        let high: Int64
    }

    struct Ages: Encodable {
        let live: Int
        let late: Int
        let backfill: Int
    }

    /// Since the coordinator started.
    struct Link: Encodable {
        let clockOffsetMilliseconds: Offset?
        let lastReceiptAt: Instant?
        let gaps: Int
        let readings: Ages

        init(_ link: DeviceLink) {
            clockOffsetMilliseconds = link.clockOffset.map {
                Offset(low: $0.lowerBound, high: $0.upperBound)
            }
            lastReceiptAt = link.lastReceiptAt
            gaps = link.gaps
            readings = Ages(
                live: link.ages.live,
                late: link.ages.late,
                backfill: link.ages.backfill
            )
        }
    }

    let id: DeviceID
    let site: SiteID
    let profile: String
    let periodSeconds: Int
    let state: String
    let lastSeenAt: Instant?
    let patient: PatientID?
    var credentials: Credentials?
    var link: Link?

    init(_ device: Device, presence: DevicePresence?, patient: PatientID?) {
        id = device.id
        site = device.site
        profile = device.profile
        periodSeconds = device.periodSeconds
        state = presence?.isOnline == true ? "online" : "offline"
        lastSeenAt = presence?.lastSeenAt
        self.patient = patient
    }
}

private struct QuarantinedView: Encodable {
    let id: Int64
    let receivedAt: Instant
    let topic: String
    let contentType: String?
    let code: QuarantineCode
    let detail: String
    let device: DeviceID?
    let sequence: Int64?
    let size: Int
    let resolvedAt: Instant?
}
