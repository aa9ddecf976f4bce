/** Values that one label may have, whatever a configuration or a model server says. */
const MAX_VALUES = 100;

/** Lets the first values through as they are; all others are `other`. */
export function createBoundedLabel(maxValues = MAX_VALUES): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= maxValues) return "other";
    known.add(value);
    return value;
  };
}
