import Foundation
import Testing
import WebServer

/// Every page in both languages, one light and one dark, against what people who do not see, or use no mouse, need of it.
@Suite(.serialized) struct BrowserAccessibilityTests {
    @Test func `the nurse's pages can be read aloud and used by keys alone`() async throws {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                try await nurse.go(scene.address)
                try await nurse.waits(for: "the log-in shows", "document.querySelector('#user')")
                try await inBothLanguages(nurse, "log-in")
                try await nurse.signIn("nurse", Deployment.password)
                try await look(nurse, "desk", until: ".alarm.priority-high")
                try await nurse.click(".upcoming .section-head .linkish")
                try await look(nurse, "opening hours", until: ".step-foot")
                try await nurse.click(".tabs .tab:nth-child(1)")
                try await nurse.click(".tile-open")
                try await look(nurse, "patient", until: ".panel .provenance")
                try await nurse.click(".panel-head .icon-button")
                try await nurse.click(".tabs .tab:nth-child(2)")
                try await nurse.click(".request-foot .linkish")
                try await look(nurse, "requests", until: ".explanation")
                try await nurse.click(".section-head .button.primary")
                try await look(nurse, "whom", until: ".choices .choice")
                try await nurse.click(".choices .choice")
                try await nurse.click(".further summary")
                try await look(nurse, "what", until: ".further[open]")
                try await nurse.click(".option:has(input[value=dermatology])")
                try await nurse.click(".option:has(input[value=routine])")
                try await nurse.click(".step-foot .button.primary:not([disabled])")
                try await look(nurse, "why", until: "#reason")
                try await nurse.click(".step-foot .button:has(.icon-clock)")
                try await look(nurse, "times", until: "#slot-from")
                try await nurse.closeWithoutErrors()
            }
        }
    }

    @Test func `the doctor's, the interpreter's and the administrator's pages can, too`()
        async throws
    {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
            try await BrowserDriver.with(scene) { driver in
                let doctor = try await driver.open()
                try await doctor.come(to: scene, as: "doctor")
                try await doctor.click(".presence-onCall")
                try await look(doctor, "doctor's desk", until: ".offer")
                try await doctor.click(".tabs .tab:nth-child(2)")
                try await doctor.click(".feed summary")
                try await doctor.click(".feed .step-foot .button:nth-last-child(2)")
                try await look(doctor, "calendar", until: "#feed-url")
                _ = try await doctor.script("window.scrollTo(0, 0)")
                try await doctor.click(".section-head > .button.primary")
                try await look(doctor, "booking", until: "#slot-patient")
                try await doctor.click(".section-head > .quiet")
                try await doctor.click(".section-head > .button:not(.primary)")
                try await look(doctor, "hours", until: ".step-foot")
                try await doctor.closeWithoutErrors()
                let interpreter = try await driver.open()
                try await interpreter.come(to: scene, as: "interpreter")
                try await interpreter.click(".feed summary")
                try await interpreter.click(".feed .step-foot .button:nth-last-child(2)")
                try await look(interpreter, "interpreter's desk", until: "#feed-url")
                try await interpreter.closeWithoutErrors()
                let admin = try await driver.open()
                try await admin.come(to: scene, as: "admin")
                try await look(admin, "overview", until: ".request")
                let count = try await admin.script(
                    "return document.querySelectorAll('.tab').length"
                )
                for tab in 2...(try #require(count.integer)) {
                    try await admin.click(".tabs .tab:nth-child(\(tab))")
                    try await look(admin, "tab \(tab)", until: "main h1")
                }
                try await lookInside(admin)
                try await admin.closeWithoutErrors()
                let observer = try await driver.open()
                try await observer.come(to: scene, as: "observer")
                try await look(observer, "observer's overview", until: "main h1")
                try await observer.closeWithoutErrors()
                let auditor = try await driver.open()
                try await auditor.go(scene.address)
                try await auditor.type("auditor", into: "#user")
                try await auditor.type(Deployment.password, into: "#password")
                try await auditor.click(".login-card .button.primary")
                try await look(auditor, "auditor's records", until: ".records tbody tr")
                try await auditor.closeWithoutErrors()
            }
        }
    }

    /// What opens within the administrator's pages: a site on the map, an account's form, a table
    /// with errors, and the wall screen.
    private func lookInside(_ admin: Browser) async throws {
        try await admin.click(".tabs .tab:nth-child(2)")
        try await admin.click(".map-side .choice")
        try await look(admin, "site", until: ".map-side .review")
        try await admin.click(".map-side .review + .button")
        try await look(admin, "a site's opening hours", until: ".step-foot")
        try await admin.click(".tabs .tab:nth-child(7)")
        try await admin.click(".section-head .button")
        try await look(admin, "account", until: "#user-name")
        try await admin.click(".tabs .tab:nth-child(8)")
        try await admin.waits(for: "the tables", "document.getElementById('import-file')")
        _ = try await admin.script(
            """
            const files = new DataTransfer();
            files.items.add(new File(['id\\nx\\n'], 'wrong.csv'));
            const field = document.getElementById('import-file'); field.files = files.files;
            field.dispatchEvent(new Event('change', { bubbles: true }));
            """
        )
        try await look(admin, "table with errors", until: ".records tbody tr, .problem")
        try await admin.click(".tabs .tab:nth-child(1)")
        try await admin.click(".wall-switch")
        try await admin.waits(for: "the wall", "document.querySelector('.wall .desk')")
        try await Accessibility.check(admin, "wall", language: "vi")
        try await admin.click(".wall-switch")
    }

    @Test func `the device check and the room can, too`() async throws {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                try await scene.setOnCall()
                _ = try await scene.confirmed()
                let nurse = try await driver.open()
                let doctor = try await driver.open()
                try await doctor.come(to: scene, as: "doctor")
                try await doctor.enterRoom(from: ".booking")
                try await nurse.come(to: scene, as: "nurse")
                try await nurse.click(".rooms .booking .booking-actions .button")
                try await look(nurse, "device check", until: "#device-video option")
                try await nurse.click(".check-enter:not([disabled])")
                try await nurse.seesMovingPicture()
                for part in ["people", "chat", "patient"] {
                    for (browser, who) in [(nurse, "nurse"), (doctor, "doctor")] {
                        try await browser.click(".tab-\(part)")
                        try await look(browser, "\(who), \(part)", until: "#panel-\(part)")
                    }
                }
                try await doctor.click(".outcome-closed .button")
                try await look(doctor, "outcome", until: "#note")
                for browser in [nurse, doctor] { try await browser.closeWithoutErrors() }
            }
        }
    }

    @Test func `what is wrong is found, each kind of fault for itself`() async throws {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let browser = try await driver.open()
                try await browser.go(scene.address)
                try await browser.waits(for: "the log-in shows", "document.querySelector('#user')")
                for (fault, html) in Self.faults {
                    _ = try await browser.script(
                        """
                        document.querySelector('#fault')?.remove();
                        const place = document.createElement('div');
                        place.id = 'fault';
                        place.innerHTML = '\(html)';
                        document.body.append(place);
                        for (const el of place.querySelectorAll('[data-color]')) el.style.color = el.dataset.color;
                        """
                    )
                    let found = try await Accessibility.faults(of: browser, language: "en")
                    #expect(found.contains { $0.hasPrefix(fault) }, "\(fault): \(found)")
                }
                let other = try await Accessibility.faults(of: browser, language: "vi")
                #expect(other.contains { $0.hasPrefix("page in another language") })
                try await browser.close()
            }
        }
    }

    private static let faults = [
        ("no name", "<button></button>"), ("no name", "<input type=text>"),
        ("not one main", "<main>x</main>"), ("not one h1", "<h1>x</h1>"),
        ("empty heading", "<h2>&nbsp;</h2>"), ("no label", "<nav>x</nav>"),
        ("id twice", "<p id=fault>x</p>"),
        ("aria-controls names nothing", "<b aria-controls=z>x</b>"),
        ("aria-pressed is no truth value", "<button aria-pressed=maybe>abcdef</button>"),
        ("order of the focus changed", "<button tabindex=3>abcdef</button>"),
        ("not reached by keyboard", "<button tabindex=-1>abcdef</button>"),
        ("target too small", "<button class=linkish aria-label=x></button>"),
        ("contrast", "<p data-color=#bbb>pale</p>"), ("drawing neither", "<svg></svg>"),
    ]

    /// Waits until the page shows, and looks at it in both languages.
    private func look(_ browser: Browser, _ view: String, until selector: String) async throws {
        try await browser.waits(for: "\(view) shows", "document.querySelector('\(selector)')")
        try await inBothLanguages(browser, view)
    }

    /// Contrast hangs on the scheme and words on the language, so that each is looked at once.
    private func inBothLanguages(_ browser: Browser, _ view: String) async throws {
        for (language, dark) in [("en", false), ("vi", true)] {
            try await browser.prefer(dark: dark)
            try await browser.click(".languages button[lang=\(language)]")
            try await browser.waits(
                for: "the page speaks \(language)",
                "document.querySelector('.languages button[lang=\(language)][aria-pressed=true]')"
            )
            try await Accessibility.check(
                browser,
                "\(view), \(dark ? "dark" : "light")",
                language: language
            )
        }
        try await browser.prefer(dark: false)
    }
}
