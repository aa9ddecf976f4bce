import { storage } from "./storage.ts";

type DeviceStorage = typeof storage;

/** What is kept for one person; someone else who signs in on this device finds nothing of it. */
export interface OwnStorage extends DeviceStorage {
  /** Whose page this is, as far as that is known: before anyone is signed in, who was last. */
  owner(): string | undefined;
  /**
   * Someone is signed in. Where this page, or what it was to begin with, is another's: all of theirs
   * is forgotten, this page keeps nothing any more, and has to begin anew.
   */
  claim(userId: string): "own" | "others";
  /** Whether nobody else has signed in since, in any tab. */
  isOwn(): boolean;
  /** The person leaves this device: nothing of theirs stays, and nothing is kept until they are back. */
  forget(): void;
}

const OWNER = "user";
/** Of the device, whoever uses it, and needed before one knows who does. All else is a person's. */
const OF_DEVICE: readonly string[] = [
  OWNER,
  "theme",
  "language",
  "accent",
  "sidebar-hidden",
  "single-keys-off",
];

/** One for each page: what a page has read as one person's it never writes as another's. */
export function createOwnStorage(device: DeviceStorage): OwnStorage {
  let own: string | undefined;
  let left = false;
  const owner = () => {
    own ??= device.read(OWNER);
    return own;
  };
  // Who emptied the storage has taken nothing over.
  const isOwn = () => (device.read(OWNER) ?? owner()) === owner();
  const forget = () => {
    for (const key of device.keys("")) {
      if (!OF_DEVICE.includes(key)) device.write(key, undefined);
    }
    device.write(OWNER, undefined);
  };
  const handOver = (userId: string) => {
    // A storage that is full must at least not keep the name of the one before.
    forget();
    device.write(OWNER, userId);
  };

  return {
    owner,
    isOwn,
    claim(userId) {
      const before = owner();
      const stored = device.read(OWNER);
      if (stored === undefined) device.write(OWNER, userId);
      else if (stored !== userId) handOver(userId);
      if (before !== undefined && before !== userId) return "others";
      own = userId;
      left = false;
      return "own";
    },
    forget() {
      owner();
      left = true;
      forget();
    },
    read: (key) => (isOwn() && !left ? device.read(key) : undefined),
    write(key, value) {
      if (isOwn() && !left) device.write(key, value);
    },
    keys: (start) => (isOwn() && !left ? device.keys(start) : []),
  };
}

/** Of this page. */
export const ownStorage = createOwnStorage(storage);

/** Tells when someone else has signed in in another tab, or since the reader left this page. */
export function whenOthers(tell: () => void): void {
  const look = () => {
    if (!ownStorage.isOwn()) tell();
  };
  addEventListener("storage", look);
  addEventListener("pageshow", look);
}
