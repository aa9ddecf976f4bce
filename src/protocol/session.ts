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

/** What `GET /api/session` answers. */
export const Session = z.object({
  user: User,
  /** What this deployment offers, by name. `demo`: no model server is configured. */
  features: z.record(z.string(), z.boolean()),
  /** Bounds a client should keep to, by name. */
  limits: z.record(z.string(), z.number()),
  models: z.array(Model),
});
export type Session = z.infer<typeof Session>;
