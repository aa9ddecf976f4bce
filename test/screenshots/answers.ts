/** An answer with a bit of everything that Markdown has. */
export const richAnswer = `A retry that gives up too early loses the request; one that never gives up hammers a server that is already down. **Exponential backoff with jitter** sits between the two.[^1]

## How it works

1. Try once, and keep the error.
2. Wait a random time up to \`base * 2 ** attempt\`.
3. Stop after a fixed number of attempts.

\`\`\`ts
export async function retry<T>(work: () => Promise<T>, attempts = 5): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts - 1) throw error;
      const ceiling = Math.min(20_000, 250 * 2 ** attempt);
      await sleep(Math.random() * ceiling); // full jitter
    }
  }
}
\`\`\`

The expected wait before attempt $n$ is half its ceiling, so all of them together take

$$\\sum_{i=0}^{n-1} \\frac{b \\cdot 2^i}{2} = \\frac{b}{2}\\,(2^n - 1).$$

| Attempt | Ceiling | Expected wait |
|--------:|--------:|--------------:|
| 1 | 250 ms | 125 ms |
| 2 | 500 ms | 250 ms |
| 3 | 1 s | 500 ms |

> Jitter matters more than the exponent: without it, all clients come back at the same moment.

- [x] bounded attempts
- [x] full jitter
- [ ] a budget shared by all callers

See the [AWS article](https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/) for measurements.

[^1]: *Full* jitter draws from the whole interval, *equal* jitter from its upper half.
`;

/** The same in Arabic, shorter. */
export const arabicAnswer = `إعادة المحاولة التي تستسلم مبكرًا تُضيّع الطلب، والتي لا تستسلم أبدًا تُرهق خادمًا متوقفًا أصلًا. **التراجع الأسّي مع العشوائية** يقع بين الاثنين.

## كيف يعمل

1. حاول مرة واحدة واحتفظ بالخطأ.
2. انتظر مدة عشوائية لا تتجاوز \`base * 2 ** attempt\`.
3. توقف بعد عدد محدد من المحاولات.

\`\`\`ts
const ceiling = Math.min(20_000, 250 * 2 ** attempt);
await sleep(Math.random() * ceiling); // full jitter
\`\`\`

الانتظار المتوقع قبل المحاولة $n$ هو نصف الحد الأعلى:

$$\\sum_{i=0}^{n-1} \\frac{b \\cdot 2^i}{2} = \\frac{b}{2}\\,(2^n - 1)$$

| المحاولة | الحد الأعلى | المتوقع |
|--------:|--------:|--------------:|
| 1 | 250 ms | 125 ms |
| 2 | 500 ms | 250 ms |

> العشوائية أهم من الأسّ: من دونها يعود جميع العملاء في اللحظة نفسها.
`;
