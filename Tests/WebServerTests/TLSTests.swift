import Foundation
import Testing
import WebServer

@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    /// Makes a key and a certificate for 127.0.0.1 with the openssl program.
    private func certificate(in folder: URL) throws -> TLSFiles {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = TLSFiles(
            certificate: folder.appending(path: "cert.pem").path,
            key: folder.appending(path: "key.pem").path
        )
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", files.key, "-out", files.certificate, "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        return files
    }

    @Test func `requests and sockets pass over TLS, and an untrusted server does not`() async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "tls-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = try certificate(in: folder)
        var configuration = WebServerConfiguration()
        configuration.tls = files
        var trusting = WebClientConfiguration()
        trusting.authority = files.certificate
        try await withEcho(configuration, client: trusting) { test in
            let response = try await test.client.request(
                .post,
                "https://localhost:\(test.port)/",
                body: [UInt8](repeating: 0x78, count: 100_000)
            )
            #expect(response.status == 204)
            let socket = try await test.client.connect("wss://localhost:\(test.port)/ws")
            var arrivals = socket.messages.makeAsyncIterator()
            for size in [1, 4_096, 20_000, 65_536] {
                let message = [UInt8](repeating: 0x79, count: size)
                socket.send(message)
                #expect(await arrivals.next() == message)
            }
            #expect(await test.echo.requests.first?.isSecure == true)
        }
        try await withEcho(configuration) { test in
            await #expect(throws: WebClientError.self) {
                try await test.client.request(.get, "https://localhost:\(test.port)/")
            }
        }
    }
}
