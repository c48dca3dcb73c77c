import Arguments
import EventLoop
import Foundation

let program = Program(
    name: "telehealth-bench",
    version: "0.1.0",
    summary: "Measures parts of telehealth beside a peer.",
    commands: [
        ingestCommand, soakCommand, matchingCommand, decisionsCommand, ingestPartCommand,
        storeCommand, signallingCommand, signallingPartCommand,
    ]
)
ProcessMemory.keepSmall()
exit(await program.run(Array(CommandLine.arguments.dropFirst())))
