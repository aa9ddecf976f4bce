import { needSchemas } from "./schemas.ts";

/** Makes the schemas once, before several workers look for them. */
export function setup(): void {
  needSchemas();
}
