import type { HeaderList } from "./door.ts";
import type { Options } from "./options.ts";
import { forgeProofs, type ProviderKey } from "./proofs.ts";

/** One way to pretend to be somebody. */
export interface Attack {
  readonly name: string;
  readonly headers: HeaderList;
}

/** Attacks that fail, or work, for the same reason. */
export interface Family {
  readonly id: string;
  /** Continues "Sends …". */
  readonly what: string;
  readonly attacks: readonly Attack[];
  /** What to change where one works. */
  readonly advice: string;
}

/** Headers by which one proxy or another tells who somebody is. */
const IDENTITY_HEADERS = [
  "X-Forwarded-User",
  "X-Forwarded-Email",
  "X-Forwarded-Groups",
  "X-Forwarded-Preferred-Username",
  "X-Forwarded-Access-Token",
  "X-Auth-Request-User",
  "X-Auth-Request-Email",
  "X-Auth-Request-Groups",
  "X-Auth-Request-Preferred-Username",
  "X-Auth-Request-Access-Token",
  "GAP-Auth",
  "kubeflow-userid",
  "kubeflow-groups",
  "userid",
  "Remote-User",
  "X-Remote-User",
  "X-User",
  "X-Email",
  "X-Authenticated-User",
];

const REMOVE =
  "Have the proxy remove every copy that a client sends: an entry of injectRequestHeaders with the name and no values (oauth2-proxy), or a list of what is passed on (nginx). See manifests/components.";

/**
 * Every attack by headers.
 * @param victim the user id that is pretended; nobody's.
 */
export function attackFamilies(
  options: Options,
  victim: string,
  audience: string,
  keys: readonly ProviderKey[],
): readonly Family[] {
  const { useridHeader, proofHeader, secretHeader } = options;
  const names = unique([useridHeader, ...IDENTITY_HEADERS]);
  const claim = (name: string): readonly [string, string] => [name, victim];
  const core = unique([useridHeader, "X-Forwarded-User"]);
  const issuer = options.issuer ?? "https://issuer.invalid";
  const proofs = [
    ...forgeProofs({ issuer, audience: options.audience ?? audience, userId: victim }, keys),
    ...(options.oldProof === undefined
      ? []
      : [{ name: "one that has ended", value: options.oldProof }]),
  ];
  const carriers = unique([proofHeader, "X-Forwarded-Access-Token"]);
  const carried = (carrier: string, proof: string): readonly [string, string] => [
    carrier,
    /^authorization$/i.test(carrier) ? `Bearer ${proof}` : proof,
  ];

  return [
    {
      id: "forged-userid",
      what: "a user id of its own under every name that proxies use for it",
      attacks: [
        ...names.map((name) => ({ name, headers: [claim(name)] })),
        { name: "all of them at once", headers: names.map(claim) },
        ...["", "secret", "changeme"].map((secret) => ({
          name: `${useridHeader} with a guessed ${secretHeader}`,
          headers: [claim(useridHeader), [secretHeader, secret] as const],
        })),
      ],
      advice: REMOVE,
    },
    {
      id: "forged-spelling",
      what: "its user id under other spellings of the header's name",
      attacks: unique(
        core.flatMap((name) => [
          name.toLowerCase(),
          name.toUpperCase(),
          name.replaceAll("-", "_"),
          name.replace("-", "_"),
          name.replace(/-(?=[^-]*$)/, "_"),
          name.replaceAll("-", "_").toLowerCase(),
          name.replaceAll("-", "."),
          `HTTP_${name.replaceAll("-", "_").toUpperCase()}`,
        ]),
      ).map((name) => ({ name, headers: [claim(name)] })),
      advice: `${REMOVE} oauth2-proxy before 7.13 misses the spellings with "_".`,
    },
    {
      id: "forged-twice",
      what: "the header twice, and two user ids in one",
      attacks: core.flatMap((name) => [
        { name: `${name} twice`, headers: [claim(name), [name, `${victim}-2`] as const] },
        {
          name: `${name} in two spellings`,
          headers: [claim(name), claim(name.replaceAll("-", "_"))],
        },
        { name: `${name} with a comma`, headers: [[name, `${victim},${victim}-2`] as const] },
        { name: `${name} with blanks around`, headers: [[name, `\t${victim} `] as const] },
      ]),
      advice: `${REMOVE} preserveRequestValue must not be true.`,
    },
    {
      id: "dropped-headers",
      what: "a Connection header that names what the proxy sets, so that it is dropped on the way",
      attacks: unique([useridHeader, "X-Forwarded-User", proofHeader, secretHeader]).flatMap(
        (name) => [
          {
            name: `Connection: close, ${name}`,
            headers: [["Connection", `close, ${name}`] as const],
          },
          {
            name: `Connection: ${name.toLowerCase()}, with forged headers beside it`,
            headers: [
              ["Connection", name.toLowerCase()] as const,
              ...names.filter((other) => other !== name).map(claim),
            ],
          },
        ],
      ),
      advice:
        'Have the proxy set `Connection` itself: in oauth2-proxy an entry of injectRequestHeaders with a file that holds "Upgrade" (manifests/components/oauth2-proxy); nginx does it by proxy_set_header.',
    },
    {
      id: "forged-proof",
      what: "proofs of identity that it made itself",
      attacks: proofs.flatMap(({ name, value }) => [
        ...carriers.map((carrier) => ({
          name: `${name}, in ${carrier}`,
          headers: [claim(useridHeader), carried(carrier, value)],
        })),
        { name: `${name}, alone`, headers: [carried(proofHeader, value)] },
      ]),
      advice:
        "Set AUTH_MODE=header+jwt with the issuer and audience of your provider, so that the app checks proofs itself; let no proxy before it accept bearer tokens by another issuer.",
    },
  ];
}

function unique(names: readonly string[]): string[] {
  const seen = new Map(names.map((name) => [name, name]));
  return [...seen.keys()];
}
