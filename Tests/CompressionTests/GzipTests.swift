import Compression
import Foundation
import Testing

/// Packing for thin lines, undone by the distribution's own `gzip`.
@Suite(.timeLimit(.minutes(2))) struct GzipTests {
    @Test(arguments: [Gzip.Effort.quick, .thorough])
    func `what is packed is unpacked to the same bytes, whatever they are`(
        effort: Gzip.Effort
    ) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var state = seed
        let noise = (0..<100_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for bytes in [[], [7], Array("một trạm y tế".utf8), noise, zeros] {
            let packed = try #require(Gzip.pack(bytes, effort))
            #expect(try unpacked(packed) == bytes)
        }
    }

    @Test func `text becomes smaller by far, and thorough packing is never larger than quick`()
        throws
    {
        let text = Array(String(repeating: "Trạm y tế xã Đông Anh, Hà Nội; ", count: 500).utf8)
        let quick = try #require(Gzip.pack(text, .quick))
        let thorough = try #require(Gzip.pack(text, .thorough))
        #expect(quick.count < text.count / 10)
        #expect(thorough.count <= quick.count)
    }

    private func unpacked(_ packed: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "telehealth-gzip-\(UUID().uuidString)")
        try Data(packed).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let program = Process()
        program.executableURL = URL(filePath: "/bin/sh")
        program.arguments = ["-c", "gzip -dc < \"$0\" > \"$0.out\"", file.path]
        try program.run()
        program.waitUntilExit()
        #expect(program.terminationStatus == 0)
        let out = URL(filePath: file.path + ".out")
        defer { try? FileManager.default.removeItem(at: out) }
        return Array(try Data(contentsOf: out))
    }
}
