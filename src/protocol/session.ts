import * as z from "zod/mini";

/** A model a user may pick. */
export const Model = z.object({
  id: z.string(),
  name: z.string(),
  engine: z.string(),
  status: z.enum(["ready", "starting", "unavailable"]),
});
export type Model = z.infer<typeof Model>;

/** Who is signed in. */
export const User = z.object({
  id: z.string(),
  name: z.optional(z.string()),
  email: z.optional(z.string()),
  groups: z.array(z.string()),
});
export type User = z.infer<typeof User>;

/** How a deployment looks and speaks, by its administrators' wish. */
export const Branding = z.object({
  name: z.string(),
  /** A CSS colour. */
  accent: z.optional(z.string()),
  /** The address of an image: a path of this origin, or a `data:` URL. */
  logo: z.optional(z.string()),
  welcome: z.optional(z.string()),
  starters: z.optional(z.array(z.object({ title: z.string(), prompt: z.string() }))),
  notice: z.optional(z.string()),
  /** The address of the rules: a path of this origin, or an `http(s):` or `mailto:` URL. */
  rules: z.optional(z.string()),
});
export type Branding = z.infer<typeof Branding>;

/** The name where nobody gives one. */
export const DEFAULT_BRANDING: Branding = { name: "Chatbot" };

/** What `GET /api/session` answers. */
export const Session = z.object({
  user: User,
  /** What this deployment offers, by name. `demo`: no model server is configured. */
  features: z.record(z.string(), z.boolean()),
  /** Bounds a client should keep to, by name. */
  limits: z.record(z.string(), z.number()),
  models: z.array(Model),
  branding: z._default(Branding, DEFAULT_BRANDING),
});
export type Session = z.infer<typeof Session>;

/** What `POST /api/session/sign-out` answers. */
export const SignedOut = z.object({
  /** Where the proxy's session ends. */
  redirect: z.optional(z.string()),
});
export type SignedOut = z.infer<typeof SignedOut>;
