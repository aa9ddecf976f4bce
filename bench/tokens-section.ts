import { measureStreams, type StreamsResult } from "./streams.ts";
import { figure, quantile, type Row } from "./table.ts";

/** Longer than any run: the streams are under way all the time. */
const ENDLESS = 100_000;
/** A usual answer: 7 seconds at 30 tokens a second. */
const ANSWER = 200;

/** What a model server's step gives tokens to at once; TGI admits 128 streams where nobody says. */
const BATCH = 100;

/** What else the machine does meets app and pipe of one round alike, or not. */
const ROUNDS = 3;

interface Pair {
  readonly app: StreamsResult;
  readonly pipe: StreamsResult;
}

interface Pairs {
  /** The one with the median ratio of CPU. */
  readonly middle: Pair;
  readonly all: readonly Pair[];
  /** Not measured for whole answers. */
  readonly lean: StreamsResult | undefined;
}

const ratioOf = ({ app, pipe }: Pair) => app.cpuUs / pipe.cpuUs;

async function measureAll(streams: number, tokens: number, seconds: number): Promise<Pairs> {
  const common = { streams, tokens, seconds, batch: BATCH };
  const all: Pair[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const pipe = await measureStreams({ ...common, target: "pipe", reader: "fetch" });
    const app = await measureStreams({ ...common, target: "app" });
    all.push({ app, pipe });
  }
  const lean =
    tokens === ENDLESS
      ? await measureStreams({ ...common, target: "pipe", reader: "http" })
      : undefined;
  const sorted = all.toSorted((a, b) => ratioOf(a) - ratioOf(b));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error("nothing was measured");
  return { middle, all, lean };
}

/** `median (least to most)` of the rounds. */
function spread(values: readonly number[]): string {
  const [least, median, most] = [0, 0.5, 1].map((share) => figure(quantile(values, share)));
  return values.length === 1 ? `${median}` : `${median} (${least} to ${most})`;
}

function parts({ parts: by }: StreamsResult): string {
  return Object.entries(by)
    .map(([name, us]) => `${name} ${figure(us)}`)
    .join(" + ");
}

function cpuRow(what: string, streams: number, pairs: Pairs, limit: number): Row {
  const { app, pipe } = pairs.middle;
  const { lean } = pairs;
  const wrong = pairs.all.reduce((sum, pair) => sum + pair.app.wrong, 0);
  const ratios = pairs.all.map(ratioOf);
  return {
    budget: `CPU per token, ${what}, ${streams} streams`,
    measured: `${figure(app.cpuUs)} µs (${parts(app)}; ${figure(app.tokens / app.frames)} tokens a frame${wrong > 0 ? `, ${wrong} WRONG` : ""})`,
    base: `${figure(pipe.cpuUs)} µs pipe with \`fetch\`${lean ? `, ${figure(lean.cpuUs)} µs with \`node:http\`` : ""}`,
    ratio: spread(ratios),
    limit: `≤ ${limit} ×`,
    kept: quantile(ratios, 0.5) <= limit && wrong === 0,
  };
}

function delayRow(share: "p50" | "p99", streams: number, pairs: Pairs, direct: StreamsResult): Row {
  const added = (results: readonly StreamsResult[]) =>
    results.map((result) => result[share] - direct[share]);
  const apps = added(pairs.all.map(({ app }) => app));
  const pipes = added(pairs.all.map(({ pipe }) => pipe));
  const ratio = quantile(apps, 0.5) / quantile(pipes, 0.5);
  return {
    budget: `Added delay per token, ${streams} streams, ${share}`,
    measured: `${spread(apps)} ms`,
    base: `${spread(pipes)} ms pipe with \`fetch\` (read directly: ${figure(direct[share])} ms)`,
    ratio: figure(ratio),
    limit: "≤ 2 ×",
    kept: ratio <= 2,
  };
}

/** CPU, delay and throughput of tokens, each against the bare pipe. */
export async function measureTokens(seconds: number): Promise<Row[]> {
  const rows: Row[] = [];
  const direct = await measureStreams({
    ...{ target: "direct", streams: 200, tokens: ENDLESS, seconds, batch: BATCH },
  });
  for (const streams of [200, 600]) {
    const pairs = await measureAll(streams, ENDLESS, seconds);
    rows.push(cpuRow("while streaming", streams, pairs, 1.5));
    if (streams === 200) {
      rows.push(delayRow("p50", streams, pairs, direct), delayRow("p99", streams, pairs, direct));
    } else rows.push(keptRow(streams, pairs));
    const whole = await measureAll(streams, ANSWER, Math.max(seconds, 7));
    rows.push(cpuRow(`whole answers of ${ANSWER} tokens`, streams, whole, 2.5));
  }
  return rows;
}

function keptRow(streams: number, { all, middle }: Pairs): Row {
  const { started } = middle.app;
  const shares = all.map(({ app }) => app.kept * 100);
  const lags = all.map(({ app }) => app.p99);
  return {
    budget: `${streams} streams of 30 tokens/s kept in full`,
    measured: `${spread(shares)} % on time, ${started} started, lag p50 ${spread(all.map(({ app }) => app.p50))} ms, p99 ${spread(lags)} ms`,
    base: `pipe ${spread(all.map(({ pipe }) => pipe.kept * 100))} %, lag p99 ${spread(all.map(({ pipe }) => pipe.p99))} ms`,
    ratio: "",
    limit: "≥ 600",
    kept: quantile(shares, 0.5) > 99 && quantile(lags, 0.5) < 1_000 && started >= streams,
  };
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
