import { measureStreams, type StreamsResult } from "./streams.ts";
import { figure, type Row } from "./table.ts";

/** Longer than any run: the streams are under way all the time. */
const ENDLESS = 100_000;
/** A usual answer: 7 seconds at 30 tokens a second. */
const ANSWER = 200;

/** What a model server's step gives tokens to at once; TGI admits 128 streams where nobody says. */
const BATCH = 100;

interface Pair {
  readonly app: StreamsResult;
  readonly pipe: StreamsResult;
  /** Not measured for whole answers. */
  readonly lean: StreamsResult | undefined;
}

async function measureAll(streams: number, tokens: number, seconds: number): Promise<Pair> {
  const common = { streams, tokens, seconds, batch: BATCH };
  const pipe = await measureStreams({ ...common, target: "pipe", reader: "fetch" });
  const app = await measureStreams({ ...common, target: "app" });
  const lean =
    tokens === ENDLESS
      ? await measureStreams({ ...common, target: "pipe", reader: "http" })
      : undefined;
  return { app, pipe, lean };
}

function parts({ parts: by }: StreamsResult): string {
  return Object.entries(by)
    .map(([name, us]) => `${name} ${figure(us)}`)
    .join(" + ");
}

function cpuRow(what: string, streams: number, { app, pipe, lean }: Pair, limit: number): Row {
  const ratio = app.cpuUs / pipe.cpuUs;
  const wrong = app.wrong > 0 ? `, ${app.wrong} WRONG` : "";
  return {
    budget: `CPU per token, ${what}, ${streams} streams`,
    measured: `${figure(app.cpuUs)} µs (${parts(app)}; ${figure(app.tokens / app.frames)} tokens a frame${wrong})`,
    base: `${figure(pipe.cpuUs)} µs pipe with \`fetch\`${lean ? `, ${figure(lean.cpuUs)} µs with \`node:http\`` : ""}`,
    ratio: figure(ratio) + (lean ? ` (${figure(app.cpuUs / lean.cpuUs)})` : ""),
    limit: `≤ ${limit} ×`,
    kept: ratio <= limit && app.wrong === 0,
  };
}

/** CPU, delay and throughput of tokens, each against the bare pipe. */
export async function measureTokens(seconds: number): Promise<Row[]> {
  const rows: Row[] = [];
  const direct = await measureStreams({
    ...{ target: "direct", streams: 200, tokens: ENDLESS, seconds, batch: BATCH },
  });
  for (const streams of [200, 600]) {
    const pair = await measureAll(streams, ENDLESS, seconds);
    rows.push(cpuRow("while streaming", streams, pair, 1.5));
    if (streams === 200) {
      for (const share of ["p50", "p99"] as const) {
        const app = pair.app[share] - direct[share];
        const pipe = pair.pipe[share] - direct[share];
        const lean = (pair.lean?.[share] ?? 0) - direct[share];
        rows.push({
          budget: `Added delay per token, ${streams} streams, ${share}`,
          measured: `${figure(app)} ms`,
          base: `${figure(pipe)} ms pipe with \`fetch\`, ${figure(lean)} ms with \`node:http\` (read directly: ${figure(direct[share])} ms)`,
          ratio: `${figure(app / pipe)} (${figure(app / lean)})`,
          limit: "≤ 2 ×",
          kept: app <= 2 * pipe,
        });
      }
    } else {
      const { kept, p50, p99, started } = pair.app;
      rows.push({
        budget: `${streams} streams of 30 tokens/s kept in full`,
        measured: `${figure(kept * 100)} % on time, ${started} started, lag p50 ${figure(p50)} ms, p99 ${figure(p99)} ms`,
        base: `pipe ${figure(pair.pipe.kept * 100)} %, lag p99 ${figure(pair.pipe.p99)} ms`,
        ratio: "",
        limit: "≥ 600",
        kept: kept > 0.99 && p99 < 1_000 && started >= streams,
      });
    }
    const whole = await measureAll(streams, ANSWER, Math.max(seconds, 7));
    rows.push(cpuRow(`whole answers of ${ANSWER} tokens`, streams, whole, 2.5));
  }
  return rows;
}

/** Streams whose tokens come one by one: what the windows cost where nothing comes together. */
export async function measureSpread(seconds: number): Promise<Row[]> {
  const common = { streams: 200, tokens: ENDLESS, seconds, batch: 1 };
  const pipe = await measureStreams({ ...common, target: "pipe", reader: "fetch" });
  const app = await measureStreams({ ...common, target: "app" });
  return [
    {
      budget: "200 streams, each token at a time of its own",
      measured: `${figure(app.cpuUs)} µs, lag p50 ${figure(app.p50)} ms, p99 ${figure(app.p99)} ms`,
      base: `${figure(pipe.cpuUs)} µs, lag p50 ${figure(pipe.p50)} ms, p99 ${figure(pipe.p99)} ms`,
      ratio: figure(app.cpuUs / pipe.cpuUs),
      limit: "told",
    },
  ];
}
