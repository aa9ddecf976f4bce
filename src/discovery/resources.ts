import * as z from "zod/mini";

/** Names and labels of an object, and nothing else of it: what stands in an object may be long. */
const Metadata = z.object({
  name: z.string(),
  resourceVersion: z.optional(z.string()),
  labels: z.optional(z.record(z.string(), z.string())),
  annotations: z.optional(z.record(z.string(), z.string())),
});

/** A Service, as far as it matters here. */
export const Service = z.object({
  metadata: Metadata,
  spec: z.optional(
    z.object({
      type: z.optional(z.string()),
      ports: z.optional(
        z.array(
          z.object({
            name: z.optional(z.string()),
            port: z.int(),
            protocol: z.optional(z.string()),
            appProtocol: z.optional(z.string()),
          }),
        ),
      ),
    }),
  ),
});
export type Service = z.infer<typeof Service>;

/** A part of the endpoints of a Service. */
export const EndpointSlice = z.object({
  metadata: Metadata,
  endpoints: z.optional(
    z.nullable(
      z.array(
        z.object({
          conditions: z.optional(z.object({ ready: z.optional(z.nullable(z.boolean())) })),
        }),
      ),
    ),
  ),
});
export type EndpointSlice = z.infer<typeof EndpointSlice>;

/** The label that leads from a slice to its Service. */
export const SERVICE_NAME = "kubernetes.io/service-name";

/** What every object has that is watched. */
export interface Resource {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string | undefined };
}
