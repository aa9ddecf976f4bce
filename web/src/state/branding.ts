import { type Branding, DEFAULT_BRANDING, type Session } from "../../../src/protocol/session.ts";
import { storage } from "./storage.ts";

/** How this deployment looks and speaks; before the session is here, as it did the last time. */
export function brandingOf(session: Session | undefined): Branding {
  return session?.branding ?? { ...DEFAULT_BRANDING, name: SERVED_NAME };
}

/** The server writes the name into the page: it is there before anything is asked. */
const SERVED_NAME = document.title || DEFAULT_BRANDING.name;

/** `null`: nothing yet; what is on the page is of the last time. */
let applied: string | undefined | null = null;

/**
 * Colours the page, and keeps the tokens: `public/theme.js` sets them before the next first paint,
 * so that no colour flashes.
 */
export async function applyAccent({ accent }: Branding): Promise<void> {
  if (accent === applied) return;
  applied = accent;
  const { accentTokens } = await import("./accent.ts");
  const rgb = accent === undefined ? undefined : readColour(accent);
  const tokens = Object.entries(rgb ? accentTokens(rgb) : NO_TOKENS);
  for (const [name, value] of tokens) document.documentElement.style.setProperty(name, value);
  storage.write("accent", rgb ? JSON.stringify(Object.fromEntries(tokens)) : undefined);
}

/** Empty values give the stylesheet its own back. */
const NO_TOKENS = { "--accent": "", "--accent-hover": "", "--on-accent": "", "--accent-soft": "" };

/** Any CSS colour as sRGB bytes; `undefined` where it is none. */
function readColour(colour: string): [number, number, number] | undefined {
  if (!CSS.supports("color", colour)) return undefined;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  if (!context) return undefined;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
