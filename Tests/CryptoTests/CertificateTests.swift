import Crypto
import Foundation
import TestKit
import Testing

/// Certificates and revocation lists, judged by OpenSSL's own program.
@Suite struct CertificateTests {
    private static let now = Int64(Date().timeIntervalSince1970)
    private static let day: Int64 = 86_400

    @Test func `a client's certificate verifies for clients only`() throws {
        let world = try World()
        let (pem, keyPEM) = try world.issue("m-1", .client)
        let certificate = try Certificate(pem: pem)
        let isOwn = certificate.belongs(to: try PrivateKey(pem: keyPEM))
        let isSigned = certificate.isSigned(by: world.authority.certificate)
        #expect(isOwn && isSigned)
        try world.write(pem, "leaf.pem")
        #expect(try world.verify("-purpose", "sslclient", "leaf.pem") == 0)
        #expect(try world.verify("-purpose", "sslserver", "leaf.pem") != 0)
        let facts = try certificate.facts()
        #expect(facts.commonName == "m-1" && facts.issuer == "test authority" && !facts.isAuthority)
        #expect(facts.notAfter == CertificateTests.now + CertificateTests.day)
        #expect(facts.serial.count == 32)
    }

    @Test func `a server's certificate is for its names and no other`() throws {
        let world = try World()
        let names = try ["broker.example.vn", "127.0.0.1", "::1"].map { try #require(HostName($0)) }
        let (pem, _) = try world.issue("broker", .server(names: names))
        let certificate = try Certificate(pem: pem)
        let own = names.map { certificate.isFor(host: $0.description) }
        let others = ["127.0.0.2", "example.vn"].map { certificate.isFor(host: $0) }
        #expect(own == [true, true, true] && others == [false, false])
        try world.write(pem, "leaf.pem")
        #expect(try world.verify("-purpose", "sslserver", "leaf.pem") == 0)
        #expect(try world.verify("-verify_hostname", "broker.example.vn", "leaf.pem") == 0)
        #expect(try world.verify("-verify_ip", "127.0.0.2", "leaf.pem") != 0)
    }

    @Test func `a revoked certificate fails against the list and its neighbour passes`() throws {
        let world = try World()
        let (lost, _) = try world.issue("m-1", .client)
        let (kept, _) = try world.issue("m-2", .client)
        try world.write(lost, "lost.pem")
        try world.write(kept, "kept.pem")
        let revocation = Revocation(
            serial: try Certificate(pem: lost).facts().serial,
            at: CertificateTests.now,
            reason: .keyCompromise
        )
        try world.write(try world.list([revocation], number: 300), "list.pem")
        let list = world.path("list.pem")
        #expect(try world.verify("-crl_check", "-CRLfile", list, "lost.pem") != 0)
        #expect(try world.verify("-crl_check", "-CRLfile", list, "kept.pem") == 0)
        let text = try world.openssl("crl", "-in", list, "-noout", "-text").text
        #expect(text.contains("Version 2") && text.contains("Key Compromise"))
        #expect(text.contains("300") || text.contains("0x012C"))
    }

    @Test(arguments: RevocationReason.allCases)
    func `every reason can stand in a list`(reason: RevocationReason) throws {
        let world = try World()
        let revocation = Revocation(serial: "40ff", at: CertificateTests.now, reason: reason)
        try world.write(try world.list([revocation], number: 1), "list.pem")
        let text = try world.openssl("crl", "-in", world.path("list.pem"), "-noout", "-text").text
        #expect(text.contains("40FF") && text.contains("Reason Code") == (reason != .unspecified))
    }

    @Test func `an authority issues no further authority`() throws {
        let world = try World()
        let text = try world.openssl(
            "x509",
            "-in",
            world.path("ca.pem"),
            "-noout",
            "-ext",
            "basicConstraints,keyUsage"
        ).text
        #expect(text.contains("CA:TRUE, pathlen:0") && text.contains("Certificate Sign, CRL Sign"))
        let isAuthority = try world.authority.certificate.facts().isAuthority
        #expect(isAuthority)
    }

    @Test func `a request gets a certificate only with the key it was made with`() throws {
        let world = try World()
        _ = try world.openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=m-1",
            "-addext",
            "basicConstraints=CA:TRUE",
            "-keyout",
            world.path("own.pem"),
            "-out",
            world.path("request.pem")
        )
        let pem = try world.read("request.pem")
        let request = try CertificateRequest(pem: pem)
        let name = request.commonName()
        #expect(name == "m-1")
        let certificate = try world.authority.issue(World.content("m-1", .client), for: request)
        let isOwn = certificate.belongs(to: try PrivateKey(pem: try world.read("own.pem")))
        #expect(isOwn)
        // What the request asks for besides is not given.
        let isAuthority = try certificate.facts().isAuthority
        #expect(!isAuthority)

        var bytes = try #require(
            Data(
                base64Encoded: pem.split(separator: "\n").dropFirst()
                    .dropLast().joined()
            )
        )
        bytes[bytes.count - 1] ^= 1
        let forged =
            "-----BEGIN CERTIFICATE REQUEST-----\n\(bytes.base64EncodedString())\n"
            + "-----END CERTIFICATE REQUEST-----\n"
        #expect(throws: CryptoError.self) { try world.issue("m-1", request: forged) }
    }

    @Test func `a weak key gets no certificate`() throws {
        let world = try World()
        _ = try world.openssl(
            "req",
            "-newkey",
            "rsa:1024",
            "-nodes",
            "-subj",
            "/CN=m-1",
            "-keyout",
            world.path("own.pem"),
            "-out",
            world.path("request.pem")
        )
        let request = try world.read("request.pem")
        #expect(throws: CryptoError.self) { try world.issue("m-1", request: request) }
    }

    @Test(arguments: ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
    func `what is no PEM is refused`(text: String) {
        #expect(throws: CryptoError.self) { _ = try Certificate(pem: text).pem() }
        #expect(throws: CryptoError.self) { _ = try PrivateKey(pem: text).pem() }
        #expect(throws: CryptoError.self) { _ = try CertificateRequest(pem: text).commonName() }
    }

    @Test func `a key and another's certificate make no authority`() throws {
        let world = try World()
        #expect(throws: CryptoError.self) {
            _ = try CertificateAuthority(
                try Certificate(pem: world.authority.certificate.pem()),
                try PrivateKey.generate()
            ).keyPEM()
        }
    }

    @Test func `serial numbers are random, positive and of one length`() {
        let serials = (0..<1_000).map { _ in World.content("m-1", .client).serial }
        #expect(Set(serials).count == 1_000)
        #expect(serials.allSatisfy { $0.count == 16 && (0x40...0x7F).contains($0[0]) })
    }

    @Test(arguments: [
        "localhost", "broker.example.vn", "10.0.0.1", "::1", "fe80::1", "a",
        String(repeating: "a", count: 63) + ".vn",
    ])
    func `a DNS name or an address is taken`(text: String) {
        #expect(HostName(text) != nil)
    }

    @Test(arguments: [
        "", ".", "a..b", "-a.vn", "a-.vn", "*.vn", "a b", "a,IP:1.2.3.4", "a\nb", "10.0.0.256",
        "10.0.0", "trạm.vn", String(repeating: "a", count: 64) + ".vn",
    ])
    func `what is neither is not`(text: String) {
        #expect(HostName(text) == nil)
    }

    /// An authority in a folder of its own, and OpenSSL's program to judge it.
    private final class World {
        let folder: URL
        let authority: CertificateAuthority

        init() throws {
            folder = FileManager.default.temporaryDirectory
                .appending(path: "telehealth-certificates-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            authority = try CertificateAuthority.create(World.content("test authority", .authority))
            try write(authority.certificate.pem(), "ca.pem")
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        static func content(
            _ name: String,
            _ purpose: CertificateContent.Purpose
        ) -> CertificateContent {
            CertificateContent(
                commonName: name,
                purpose: purpose,
                notBefore: CertificateTests.now - 60,
                notAfter: CertificateTests.now + CertificateTests.day
            )
        }

        func issue(
            _ name: String,
            _ purpose: CertificateContent.Purpose
        ) throws -> (certificate: String, key: String) {
            let key = try PrivateKey.generate()
            let certificate = try authority.issue(World.content(name, purpose), for: key)
            return (try certificate.pem(), try key.pem())
        }

        func issue(_ name: String, request: String) throws {
            _ = try authority.issue(
                World.content(name, .client),
                for: try CertificateRequest(pem: request)
            ).pem()
        }

        func list(_ revocations: [Revocation], number: Int) throws -> String {
            try authority.revocationList(
                revocations,
                number: number,
                thisUpdate: CertificateTests.now - 60,
                nextUpdate: CertificateTests.now + CertificateTests.day
            )
        }

        func path(_ name: String) -> String { folder.appending(path: name).path }

        func read(_ name: String) throws -> String {
            try String(contentsOfFile: path(name), encoding: .utf8)
        }

        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        }

        func verify(_ words: String...) throws -> Int32 {
            let arguments = ["verify", "-CAfile", path("ca.pem")] + words.dropLast()
            return try run(arguments + [path(words.last ?? "")]).code
        }

        func openssl(_ words: String...) throws -> (code: Int32, text: String) {
            let result = try run(words)
            try #require(result.code == 0, "openssl \(words)")
            return result
        }

        private func run(_ arguments: [String]) throws -> (code: Int32, text: String) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = arguments
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let text = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: text, as: UTF8.self))
        }
    }
}
