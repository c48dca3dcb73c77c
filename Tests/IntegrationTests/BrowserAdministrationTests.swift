import Foundation
import Testing
import WebServer

/// Accounts and tables as an administrator keeps them in a real browser.
@Suite(.serialized) struct BrowserAdministrationTests {
    @Test func `an account is added and shut out, and a table is mended before it is taken`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let page = try await driver.open()
                try await page.go(scene.address)
                try await page.signIn("admin", Deployment.password)
                try await keepAccounts(page)
                let credentials = ["user": "clerk", "password": "long-enough"]
                let login = try await scene[.anonymous].call(.post, "/login", credentials)
                #expect(login.status == 401, "the account is disabled")
                try await takeTable(page)
                let doctor = try await scene[.clinic].object(.get, "/doctors/bs-new")
                #expect(doctor["name"] == "BS Mới")
                try await page.close()
            }
        }
    }

    private func keepAccounts(_ page: Browser) async throws {
        try await page.click(".tabs .tab:nth-child(7)")
        try await page.click(".section-head .button")
        try await fill(page, ["user-name": "clerk", "user-password": "short"])
        _ = try await page.script(
            """
            const role = document.getElementById('user-role'); role.value = 'auditor';
            role.dispatchEvent(new Event('change', { bubbles: true }));
            """
        )
        try await page.click("form.card .primary")
        try await page.waits(
            for: "a short password is refused in words",
            "document.querySelector('.toast.error')?.innerText.includes('8')"
        )
        try await fill(page, ["user-password": "long-enough"])
        try await page.click("form.card .primary")
        let row =
            "[...document.querySelectorAll('.records tr')].find((row) => row.innerText.startsWith('clerk'))"
        try await page.waits(for: "the account is listed", row)
        _ = try await page.script("\(row).querySelector('.button').click()")
        try await page.waits(for: "it is disabled", "\(row).innerText.match(/Bị khóa|Disabled/)")
    }

    private func takeTable(_ page: Browser) async throws {
        try await page.click(".tabs .tab:nth-child(8)")
        try await choose(page, hospital: "nowhere")
        try await page.waits(
            for: "the wrong row is named",
            "document.querySelector('.records tbody')?.innerText.includes('nowhere')"
        )
        try await choose(page, hospital: Deployment.hospital)
        try await page.click("[aria-labelledby=import-right] .primary")
        try await page.waits(
            for: "the table is in force",
            "document.querySelector('.page [role=status]')"
        )
    }

    private func fill(_ page: Browser, _ values: [String: String]) async throws {
        for (id, value) in values {
            try await page.waits(for: "the field \(id)", "document.getElementById('\(id)')")
            _ = try await page.script(
                """
                const field = document.getElementById('\(id)'); field.value = '\(value)';
                field.dispatchEvent(new Event('input', { bubbles: true }));
                """
            )
        }
    }

    /// Chooses a table of one doctor, as the file dialogue would.
    private func choose(_ page: Browser, hospital: String) async throws {
        let columns =
            "id,name,hospital,specialties,languages,licensedProvinces,weekly,onCall,bufferMinutes"
        let row = "bs-new,BS Mới,\(hospital),dermatology,vi,,1 08:00-12:00,,5"
        try await page.waits(for: "the tables", "document.getElementById('import-table')")
        _ = try await page.script(
            """
            const table = document.getElementById('import-table'); table.value = 'doctors';
            table.dispatchEvent(new Event('change', { bubbles: true }));
            const files = new DataTransfer();
            files.items.add(new File(['\(columns)\\n\(row)\\n'], 'doctors.csv'));
            const field = document.getElementById('import-file'); field.files = files.files;
            field.dispatchEvent(new Event('change', { bubbles: true }));
            """
        )
    }
}
