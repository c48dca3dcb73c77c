import CFuzzer
import Foundation

// telehealth-fuzz TARGET [libFuzzer's options] [CORPUS…]: `make fuzz` builds and runs it.
//
// Whatever a target does with any bytes, it must not crash, and what it takes must hold what
// `FuzzBench` demands; a broken demand is a crash too.

guard FuzzRun.target != nil else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("telehealth-fuzz: name a target: \(names)\n".utf8))
    exit(2)
}
// The program's name stays, the target's goes.
var count = CommandLine.argc - 1
unsafe CommandLine.unsafeArgv[1] = CommandLine.unsafeArgv[0]
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
    unsafe CommandLine.unsafeArgv + 1
exit(unsafe LLVMFuzzerRunDriver(&count, &arguments) { unsafe FuzzRun.test($0, $1) })
