import Arguments
import Coordinator
import Glibc

// A browser or a broker that goes away must not end the process.
signal(SIGPIPE, SIG_IGN)

let program = Program(
    name: "telehealth",
    version: telehealthVersion,
    summary: "A telemedicine session coordinator with a gateway for bedside and home monitors.",
    commands: [
        serveCommand,
        demoCommand,
        configCommand,
        userCommand,
        tokenCommand,
        importCommand(.sites, "sites", "Telehealth sites."),
        importCommand(.doctors, "doctors", "Doctors."),
        importCommand(.patients, "patients", "Patients."),
        importCommand(.devices, "device", "Devices and whom they measure."),
        scoreCommand,
        decodeCommand,
        backupCommand,
        restoreCommand,
        verifyCommand,
        openAPICommand,
    ]
)

exit(await program.run(Array(CommandLine.arguments.dropFirst())))
