import { readFileSync, statSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Handler } from "hono";
import type { Authenticated } from "./context.ts";

interface IndexPage {
  readonly modifiedMs: number;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly br: Uint8Array<ArrayBuffer>;
}

/**
 * Answers with the built page under the deployment's name. It is made once, and again where the file
 * was built anew. The language is chosen by the page's first script, which knows what a reader chose.
 */
export function indexPage(file: string, name: string): Handler<Authenticated> {
  let made: IndexPage | undefined;
  function current(): IndexPage {
    const modifiedMs = statSync(file).mtimeMs;
    if (made?.modifiedMs !== modifiedMs) {
      const plain = new TextEncoder().encode(named(readFileSync(file, "utf8"), name));
      const [gzip, br] = [gzipSync(plain, { level: 9 }), brotliCompressSync(plain)];
      made = { modifiedMs, plain, gzip: new Uint8Array(gzip), br: new Uint8Array(br) };
    }
    return made;
  }
  return (c) => {
    const page = current();
    const accepted = c.req.header("accept-encoding") ?? "";
    const encoding = /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : "plain";
    return c.body(page[encoding], 200, {
      "Content-Type": "text/html; charset=utf-8",
      Vary: "Accept-Encoding",
      ...(encoding !== "plain" && { "Content-Encoding": encoding }),
    });
  };
}

function named(html: string, name: string): string {
  const escaped = name.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return html
    .replace(/<title>[^<]*<\/title>/, () => `<title>${escaped}</title>`)
    .replaceAll(
      /(<meta name="(?:application-name|apple-mobile-web-app-title)" content=")[^"]*/g,
      (_, head: string) => `${head}${escaped}`,
    );
}
