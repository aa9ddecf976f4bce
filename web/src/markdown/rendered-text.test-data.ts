/** What templates would put on the page, as markup; enough to test what is in it. */
export function markupOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(markupOf).join("");
  // What `guard` guards.
  if (typeof value === "object" && value !== null && "_$litDirective$" in value) {
    const render: unknown = "values" in value && Array.isArray(value.values) && value.values[1];
    return typeof render === "function" ? markupOf(render()) : "";
  }
  if (typeof value === "object" && value !== null && "strings" in value && "values" in value) {
    const { strings, values } = value;
    if (!Array.isArray(strings) || !Array.isArray(values)) return "";
    return strings
      .map((part: unknown, index) => {
        const before = String(part);
        const bound = index < values.length ? values[index] : "";
        const property = / \.\w+=$/.test(before);
        return before + (property ? quoted(bound) : markupOf(bound));
      })
      .join("");
  }
  if (typeof value === "string") return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The text a reader would see of it: code and formulas as their source, hosts of links left out. */
export function textOf(value: unknown): string {
  return markupOf(value)
    .replaceAll(/<small class="host">[^<]*<\/small>/g, "")
    .replaceAll(/<(?:code-block|math-formula)\s+\.(?:code|tex)=("[^"]*")[^>]*>/g, (_, source) =>
      String(JSON.parse(source)).replaceAll("\u0001", '"'),
    )
    .replaceAll(/<\/?[a-z][^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** A bound property as JSON in which no quote or bracket ends the tag. */
function quoted(value: unknown): string {
  const text = typeof value === "string" ? value.replaceAll('"', "\u0001") : value;
  return JSON.stringify(text)?.replaceAll("<", "\\u003c").replaceAll(">", "\\u003e") ?? "";
}
