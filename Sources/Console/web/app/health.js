// What the server says of itself at its root: readiness, and the figures that Prometheus scrapes.

/** `{ready, figures}`: the parts that are well, and each figure's sum over its labels. */
export async function read() {
  const [ready, metrics] = await Promise.all([
    // 503 says that a part is not well, and which.
    fetch("/health/ready", { cache: "no-store" }).then((answer) => answer.json()),
    fetch("/metrics", { cache: "no-store" }).then((answer) => (answer.ok ? answer.text() : "")),
  ]);
  return { ready, figures: figuresOf(metrics) };
}

/** The figures of a page in Prometheus' text form, by name. */
export function figuresOf(text) {
  const figures = new Map();
  for (const line of text.split("\n")) {
    const found = /^([a-z_]+)(?:\{[^}]*\})? (-?[0-9.e+-]+)$/i.exec(line.trim());
    if (found) figures.set(found[1], (figures.get(found[1]) ?? 0) + Number(found[2]));
  }
  return figures;
}
