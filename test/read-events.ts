/** One server-sent event; `data` as JSON. */
export interface ReceivedEvent {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Reads the first `count` events of a stream, or all until it ends, then leaves it. */
export async function readEvents(
  response: Response,
  count = Number.POSITIVE_INFINITY,
): Promise<ReceivedEvent[]> {
  const events: ReceivedEvent[] = [];
  if (count === 0) return events;
  for await (const some of eventsIn(response)) {
    events.push(...some);
    if (events.length >= count) break;
  }
  return events;
}

/** The events of a stream as they arrive, those of one chunk together. */
export async function* eventsIn(response: Response): AsyncGenerator<readonly ReceivedEvent[]> {
  if (response.body === null) return;
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    yield blocks.map(parse).filter((event) => event !== undefined);
  }
}

function parse(block: string): ReceivedEvent | undefined {
  // By hand: a regular expression would take U+2028 in a text for the end of a line.
  const lines = block.split("\n");
  const field = (name: string) =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field("data");
  if (data === undefined) return undefined;
  return { event: field("event"), id: field("id"), data: JSON.parse(data) };
}
