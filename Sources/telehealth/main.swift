import Arguments
import Coordinator
import EventLoop
import Glibc

// A browser or a broker that goes away must not end the process.
signal(SIGPIPE, SIG_IGN)
// A limit on the size of files is an error of that write, as a full disk is.
signal(SIGXFSZ, SIG_IGN)
raiseDescriptorLimit()

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
        importCommand(.interpreters, "interpreters", "Interpreters."),
        importCommand(.availability, "availability", "Doctors' hours, exceptions and duty."),
        importCommand(.patients, "patients", "Patients."),
        deviceCommand,
        authorityCommand,
        brokerCommand,
        turnCommand,
        janusCommand,
        scoreCommand,
        decodeCommand,
        backupCommand,
        restoreCommand,
        verifyCommand,
        openAPICommand,
        schemaCommand,
    ]
)

ProcessMemory.keepSmall()
exit(await program.run(Array(CommandLine.arguments.dropFirst())))
