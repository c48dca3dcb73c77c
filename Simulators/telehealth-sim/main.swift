import Arguments
import Glibc
import Simulation

// A broker or a server that goes away must not end the process.
signal(SIGPIPE, SIG_IGN)
raiseDescriptorLimit()

let program = Program(
    name: "telehealth-sim",
    version: "0.1.0",
    summary: "Simulated devices, clinics and doctors, and recorded vitals, as real clients.",
    commands: [
        nationCommand,
        partCommand("fleet", .fleet, "Drive the devices of a population over MQTT."),
        partCommand("clinics", .clinics, "Be the clinics of a population, over the API."),
        partCommand("doctors", .doctors, "Be the doctors of a population, over the API."),
        replayCommand,
    ]
)

exit(await program.run(Array(CommandLine.arguments.dropFirst())))
