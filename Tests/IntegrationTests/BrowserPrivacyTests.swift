import Foundation
import Testing
import WebServer

/// What a browser keeps of a patient: nothing in the address, nothing after the log-out.
@Suite(.serialized) struct BrowserPrivacyTests {
    @Test func `the address names nobody, nobody else is asked, and the log-out leaves nothing`()
        async throws
    {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
            try await BrowserDriver.with(scene) { driver in
                let nurse = try await driver.open()
                try await nurse.come(to: scene, as: "nurse")
                try await expectPlainAddress(nurse, scene, "desk", until: ".alarm.priority-high")
                try await nurse.click(".alarm.priority-high .linkish")
                try await expectPlainAddress(nurse, scene, "patient", until: ".panel .provenance")
                try await nurse.click(".panel-head .button.primary")
                try await expectPlainAddress(nurse, scene, "asking", until: ".chosen-patient")
                try await nurse.click(".tabs .tab:nth-child(2)")
                try await nurse.click(".request-foot .linkish")
                try await expectPlainAddress(nurse, scene, "requests", until: ".explanation")

                try await nurse.click(".tools > .quiet")
                try await nurse.waits(for: "the log-in shows", "document.querySelector('#user')")
                let kept = try await nurse.script(Self.kept)
                #expect(kept.items.compactMap(\.text) == [], "kept after the log-out")
                #expect(try await nurse.cookies() == [])
                // Whoever comes next and goes back sees the log-in, not the patient.
                _ = try await nurse.script("history.back()")
                try await nurse.waits(for: "the log-in stays", "document.querySelector('#user')")
                let page = try await nurse.script("return document.documentElement.outerHTML")
                #expect(page.text?.contains(Deployment.patient) == false)
                try await nurse.closeWithoutErrors()
            }
        }
    }

    private func expectPlainAddress(
        _ browser: Browser,
        _ scene: Scene,
        _ view: String,
        until selector: String
    ) async throws {
        try await browser.waits(for: "\(view) shows", "document.querySelector('\(selector)')")
        let seen = try await browser.script(
            "return [location.href, document.title, JSON.stringify(history.state)]"
        )
        #expect(seen.items.first?.text == scene.address + "/", "the address on \(view)")
        for text in seen.items.compactMap(\.text) {
            #expect(!text.contains(Deployment.patient), "\(view): \(text)")
        }
        let foreign = try await browser.script(Self.foreign)
        #expect(foreign.items.compactMap(\.text) == [], "\(view) asked somebody else")
    }

    /// What was loaded from elsewhere.
    private static let foreign = """
        return performance.getEntriesByType('resource').map(one => one.name)
            .filter(name => !name.startsWith(location.origin + '/'));
        """

    /// Everything that a browser can store for a page.
    private static let kept = """
        const workers = navigator.serviceWorker;
        return Promise.all([indexedDB.databases(), caches.keys(), workers.getRegistrations()])
            .then(found => [...Object.keys(sessionStorage), ...Object.keys(localStorage),
                ...found.flat().map(one => one.name ?? one.scope ?? one)]);
        """
}
