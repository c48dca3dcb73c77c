import CFuzzer
import Foundation

// telehealth-fuzz TARGET [libFuzzer's options] [CORPUS…]: `make fuzz` builds and runs it.
//
// Whatever a target does with any bytes, it must not crash, and what it takes must hold what
// `Judgement` demands; a broken demand is a crash too.

guard CommandLine.arguments.count >= 2, let name = FuzzTarget(rawValue: CommandLine.arguments[1])
else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("telehealth-fuzz: name a target: \(names)\n".utf8))
    exit(2)
}
let target = name
let bench = try FuzzBench()

/// Gives one input to the target that was named.
func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    bench.run(target, bytes)
    return 0
}

// The program's name stays, the target's goes.
var count = CommandLine.argc - 1
unsafe CommandLine.unsafeArgv[1] = CommandLine.unsafeArgv[0]
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
    unsafe CommandLine.unsafeArgv + 1
exit(unsafe LLVMFuzzerRunDriver(&count, &arguments) { unsafe test($0, $1) })
