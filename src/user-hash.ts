import { createHmac, createSecretKey, randomBytes } from "node:crypto";

/**
 * What stands in the log for a user: 16 hexadecimal digits that only who has the key can make of an
 * id. Without a key they hold for the life of this process alone.
 */
export function createUserHash(key: string | undefined): (userId: string) => string {
  const secret = createSecretKey(key === undefined ? randomBytes(32) : Buffer.from(key));
  return (userId) => createHmac("sha256", secret).update(userId).digest("hex").slice(0, 16);
}
