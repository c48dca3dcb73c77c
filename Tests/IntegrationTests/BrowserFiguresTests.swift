import Foundation
import Testing

/// The national desk's figures in a real browser: load, the monthly report on screen, on paper and
/// as a table, and the deployment's health.
@Suite(.serialized) struct BrowserFiguresTests {
    @Test func `load is shown by province and specialty, and the forecast of one province`()
        async throws
    {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
            try await BrowserDriver.with(scene) { driver in
                let desk = try await driver.open()
                try await desk.come(to: scene, as: "observer")
                try await desk.click(".tabs .tab:nth-child(3)")
                try await desk.waits(
                    for: "a request waits in Hà Nội",
                    "/Hà Nội\\s+1\\s/.test(document.querySelector('.load tbody')?.innerText)"
                )
                _ = try await desk.script(
                    """
                    const field = document.getElementById('forecast-province'); field.value = '01';
                    field.dispatchEvent(new Event('change', { bubbles: true }));
                    """
                )
                try await desk.waits(
                    for: "the province's forecast",
                    """
                    document.querySelectorAll('.forecast tbody tr').length > 0 && performance
                        .getEntriesByType('resource').some(one => one.name.endsWith('province=01'))
                    """
                )
                try await desk.closeWithoutErrors()
            }
        }
    }

    @Test func `a month's report is read, saved and printed`() async throws {
        try await Scene.with { scene in
            _ = try await scene.failingPatient()
            try await BrowserDriver.with(scene) { driver in
                let desk = try await driver.open()
                try await desk.come(to: scene, as: "observer")
                try await desk.click(".tabs .tab:nth-child(4)")
                try await desk.waits(
                    for: "province and specialty have a table each, with a total",
                    "document.querySelectorAll('.report-part .report .total').length === 2"
                )
                try await desk.click(".month-pager .button:nth-child(2)")
                try await desk.waits(
                    for: "the month is chosen and its request counted",
                    """
                    document.querySelector('.month-pager .primary')
                        && document.getElementById('report-from').value.endsWith('-01')
                        && document.querySelector('.report .total td')?.innerText === '1'
                    """
                )
                try await desk.click(".month-pager .button:nth-child(1)")
                try await desk.waits(
                    for: "the month before is empty",
                    "document.querySelector('.figure dd')?.innerText === '0'"
                )
                try await desk.click(".month-pager .button:nth-child(3)")
                try await desk.waits(
                    for: "the month is back",
                    "document.querySelector('.figure dd')?.innerText === '1'"
                )
                try await save(desk)
                try await print(desk)
                try await desk.closeWithoutErrors()
            }
        }
    }

    @Test func `health names each part, whether it is well, and the age of what it says`()
        async throws
    {
        try await Scene.with { scene in
            try await BrowserDriver.with(scene) { driver in
                let admin = try await driver.open()
                try await admin.come(to: scene, as: "admin")
                try await admin.click(".tabs .tab:last-child")
                try await admin.waits(
                    for: "broker, database and care loop are well",
                    "document.querySelectorAll('.health .health-well').length >= 3"
                )
                let figures = try await admin.script(
                    "return [...document.querySelectorAll('.health dd')].map(e => e.innerText)"
                )
                #expect(figures.items.count > 10)
                #expect(figures.items.compactMap(\.text).allSatisfy { !$0.isEmpty })
                try await admin.waits(
                    for: "the age shows",
                    "document.querySelector('main .section-head .hint')?.innerText"
                )
                try await admin.closeWithoutErrors()
            }
        }
    }

    /// The table is saved under the days' name, as the server wrote it.
    private func save(_ desk: Browser) async throws {
        _ = try await desk.script(
            """
            const make = URL.createObjectURL.bind(URL);
            URL.createObjectURL = (blob) => {
                blob.text().then(text => { window.saved = text; });
                return make(blob);
            };
            """
        )
        try await desk.click("main .section-head .button.primary")
        try await desk.waits(
            for: "the table has headings, a line and the total",
            """
            window.saved?.startsWith('key,name,requests,') && window.saved.includes('Hà Nội')
                && window.saved.trim().split('\\r\\n').at(-1).startsWith('total,')
            """
        )
    }

    /// On paper there are the days and the tables, and nothing to touch.
    private func print(_ desk: Browser) async throws {
        try await desk.devTools("Emulation.setEmulatedMedia", ["media": "print"])
        let shown = try await desk.script(
            """
            const shows = (selector) => document.querySelector(selector).checkVisibility();
            return [shows('.print-only'), shows('.report'), shows('.top'), shows('.month-pager'), shows('.button')];
            """
        )
        #expect(shown.items.compactMap(\.boolean) == [true, true, false, false, false])
        let page = try await desk.devTools("Page.printToPDF", ["preferCSSPageSize": true])
        #expect((page["data"]?.text?.count ?? 0) > 10_000, "the printed pages")
        try await desk.devTools("Emulation.setEmulatedMedia", ["media": ""])
    }
}
