/** What a thorough answer is made of, in turn; `n` makes each one new. */
function part(n: number): string {
  return `## Part ${n}: how the queue behaves

A queue that is **never empty** has no idle workers, and a queue that is *always empty* has too many of
them; between the two lies the load at which the wait doubles. See [the notes](https://example.org/${n})
and \`queue.depth(${n})\`, which says how many wait.

1. Measure the arrivals of an hour, not of a day.
2. Take the slowest tenth, for they decide what people remember:
   - those that came while a worker was replaced,
   - those behind one very long answer.
3. Compare with the hour before.

\`\`\`ts
export function depthOf(queue: Queue, at = ${n}): number {
  const waiting = queue.entries.filter(({ state }) => state === "waiting");
  // Those that nobody waits for any more are not counted.
  return waiting.filter((entry) => entry.readers > 0).length + at;
}
\`\`\`

| Load | Wait | Slowest tenth |
|-----:|-----:|---------------|
| ${n} % | 12 ms | 40 ms |
| 70 % | 31 ms | 160 ms |
| 95 % | 402 ms | 2,100 ms |

The mean wait is $W = \\frac{\\rho}{\\mu(1-\\rho)}$, so that at ninety percent it is ten times the work itself.

> What is measured on a quiet machine is a promise that a busy one does not keep.

- [x] Arrivals are counted
- [ ] Departures are counted, too

`;
}

/** A Markdown answer of `lines` lines with everything in it that answers have. */
export function longAnswer(lines: number): string {
  const all: string[] = [];
  for (let n = 1; all.length < lines; n += 1) all.push(...part(n).split("\n").slice(0, -1));
  return `${all.slice(0, lines).join("\n")}\n`;
}

/** A text in pieces about as long as a model's tokens are. */
export function tokensOf(text: string): string[] {
  return text.match(/\s?[^\s]{1,5}|\s+/g) ?? [];
}
