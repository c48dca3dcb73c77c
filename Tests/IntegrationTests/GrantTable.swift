import Foundation
import Testing
import Vocabulary
import WebServer

/// Who may do what, read from the table in `Docs/security.md` itself.
struct GrantTable {
    enum Reach { case none, own, all }

    private var cells: [String: [String: String]] = [:]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appendingPathComponent("Docs/security.md"),
            encoding: .utf8
        )
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let header = try #require(rows.first)
        for row in rows.dropFirst(2) {
            for (role, cell) in zip(header, row).dropFirst() {
                cells[row[0].split(separator: " (")[0].description, default: [:]][role] = cell
            }
        }
    }

    /// How far a role's grant reaches, as the table says.
    func reach(_ role: String, _ verb: String, _ resource: String) throws -> Reach {
        let row = try #require(
            cells.first { $0.key.components(separatedBy: ", ").contains(resource) }?.value,
            "Docs/security.md lacks \(resource)"
        )
        let cell = try #require(row[role], "Docs/security.md lacks \(role)")
        if cell == "–" { return .none }
        let verbs = ["read", "create", "change", "replay"].filter { cell.contains($0) }
        guard verbs.isEmpty || verbs.contains(verb) else { return .none }
        return cell.contains("own ") ? .own : .all
    }
}

/// One call of the API with the object it is about, for the matrix.
struct GuardedCall {
    let operation: Contract.Operation
    let verb: String
    let resource: String
    var query = ""
    var body: [String: String]?
    /// Whom the general rule does not hold for; the status they get.
    var exceptions: [Scene.Person: Int] = [:]

    init(
        _ method: HTTPMethod,
        _ path: String,
        _ verb: String,
        _ resource: String,
        query: String = "",
        body: [String: String]? = nil,
        except exceptions: [Scene.Person: Int] = [:]
    ) {
        operation = Contract.Operation(method: method, path: path)
        self.verb = verb
        self.resource = resource
        self.query = query
        self.body = body
        self.exceptions = exceptions
    }

    /// The status of a refusal; nil where the call is allowed.
    func refusal(of person: Scene.Person, _ table: GrantTable) throws -> Int? {
        if let status = exceptions[person] { return status < 400 ? nil : status }
        let role: String
        switch person {
        case .anonymous: return 401
        case .administrator, .observer, .auditor, .interpreter: role = person.rawValue
        case .clinic, .otherClinic: role = "clinic"
        case .doctor, .otherDoctor: role = "doctor"
        }
        switch try table.reach(role, verb, resource) {
        case .none: return 403
        case .all: return nil
        case .own: return person == .clinic || person == .doctor ? nil : 404
        }
    }

