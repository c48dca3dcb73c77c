import Foundation
import Testing
import WebServer

/// Signing in and out, tickets, origins.
@Suite(.serialized) struct AccessTests {
    @Test func `a log-in is a cookie, a token and a CSRF check, and log-out ends it`() async throws
    {
        try await Scene.with { scene in
            let nobody = scene[.anonymous]
            let login = try await nobody.call(
                .post,
                "/login",
                ["user": "nurse", "password": Deployment.password]
            )
            let cookie = try #require(login.headers["set-cookie"])
            for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
                #expect(cookie.contains(flag), "\(cookie)")
            }
            #expect(login.headers["cache-control"] == "no-store")
            let body = try JSON(login.body)
            let csrf = try #require(body["csrf"]?.text)
            let token = try #require(body["token"]?.text)
            let pair = ["cookie": String(cookie.prefix { $0 != ";" })]

            // The cookie reads; it changes nothing without the token that only our page knows.
            #expect(try await nobody.call(.get, "/me", headers: pair).status == 200)
            for wrong in [nil, "", "x", csrf + "x", String(csrf.dropLast())] {
                var headers = pair
                headers["x-csrf-token"] = wrong
                let answer = try await nobody.call(.post, "/desk/ticket", headers: headers)
                #expect(answer.status == 403 && answer.text.contains("csrf"), "\(answer.text)")
            }
            let with = pair.merging(["x-csrf-token": csrf]) { $1 }
            #expect(try await nobody.call(.post, "/desk/ticket", headers: with).status == 200)

            // Forged in every part.
            let parts = token.split(separator: ".").map(String.init)
            let admin = Data("0 admin 99999999999999".utf8).base64EncodedString()
                .replacingOccurrences(of: "=", with: "")
            let forgeries = [
                "\(parts[0]).\(admin).\(parts[2])", "\(parts[0]).\(parts[1]).",
                "\(parts[0]).\(parts[1])", "none.\(parts[1]).\(parts[2])",
                "eyJhbGciOiJub25lIn0.\(admin).", token + "A", "",
                String(repeating: "A", count: 10_000),
            ]
            for forgery in forgeries {
                let headers = ["authorization": "Bearer \(forgery)"]
                let answer = try await nobody.call(.get, "/me", headers: headers)
                #expect(answer.status == 401, "\(forgery.prefix(40)): \(answer.status)")
            }

            let signedIn = Caller(client: nobody.client, address: nobody.address, token: token)
            let out = try await signedIn.call(.post, "/logout")
            #expect(out.status == 204)
            #expect(out.headers["set-cookie"]?.contains("Max-Age=0") == true)
            #expect(try await signedIn.call(.get, "/me").status == 401)
            #expect(try await nobody.call(.get, "/me", headers: pair).status == 401)
        }
    }

    @Test func `guessing tells nothing about names and is slowed down`() async throws {
        try await Scene.with { scene in
            let nobody = scene[.anonymous]
            let known = try await nobody.call(.post, "/login", ["user": "nurse", "password": "x"])
            let unknown = try await nobody.call(
                .post,
                "/login",
                ["user": "nobody", "password": "x"]
            )
            #expect(known.status == 401)
            #expect(unknown.status == known.status && unknown.body == known.body)
            for name in ["nurse", "", "a b", String(repeating: "n", count: 5_000)] {
                let answer = try await nobody.call(
                    .post,
                    "/login",
                    ["user": name, "password": "x"]
                )
                #expect([401, 429].contains(answer.status), "\(name.prefix(10))")
            }
            let refused = try await nobody.call(
                .post,
                "/login",
                ["user": "nurse", "password": Deployment.password]
            )
            #expect(refused.status == 429)
            let wait = refused.headers["retry-after"].flatMap { Int($0) }
            #expect((1...4).contains(wait ?? 0))
        }
    }

    @Test func `a ticket opens one socket, once, from our own origin only`() async throws {
        try await Scene.with { scene in
            let client = scene.deployment.client
            let first = try await scene[.clinic].object(.post, "/desk/ticket")
            let url = try #require(first["url"])
            let ticket = try #require(first["token"])
            for origin in [
                "https://evil.example", "null", scene.address + ".evil.example",
                scene.address.replacingOccurrences(of: "http:", with: "https:"), "http://127.0.0.1",
            ] {
                await #expect(throws: WebClientError.self, "\(origin)") {
                    let socket = try await client.connect(url, origin: origin)
                    socket.close()
                }
            }
            let own = try await client.connect(url, origin: scene.address)
            own.close()
            let socket = try await SocketClient(client, url: url, ticket: ticket)
            for wrong in [ticket, "x", "", String(repeating: "A", count: 43)] {
                let again = try await client.connect(url)
                let hello = "{\"t\":\"hello\",\"id\":\"h\",\"b\":{\"ticket\":\"\(wrong)\"}}"
                again.send(Array(hello.utf8))
                var welcomes = 0
                for await message in again.messages {
                    welcomes += String(decoding: message, as: UTF8.self).contains("welcome") ? 1 : 0
                }
                #expect(welcomes == 0)
                #expect(
                    (4_400..<4_500).contains(Int(again.closeCode ?? 0)),
                    "\(again.closeCode ?? 0)"
                )
            }
            // The first socket is untouched by the attempts.
            #expect(socket.closeCode == nil)
            socket.close()
        }
    }
}
