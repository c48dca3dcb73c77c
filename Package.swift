// swift-tools-version: 6.2
import PackageDescription

/// The settings every target uses; one array, so that no target can drift from the house.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A room of the house under `Sources`.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// A C library of the distribution: a module map and a shim header, nothing else.
func library(_ name: String, pkgConfig: String? = nil, package: String? = nil) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/CLibraries/\(name)",
        pkgConfig: pkgConfig,
        providers: package.map { [.apt([$0])] }
    )
}

/// The tests that mirror a room.
func tests(_ room: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(room)Tests",
        dependencies: [.target(name: room), "TestKit"]
            + (room == "Vocabulary" ? [] : ["Vocabulary"])
            + dependencies,
        swiftSettings: house
    )
}

let package = Package(
    name: "telehealth",
    products: [
        .executable(name: "telehealth", targets: ["telehealth"]),
        .executable(name: "telehealth-bench", targets: ["telehealth-bench"]),
        .executable(name: "telehealth-sim", targets: ["telehealth-sim"]),
    ],
    targets: [
        // C libraries of the distribution.
        library("CLinux"),
        library("CMosquitto", pkgConfig: "libmosquitto", package: "libmosquitto-dev"),
        library("CWebSockets", pkgConfig: "libwebsockets", package: "libwebsockets-dev"),
        library("COpenSSL", pkgConfig: "libcrypto", package: "libssl-dev"),
        library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
        library("CPostgreSQL", pkgConfig: "libpq", package: "libpq-dev"),
        library("CICal", package: "libical-dev"),
        library("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),

        // The command line of every executable.
        room("Arguments"),

        // Pure: no clock, no I/O, no wrapper.
        room("Vocabulary"),
        room("Wire", ["Vocabulary"]),
        room("Clinical", ["Vocabulary", "Wire"]),
        room("Scheduler", ["Vocabulary", "Wire"]),
        room("Signalling", ["Vocabulary", "Wire"]),
        room("CareLoop", ["Vocabulary", "Clinical", "Scheduler", "Signalling"]),

        // Wrappers: each the only importer of its C module.
        room("EventLoop", ["CLinux", "Vocabulary"]),
        room("Crypto", ["COpenSSL"]),
        room("MQTT", ["CMosquitto", "CLinux", "EventLoop"]),
        room("WebServer", ["CWebSockets", "CLinux", "EventLoop"]),
        room("SQLite", ["CSQLite", "EventLoop"]),
        room("ICalendar", ["CICal", "Vocabulary"]),
        room("Compression", ["CZlib"]),

        // Areas.
        room(
            "Store",
            ["Vocabulary", "Clinical", "Scheduler", "Signalling", "SQLite", "Crypto", "EventLoop"]
        ),
        room(
            "Gateway",
            ["Vocabulary", "Wire", "Clinical", "Scheduler", "MQTT", "EventLoop", "Store"]
        ),
        .target(
            name: "Console",
            dependencies: ["Compression"],
            resources: [.copy("web")],
            swiftSettings: house
        ),
        room(
            "Coordinator",
            [
                "Vocabulary", "Wire", "Clinical", "Scheduler", "Signalling", "CareLoop",
                "EventLoop", "Crypto", "Arguments",
                "WebServer", "Store", "Gateway", "Console", "MQTT", "ICalendar",
                "Compression",
            ]
        ),
        room(
            "TestKit",
            [
                "Vocabulary", "Wire", "Clinical", "Scheduler", "Signalling", "CareLoop", "Store",
                "EventLoop", "CSQLite",
            ]
        ),
        .target(
            name: "Simulation",
            dependencies: [
                "Vocabulary", "Wire", "Clinical", "Scheduler", "Signalling", "CareLoop", "MQTT",
                "WebServer", "EventLoop",
            ],
            path: "Simulators/Simulation",
            swiftSettings: house
        ),

        // Executables.
        .executableTarget(
            name: "telehealth",
            dependencies: [
                "Arguments", "Coordinator", "Vocabulary", "Wire", "Clinical", "Scheduler",
                "Gateway", "Signalling",
                "Store", "Crypto", "EventLoop", "WebServer",
            ],
            swiftSettings: house
        ),
        .executableTarget(
            name: "telehealth-bench",
            dependencies: [
                "Arguments", "Crypto", "Vocabulary", "Wire", "Clinical", "Scheduler", "MQTT",
                "EventLoop", "CLinux", "Signalling", "WebServer", "Coordinator",
                "Gateway", "Store", "SQLite", "TestKit",
            ],
            swiftSettings: house
        ),
        .executableTarget(
            name: "telehealth-sim",
            dependencies: [
                "Arguments", "Simulation", "Vocabulary", "Wire", "EventLoop", "Scheduler",
            ],
            path: "Simulators/telehealth-sim",
            swiftSettings: house
        ),

        // Tests mirror the rooms.
        tests("Arguments"),
        tests("Vocabulary"),
        tests("Wire"),
        tests("Clinical", ["Wire"]),
        tests("Scheduler"),
        tests("Signalling", ["Wire"]),
        tests("CareLoop", ["Clinical", "Scheduler", "Signalling"]),
        tests("EventLoop"),
        tests("Crypto"),
        tests("MQTT", ["EventLoop"]),
        tests("WebServer", ["EventLoop"]),
        tests("SQLite", ["EventLoop"]),
        tests("ICalendar", ["Scheduler"]),
        .testTarget(
            name: "CompressionTests",
            dependencies: ["Compression"],
            swiftSettings: house
        ),
        tests(
            "Store",
            ["Clinical", "Scheduler", "Signalling", "EventLoop", "SQLite", "CSQLite"]
        ),
        tests(
            "Gateway",
            ["Clinical", "Scheduler", "Signalling", "Store", "MQTT", "EventLoop", "Wire"]
        ),
        tests(
            "Coordinator",
            [
                "Clinical", "Scheduler", "Signalling", "CareLoop", "Store", "Gateway", "EventLoop",
                "WebServer", "Wire",
            ]
        ),
        tests("Simulation", ["CareLoop", "Clinical", "EventLoop", "MQTT", "Scheduler", "Wire"]),
        .testTarget(
            name: "HouseTests",
            dependencies: [
                "TestKit", "Vocabulary", "Clinical", "Scheduler", "Signalling", "CareLoop",
                "Store", "Gateway", "Simulation",
            ],
            swiftSettings: house
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestKit", "Vocabulary", "Wire", "Clinical", "Scheduler", "CareLoop", "Store",
                "MQTT", "WebServer", "EventLoop", "Gateway", "Simulation", "Crypto", "SQLite",
            ],
            swiftSettings: house
        ),
    ]
)

// Fuzzing, which `make fuzz` turns on: the variable names libFuzzer's archive of the toolchain.
// Every target is then compiled with coverage, and the fuzzer itself joins them.
if let runtime = Context.environment["TELEHEALTH_FUZZ"] {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer"])]
    }
    package.products.append(.executable(name: "telehealth-fuzz", targets: ["telehealth-fuzz"]))
    package.targets += [
        library("CFuzzer"),
        .executableTarget(
            name: "telehealth-fuzz",
            dependencies: [
                "CFuzzer", "Vocabulary", "Wire", "Clinical", "Scheduler", "Signalling", "Store",
                "Gateway", "ICalendar", "TestKit",
            ],
            path: "Tests/Fuzz",
            exclude: ["corpus"],
            swiftSettings: house + [.unsafeFlags(["-sanitize=fuzzer"])],
            linkerSettings: [.unsafeFlags([runtime, "-lstdc++"])]
        ),
    ]
}
