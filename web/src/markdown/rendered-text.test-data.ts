/** What templates would put on the page, as markup; enough to test what is in it. */
export function markupOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(markupOf).join("");
  if (typeof value === "object" && value !== null && "strings" in value && "values" in value) {
    const { strings, values } = value;
    if (!Array.isArray(strings) || !Array.isArray(values)) return "";
    return strings
      .map((part: unknown, index) => {
        const before = String(part);
        const bound = index < values.length ? values[index] : "";
        const property = / \.\w+=$/.test(before);
        return before + (property ? JSON.stringify(bound) : markupOf(bound));
      })
      .join("");
  }
  if (typeof value === "string") return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The text a reader would see of it. */
export function textOf(value: unknown): string {
  return markupOf(value)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
