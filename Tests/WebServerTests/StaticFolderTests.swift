import Foundation
import Testing
import WebServer

struct StaticFolderTests {
    /// A folder with a page, a script with a packed variant, and a file outside that must stay so.
    private func withFolder(_ test: (StaticFolder) throws -> Void) throws {
        let base = FileManager.default.temporaryDirectory.appending(
            path: "web-\(UUID().uuidString)"
        )
        let root = base.appending(path: "root")
        try FileManager.default.createDirectory(
            at: root.appending(path: "sub"),
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(at: base) }
        for (name, text) in [
            ("root/index.html", "<p>"), ("root/app.js", "plain"), ("root/app.js.gz", "packed"),
            ("root/sub/index.html", "<b>"), ("root/.hidden", "h"), ("outside", "o"),
        ] {
            try Data(text.utf8).write(to: base.appending(path: name))
        }
        try test(StaticFolder(root.path))
    }

    @Test func `a file is answered with its type and length, a folder with its index`() throws {
        try withFolder { folder in
            let script = try #require(folder.response(to: HTTPRequest(), path: ["app.js"]))
            #expect(script.status == 200 && script.body == Array("plain".utf8))
            #expect(script.headers["content-type"] == "text/javascript; charset=utf-8")
            #expect(script.headers["content-encoding"] == nil)
            #expect(script.headers["vary"] == "accept-encoding")
            for (path, text) in [([], "<p>"), (["sub"], "<b>")] {
                let page = try #require(folder.response(to: HTTPRequest(), path: path))
                #expect(page.body == Array(text.utf8))
                #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            }
        }
    }

    @Test func `who accepts gzip gets the packed variant`() throws {
        try withFolder { folder in
            let request = HTTPRequest(headers: ["Accept-Encoding": "br, gzip;q=0.5"])
            let script = try #require(folder.response(to: request, path: ["app.js"]))
            #expect(script.body == Array("packed".utf8))
            #expect(script.headers["content-encoding"] == "gzip")
            #expect(script.headers["content-type"] == "text/javascript; charset=utf-8")
        }
    }

    @Test func `a file that the client has is not sent again`() throws {
        try withFolder { folder in
            let first = try #require(folder.response(to: HTTPRequest(), path: ["app.js"]))
            let tag = try #require(first.headers["etag"])
            let again = HTTPRequest(headers: ["If-None-Match": "\"other\", \(tag)"])
            #expect(folder.response(to: again, path: ["app.js"])?.status == 304)
            #expect(folder.response(to: again, path: ["index.html"])?.status == 200)
        }
    }

    @Test(arguments: [
        ["..", "outside"], ["sub", "..", "..", "outside"], [".hidden"], ["../outside"],
        ["missing"], ["app.js", "more"], ["sub\0"],
    ])
    func `nothing outside the folder, hidden or missing is answered`(path: [String]) throws {
        try withFolder { #expect($0.response(to: HTTPRequest(), path: path) == nil) }
    }

    @Test func `only GET and HEAD are allowed`() throws {
        try withFolder { folder in
            #expect(
                folder.response(to: HTTPRequest(method: .head), path: ["app.js"])?.status == 200
            )
            let post = folder.response(to: HTTPRequest(method: .post), path: ["app.js"])
            #expect(post?.status == 405 && post?.headers["allow"] == "GET, HEAD")
        }
    }
}
