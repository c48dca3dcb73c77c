import Arguments
import EventLoop
import Glibc

// Before any thread: signals come through a signalfd, so that stopping is ordinary code.
Signals.block(stopSignals)
// A broker or a server that goes away must not end the process.
signal(SIGPIPE, SIG_IGN)
raiseDescriptorLimit()

let program = Program(
    name: "telehealth-sim",
    version: "0.1.0",
    summary: "Simulated devices, clinics and doctors, and recorded vitals, as real clients.",
    commands: [
        replayCommand
    ]
)

exit(await program.run(Array(CommandLine.arguments.dropFirst())))
