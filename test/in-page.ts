import type { Page } from "playwright-core";

// Scripts that run inside a page are text: the tests themselves know nothing of a DOM.

/** Whether the reader's keys go to the first element that `selector` names. */
export function hasFocus(page: Page, selector: string): Promise<boolean> {
  return page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`);
}

/** Inserts a text where the reader is, as a paste does. */
export async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(`document.execCommand("insertText", false, ${JSON.stringify(text)})`);
}

/** Everything that is kept on the device for when there is no network, as JSON. */
export function keptOnDevice(page: Page): Promise<string> {
  return page.evaluate(`new Promise((resolve) => {
    const opening = indexedDB.open("chatbot-kept");
    // Nothing has been kept: the database must not come to be by asking.
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = () => resolve("");
    opening.onsuccess = () => {
      const database = opening.result;
      const all = database.transaction("copies").objectStore("copies").getAll();
      all.onsuccess = () => {
        database.close();
        resolve(JSON.stringify(all.result));
      };
    };
  })`);
}

/** The addresses of everything in the browser's caches of this origin. */
export function cachedAddresses(page: Page): Promise<string[]> {
  return page.evaluate(`(async () => {
    const all = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) all.push(url);
    }
    return all;
  })()`);
}

/** The contrast of an element's colour and background, from 1 to 21. */
export function contrastOf(page: Page, selector: string): Promise<number> {
  return page.evaluate(`(() => {
    const style = getComputedStyle(document.querySelector(${JSON.stringify(selector)}));
    const canvas = document.createElement("canvas").getContext("2d");
    const luminance = (colour) => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) =>
        byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [low, high] = [luminance(style.color), luminance(style.backgroundColor)].sort(
      (a, b) => a - b,
    );
    return (high + 0.05) / (low + 0.05);
  })()`);
}
