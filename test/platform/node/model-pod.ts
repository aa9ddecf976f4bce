import { answerTo, thoughtTo } from "../../chaos/corpus.ts";
import { createModelServer } from "../../model-server.ts";

// Stands in for TGI in a pod: takes its command line, and answers what the tests know.
const port = process.argv.map((word) => /^--port=(\d+)$/.exec(word)?.[1]).find(Boolean);
const isTitle = (question: string) => question.startsWith("Write a title");
const server = await createModelServer({
  host: "0.0.0.0",
  port: Number(port ?? 80),
  tokensPerSecond: 12,
  answer: ({ question }) => (isTitle(question) ? "A title" : answerTo(question)),
  reasoning: ({ question }) => (isTitle(question) ? "" : thoughtTo(question)),
  maxConcurrent: 1_000,
  maxTotalTokens: 32_768,
});
process.once("SIGTERM", () => void server.close().catch(() => undefined));
