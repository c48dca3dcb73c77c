import Testing

/// What somebody who does not see, or does not use a mouse, needs of a page: looked at in the page itself.
///
/// The rules are those of WCAG 2.2 AA that a program can decide: names of controls, landmarks, headings,
/// contrast as it is painted, the order of the focus, sizes of targets, language, and references.
enum Accessibility {
    /// Fails with every rule that the page breaks now, `language` being the one chosen.
    static func check(
        _ browser: Browser,
        _ view: String,
        language: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        // Colours fade in, and what has just been drawn may move.
        let found = try await browser.script(script.replacing("LANGUAGE", with: language))
        #expect(found.items.compactMap(\.text) == [], "\(view), \(language)", sourceLocation: sourceLocation)
    }

    private static let script = """
        const problems = [];
        const say = (rule, el, more = "") => {
            const name = el ? el.outerHTML.replace(/\\s+/g, " ").slice(0, 110) : "";
            problems.push(`${rule}${more ? " " + more : ""}: ${name}`);
        };
        const shown = (el) => {
            const box = el.getBoundingClientRect();
            return box.width > 0 && box.height > 0 && el.checkVisibility({ visibilityProperty: true, opacityProperty: false });
        };
        const foreign = (el) => el.closest(".leaflet-container, .dygraph-label, .strip-plot");

        // Names
        const byID = (ids) => ids.split(/\\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
        const nameOf = (el) => (el.getAttribute("aria-label") ?? "").trim()
            || (el.getAttribute("aria-labelledby") ? byID(el.getAttribute("aria-labelledby")) : "")
            || [...el.labels ?? []].map((label) => label.textContent).join(" ").trim()
            || (el.matches("input, select, textarea") ? "" : el.textContent.trim())
            || (el.getAttribute("alt") ?? "").trim() || (el.getAttribute("title") ?? "").trim();
        const controls = [...document.querySelectorAll("button, a[href], input, select, textarea, summary, [role=button], [role=tab], [role=meter], [role=timer][aria-label]")]
            .filter((el) => shown(el) && !foreign(el));
        for (const el of controls) if (!nameOf(el)) say("no name", el);
        for (const el of document.querySelectorAll("img, video, [role=img]")) {
            if (shown(el) && !foreign(el) && !nameOf(el) && el.getAttribute("alt") !== "") say("no name", el);
        }
        for (const el of document.querySelectorAll("svg")) {
            if (el.getAttribute("aria-hidden") !== "true" && !nameOf(el) && !foreign(el)) say("drawing neither hidden nor named", el);
        }

        // Landmarks and headings
        if (document.querySelectorAll("main").length !== 1) say("not one main", document.querySelector("main"));
        for (const el of document.querySelectorAll("nav, aside, [role=group], [role=tablist], [role=toolbar]")) {
            if (shown(el) && !foreign(el) && !el.getAttribute("aria-label") && !el.getAttribute("aria-labelledby")) say("no label", el);
        }
        const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((el) => shown(el) && !foreign(el));
        if (headings.filter((el) => el.tagName === "H1").length !== 1) say("not one h1", headings[0]);
        for (const el of headings) if (!el.textContent.trim()) say("empty heading", el);

        // Language, title, references
        if (document.documentElement.lang !== "LANGUAGE") say("page in another language than chosen", null, document.documentElement.lang);
        if (!document.title.trim()) say("no title", null);
        const ids = new Map();
        for (const el of document.querySelectorAll("[id]")) {
            if (ids.has(el.id)) say("id twice", el);
            ids.set(el.id, el);
        }
        for (const attribute of ["aria-labelledby", "aria-controls", "aria-describedby", "for"]) {
            for (const el of document.querySelectorAll(`[${attribute}]`)) {
                if (attribute === "aria-controls" && el.getAttribute("aria-selected") === "false") continue;
                for (const id of el.getAttribute(attribute).split(/\\s+/)) if (!ids.has(id)) say(`${attribute} names nothing`, el);
            }
        }
        for (const attribute of ["aria-pressed", "aria-expanded", "aria-selected", "aria-busy", "aria-hidden"]) {
            for (const el of document.querySelectorAll(`[${attribute}]`)) {
                if (!["true", "false"].includes(el.getAttribute(attribute))) say(`${attribute} is no truth value`, el);
            }
        }

        // Keyboard
        for (const el of document.querySelectorAll("[tabindex]")) {
            const order = Number(el.getAttribute("tabindex"));
            if (order > 0) say("order of the focus changed", el);
            const roves = el.closest("[role=tablist]")?.querySelector("[tabindex='0']");
            if (order < 0 && el.matches("button, a, input, select, textarea") && !roves && !foreign(el)) say("not reached by keyboard", el);
        }
        for (const el of document.querySelectorAll("div, span, li, td, tr, p")) {
            if (el.handlers?.click && !el.hasAttribute("role")) say("only for the mouse", el);
        }

        // Targets: 24 px, but for what stands in a line of text or is drawn over by its label
        for (const el of controls) {
            if (el.matches("input[type=radio], input[type=checkbox]") && el.closest("label")) continue;
            const box = el.getBoundingClientRect();
            if (box.width < 24 || box.height < 24) say("target too small", el, `${Math.round(box.width)}x${Math.round(box.height)}`);
        }

        // Contrast, as it is painted
        const parse = (text) => {
            const found = /rgba?\\(([^)]+)\\)/.exec(text) ?? /color\\(srgb ([^)]+)\\)/.exec(text);
            if (!found) return null;
            const parts = found[1].split(/[ ,\\/]+/).map(Number);
            const scale = text.startsWith("color(") ? 255 : 1;
            return { r: parts[0] * scale, g: parts[1] * scale, b: parts[2] * scale, a: parts[3] ?? 1 };
        };
        const over = (top, below) => ({
            r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a), b: top.b * top.a + below.b * (1 - top.a), a: 1,
        });
        const channel = (value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
        const light = ({ r, g, b }) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
        const ground = (el) => {
            const layers = [];
            for (let at = el; at; at = at.parentElement) {
                const style = getComputedStyle(at);
                if (style.backgroundImage !== "none") return null;
                const colour = parse(style.backgroundColor);
                if (colour && colour.a > 0) layers.push(colour);
                if (colour?.a === 1) break;
            }
            return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
        };
        const fading = (el) => { let all = 1; for (let at = el; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity); return all; };
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const told = new Set();
        while (texts.nextNode()) {
            const el = texts.currentNode.parentElement;
            if (!texts.currentNode.textContent.trim() || told.has(el) || !shown(el) || foreign(el)) continue;
            if (el.closest("button:disabled, .unseen, noscript, script, option, .stage")) continue;
            told.add(el);
            const style = getComputedStyle(el);
            const below = ground(el);
            const ink = parse(style.color);
            if (!below || !ink) continue;
            const size = parseFloat(style.fontSize);
            const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
            const got = ratio(over({ ...ink, a: ink.a * fading(el) }, below), below);
            if (got < (large ? 3 : 4.5)) say("contrast", el, got.toFixed(2));
        }
        return problems.slice(0, 12);
        """
}
