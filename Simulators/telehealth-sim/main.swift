import Arguments
import EventLoop
import Glibc
import Simulation

// A broker or a server that goes away must not end the process.
signal(SIGPIPE, SIG_IGN)
raiseDescriptorLimit()

// Not `await` here: an asynchronous main would park this thread in `sigsuspend` with no signal
// blocked, and SIGTERM would end the process before the signalfd is read.
Task.detached(name: "main") {
    await exit(simulators().run(Array(CommandLine.arguments.dropFirst())))
}
while true { pause() }

/// The program and its commands.
nonisolated func simulators() -> Program {
    Program(
        name: "telehealth-sim",
        version: "0.1.0",
        summary: "Simulated devices, clinics and doctors, and recorded vitals, as real clients.",
        commands: [
            nationCommand,
            partCommand("fleet", .fleet, "Drive the devices of a population over MQTT."),
            partCommand("clinics", .clinics, "Be the clinics of a population, over the API."),
            partCommand("doctors", .doctors, "Be the doctors of a population, over the API."),
            replayCommand,
            dayCommand,
        ]
    )
}
