/**
 * Tells zod, before it loads, not to compile parsers with `new Function`: a strict content security
 * policy forbids it, and reports even the attempt. Import this first.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
