/** Takes a place for something that stays open; the answer gives it back. Undefined where none is left. */
export type TakeSeat = (userId: string, address: string | undefined) => (() => void) | undefined;

/** Places in this process, bounded for each user and for each address that is known. */
export function createSeats(limits: {
  readonly perUser: number;
  readonly perAddress: number;
}): TakeSeat {
  const users = new Map<string, number>();
  const addresses = new Map<string, number>();

  return (userId, address) => {
    const isFull =
      (users.get(userId) ?? 0) >= limits.perUser ||
      (address !== undefined && (addresses.get(address) ?? 0) >= limits.perAddress);
    if (isFull) return undefined;
    add(users, userId, 1);
    if (address !== undefined) add(addresses, address, 1);
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      add(users, userId, -1);
      if (address !== undefined) add(addresses, address, -1);
    };
  };
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