    /// Every call about objects, in an order in which one run of all allowed ones works.
    static let all: [GuardedCall] = {
        let lists: [Scene.Person: Int] = [.doctor: 404]
        let site = "?site=hn-0001"
        let own: [Scene.Person: Int] = [.doctor: 200, .otherDoctor: 200]
        let others: [Scene.Person: Int] = [.doctor: 404, .interpreter: 200]
        let answer: [Scene.Person: Int] = [.clinic: 404]
        return [
            .init(.get, "/sites", "read", "directory"),
            .init(.get, "/sites/{id}", "read", "directory"),
            .init(.get, "/sites/{id}/opening", "read", "directory"),
            .init(.put, "/sites/{id}/opening", "change", "opening", body: [:]),
            .init(.get, "/doctors", "read", "directory"),
            .init(.get, "/doctors/{id}", "read", "directory"),
            .init(.put, "/doctors/{id}/presence", "change", "schedule", body: ["state": "onCall"]),
            .init(.put, "/doctors/{id}/availability", "change", "schedule", body: [:]),
            .init(.post, "/doctors/{id}/availability/ical", "change", "schedule"),
            .init(.get, "/doctors/{id}/calendar.ics", "read", "schedule"),
            .init(.post, "/doctors/{id}/calendar-address", "change", "schedule"),
            .init(.get, "/doctors/{id}/calendar-address", "read", "schedule"),
            .init(.delete, "/doctors/{id}/calendar-address", "change", "schedule"),
            .init(.get, "/interpreters", "read", "directory"),
            .init(.get, "/interpreters/{id}", "read", "directory"),
            .init(
                .put,
                "/interpreters/{id}/availability",
                "change",
                "schedule",
                body: [:],
                except: others
            ),
            .init(.get, "/interpreters/{id}/calendar.ics", "read", "schedule", except: others),
            .init(
                .post,
                "/interpreters/{id}/calendar-address",
                "change",
                "schedule",
                except: others
            ),
            .init(.get, "/interpreters/{id}/calendar-address", "read", "schedule", except: others),
            .init(
                .delete,
                "/interpreters/{id}/calendar-address",
                "change",
                "schedule",
                except: others
            ),
            .init(.get, "/holidays", "read", "directory"),
            .init(.get, "/forecast", "read", "directory"),
            .init(.get, "/forecast/prices", "read", "whatIf"),
            .init(.get, "/equity", "read", "statistics"),
            .init(.get, "/patients", "read", "patient", query: site, except: lists),
            .init(
                .post,
                "/patients",
                "create",
                "patient",
                body: ["site": "hn-0001", "birthYear": "1950", "sex": "male"]
            ),
            .init(.get, "/patients/{id}", "read", "patient"),
            .init(.get, "/patients/{id}/vitals", "read", "patient"),
            .init(.get, "/patients/{id}/score", "read", "patient"),
            .init(.get, "/patients/{id}/alarm-limits", "read", "alarm limits"),
            .init(.put, "/patients/{id}/alarm-limits", "change", "alarm limits", body: [:]),
            .init(
                .post,
                "/patients/{id}/alarm-limits/replay",
                "change",
                "alarm limits",
                body: [:]
            ),
            .init(.get, "/devices", "read", "device", query: site),
            .init(.get, "/devices/{id}", "read", "device"),
            .init(.post, "/devices", "create", "device", body: ["site": "hn-0001"]),
            .init(
                .put,
                "/devices/{id}/binding",
                "change",
                "binding",
                body: ["patient": Scene.canary]
            ),
            .init(
                .post,
                "/devices/{id}/commands",
                "create",
                "command",
                body: ["kind": "measure"]
            ),
            .init(.get, "/devices/{id}/commands", "read", "command"),
            .init(.get, "/commands/{id}", "read", "command"),
            .init(.get, "/quarantine", "read", "quarantine"),
            .init(.get, "/broker", "read", "broker"),
            .init(
                .post,
                "/what-if",
                "read",
                "whatIf",
                body: ["suppose": "absent", "doctor": Deployment.doctor]
            ),
            .init(.get, "/alarms", "read", "alarm", query: site + "&patient=" + Scene.canary),
            .init(.get, "/incidents", "read", "alarm", query: site, except: [.doctor: 404]),
            .init(.post, "/alarms/{id}/pause", "change", "alarm", body: ["seconds": "5"]),
            .init(.post, "/alarms/{id}/reject", "change", "alarm"),
            .init(.post, "/alarms/{id}/acknowledge", "change", "alarm"),
            .init(.get, "/alarms/{id}/timeline", "read", "alarm"),
            .init(
                .post,
                "/requests",
                "create",
                "request",
                body: ["patient": Scene.canary, "specialty": "emergency", "urgency": "urgent"]
            ),
            .init(.get, "/requests", "read", "request", query: site, except: own),
            .init(.get, "/requests/{id}", "read", "request"),
            .init(.get, "/requests/{id}/explanation", "read", "request"),
            .init(
                .post,
                "/requests/{id}/answer",
                "read",
                "request",
                except: [.clinic: 404, .administrator: 404]
            ),
            .init(
                .get,
                "/bookings",
                "read",
                "booking",
                query: site,
                except: own.merging([.interpreter: 200]) { $1 }
            ),
            .init(.get, "/bookings/{id}", "read", "booking"),
            .init(.get, "/bookings/{id}/invitation.ics", "read", "booking"),
            .init(.post, "/bookings/{id}/accept", "change", "booking", except: answer),
            .init(.post, "/bookings/{id}/decline", "change", "booking", except: answer),
            .init(.post, "/bookings/{id}/check-in", "change", "booking"),
            .init(.post, "/bookings/{id}/join", "change", "booking"),
            .init(
                .post,
                "/slots/search",
                "create",
                "booking",
                body: [
                    "patient": Scene.canary, "specialty": "emergency",
                    "doctor": Deployment.doctor,
                ]
            ),
            .init(
                .post,
                "/holds",
                "create",
                "booking",
                body: [
                    "patient": Scene.canary, "specialty": "emergency",
                    "doctor": Deployment.doctor, "start": "2020-01-01T00:00:00.000Z",
                ]
            ),
            .init(.delete, "/holds/{id}", "change", "booking"),
            .init(
                .post,
                "/bookings",
                "create",
                "booking",
                body: ["hold": "no-such-hold"],
                except: [.clinic: 404, .doctor: 404]
            ),
            .init(.get, "/bookings/{id}/slots", "change", "booking"),
            .init(
                .post,
                "/bookings/{id}/reschedule",
                "change",
                "booking",
                body: ["start": "2020-01-01T00:00:00.000Z"]
            ),
            .init(.get, "/sessions/{id}", "read", "session"),
            .init(.get, "/statistics", "read", "statistics"),
            .init(.get, "/audit", "read", "audit"),
            .init(.get, "/users", "read", "account"),
            .init(
                .post,
                "/users",
                "create",
                "account",
                body: ["user": "somebody", "password": "short", "roles": "auditor"]
            ),
            .init(.post, "/users/{id}/disable", "change", "account"),
            .init(.post, "/users/{id}/enable", "change", "account"),
            .init(
                .post,
                "/users/{id}/password",
                "change",
                "account",
                body: ["password": "a-new-password"]
            ),
            .init(.post, "/imports/{id}", "change", "directory", query: "?preview=true"),
            // What ends the consult comes last.
            .init(
                .post,
                "/sessions/{id}/outcome",
                "change",
                "session",
                body: ["disposition": "transfer", "note": "x"]
            ),
            .init(.post, "/bookings/{id}/no-show", "change", "booking"),
            .init(.post, "/bookings/{id}/cancel", "change", "booking"),
            .init(.post, "/requests/{id}/cancel", "change", "request"),
            .init(.post, "/quarantine/{id}/replay", "replay", "quarantine"),
            .init(.delete, "/devices/{id}", "change", "device"),
        ]
    }()

    /// Calls about no object: everybody, or everybody who is signed in.
    static let free: Set<Contract.Operation> = [
        .init(method: .post, path: "/login"), .init(method: .post, path: "/logout"),
        .init(method: .get, path: "/me"), .init(method: .post, path: "/desk/ticket"),
        .init(method: .get, path: "/openapi.json"),
        .init(method: .get, path: "/telehealth.v1.schema.json"),
        .init(method: .get, path: "/health/live"),
        .init(method: .get, path: "/health/ready"), .init(method: .get, path: "/metrics"),
        // The address itself is the secret.
        .init(method: .get, path: "/calendars/{id}/{key}"),
    ]
}
