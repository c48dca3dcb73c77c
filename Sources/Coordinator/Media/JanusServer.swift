import Crypto
import Foundation
import Signalling
import WebServer

/// The Admin API of a Janus with the VideoRoom plugin: one request each, no session is kept.
///
/// Janus knows tokens and rooms of the coordinator only: a room is made with the key that
/// `telehealth janus config` gave it, and entered with a token that was made for it.
struct JanusServer: Sendable {
    /// Most that publish in one room.
    static let publishers = SessionMachine.participantLimit

    private let client: WebClient
    private let address: String
    private let secret: ConferenceSecret

    /// The server whose Admin API is at the address.
    init(_ client: WebClient, address: String, secret: ConferenceSecret) {
        self.client = client
        self.address = address
        self.secret = secret
    }

    /// The names of all rooms that stand.
    func rooms() async throws(ConferenceError) -> [String] {
        let reply = try await plugin(
            RoomRequest(request: "list", adminKey: secret.roomKey)
        )
        return (reply.list ?? []).map(\.room)
    }

    /// Makes a room that only these tokens open.
    func create(_ room: String, tokens: [String]) async throws(ConferenceError) {
        var request = RoomRequest(request: "create", room: room, adminKey: secret.roomKey)
        request.secret = secret.roomSecret(of: room)
        request.allowed = tokens
        request.isPrivate = true
        request.publishers = JanusServer.publishers
        request.bitrate = 512_000
        request.firFreq = 10
        request.lockRecord = true
        request.description = "telehealth"
        _ = try await plugin(request)
    }

    /// Closes a room on everybody in it; one that is gone already is no error.
    func destroy(_ room: String) async throws(ConferenceError) {
        var request = RoomRequest(request: "destroy", room: room)
        request.secret = secret.roomSecret(of: room)
        _ = try await plugin(request, tolerating: [.noSuchRoom])
    }

    /// Lets a token open the server.
    func add(_ token: String) async throws(ConferenceError) {
        var call = AdminCall(janus: "add_token", adminSecret: secret.admin)
        call.token = token
        call.plugins = [AdminCall.videoRoom]
        _ = try await send(call)
    }

    /// Takes a token back; one that the server has forgotten is no error.
    func remove(_ token: String) async throws(ConferenceError) {
        var call = AdminCall(janus: "remove_token", adminSecret: secret.admin)
        call.token = token
        do {
            _ = try await send(call)
        } catch .refused(let code, _) where code == ConferenceError.Code.tokenUnknown.rawValue {
            return
        }
    }

    /// Lets tokens open a room that stands.
    func allow(_ tokens: [String], in room: String) async throws(ConferenceError) {
        try await change(room, "add", tokens)
    }

    /// Puts somebody out of a room, and lets nobody in with its token any more.
    func putOut(
        _ feed: String,
        token: String,
        of room: String
    ) async throws(ConferenceError) {
        try await change(room, "remove", [token])
        var request = RoomRequest(request: "kick", room: room)
        request.secret = secret.roomSecret(of: room)
        request.id = feed
        _ = try await plugin(request, tolerating: [.noSuchRoom, .noSuchFeed])
        try await remove(token)
    }

    private func change(
        _ room: String,
        _ action: String,
        _ tokens: [String]
    ) async throws(ConferenceError) {
        var request = RoomRequest(request: "allowed", room: room)
        request.secret = secret.roomSecret(of: room)
        request.action = action
        request.allowed = tokens
        _ = try await plugin(request)
    }

    // MARK: Calls

    private func plugin(
        _ request: RoomRequest,
        tolerating codes: [ConferenceError.Code] = []
    ) async throws(ConferenceError) -> RoomReply {
        var call = AdminCall(janus: "message_plugin", adminSecret: secret.admin)
        call.plugin = AdminCall.videoRoom
        call.request = request
        guard let reply = try await send(call).response else { throw .malformed }
        if let code = reply.errorCode, !codes.contains(where: { $0.rawValue == code }) {
            throw .refused(code, reply.error ?? "no reason")
        }
        return reply
    }

    private func send(_ call: AdminCall) async throws(ConferenceError) -> AdminReply {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        guard let body = try? encoder.encode(call) else { throw .malformed }
        let answer: HTTPResponse
        do throws(WebClientError) {
            answer = try await client.request(
                .post,
                address,
                headers: ["content-type": "application/json"],
                body: Array(body)
            )
        } catch {
            throw .unreachable("\(error)")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard answer.status == 200,
            let reply = try? decoder.decode(AdminReply.self, from: Data(answer.body))
        else { throw .malformed }
        if let error = reply.error { throw .refused(error.code, error.reason) }
        guard reply.janus == "success" else { throw .malformed }
        return reply
    }
}

/// Why the conference server did not do what it was asked.
enum ConferenceError: Error, Sendable, CustomStringConvertible {
    /// Codes of Janus that are told apart.
    enum Code: Int {
        /// The room is not there (VideoRoom).
        case noSuchRoom = 426
        /// Nobody of that name is in the room (VideoRoom).
        case noSuchFeed = 428
        /// The token cannot be removed, because it is not known.
        case tokenUnknown = 490
    }

    /// There is no answer.
    case unreachable(String)
    /// Janus refuses, with its code and reason.
    case refused(Int, String)
    /// The answer is none of Janus' Admin API.
    case malformed

    /// What happened and what to do, one line.
    var description: String {
        switch self {
        case .unreachable(let why):
            "the conference server does not answer (\(why)); check media.conference.admin"
        case .refused(let code, let reason):
            "the conference server refuses: \(reason) (\(code)); check its configuration"
        case .malformed:
            "media.conference.admin is not the Admin API of a Janus with VideoRoom"
        }
    }
}

/// A request of the Admin API; the members' names are Janus' in snake case.
private struct AdminCall: Encodable {
    static let videoRoom = "janus.plugin.videoroom"

    let janus: String
    let adminSecret: String
    var transaction = "telehealth"
    var plugin: String?
    var request: RoomRequest?
    var token: String?
    var plugins: [String]?

    init(janus: String, adminSecret: String) {
        self.janus = janus
        self.adminSecret = adminSecret
    }
}

/// A request to the VideoRoom plugin; the members' names are Janus' in snake case.
private struct RoomRequest: Encodable {
    let request: String
    var room: String?
    var adminKey: String?
    var secret: String?
    var id: String?
    var action: String?
    var allowed: [String]?
    var isPrivate: Bool?
    var publishers: Int?
    var bitrate: Int?
    var firFreq: Int?
    var lockRecord: Bool?
    var description: String?
}

private struct AdminReply: Decodable {
    struct Fault: Decodable {
        let code: Int
        let reason: String
    }

    let janus: String
    let error: Fault?
    let response: RoomReply?
}

private struct RoomReply: Decodable {
    struct Room: Decodable {
        let room: String
    }

    let errorCode: Int?
    let error: String?
    let list: [Room]?
}
