import { formatNumber, formatTenths } from "../format.ts";
import { pluralIn } from "../plural.ts";

const plural = pluralIn("en");
const ordinal = pluralIn("en", "ordinal");

const REASONS = new Map([
  ["stop", "The model"],
  ["length", "The limit of tokens"],
  ["content_filter", "A content filter"],
]);

/** The words of a conversation itself, in English. `#` in a plural is its number. */
export const talk = {
  greeting: {
    morning: (name?: string) => (name ? `Good morning, ${name}.` : "Good morning."),
    afternoon: (name?: string) => (name ? `Good afternoon, ${name}.` : "Good afternoon."),
    evening: (name?: string) => (name ? `Good evening, ${name}.` : "Good evening."),
    question: "What would you like to work on?",
    /** Four real starts: what it is, more about it, and the words it begins with. */
    starters: [
      {
        title: "Summarise a document",
        hint: "Paste it, say for whom",
        prompt: "Summarise this for a busy colleague:\n\n",
      },
      {
        title: "Draft a message",
        hint: "To a customer, a colleague, a board",
        prompt: "Draft a message to ",
      },
      {
        title: "Explain this code",
        hint: "Line by line, or the idea of it",
        prompt: "Explain what this code does:\n\n",
      },
      {
        title: "Plan a week",
        hint: "From a list of what must be done",
        prompt: "Plan my week. What must be done:\n\n- ",
      },
    ],
    missing: "This conversation does not exist.",
    missingWhy: "It may have been deleted, or it belongs to someone else.",
    startNew: "Start a new one",
  },
  composer: {
    message: "Message",
    ask: "Ask anything",
    send: "Send",
    sendNext: "Send, to be answered next",
    stop: "Stop",
    stopHint: "Stop (Esc)",
    room: (used: number, most: number) => `${formatNumber(used)} / ${formatNumber(most)}`,
  },
  model: {
    model: "Model",
    /** Behind a model's name in the list. */
    starting: (name: string) => `${name} (starting)`,
    unavailable: (name: string) => `${name} (unavailable)`,
    isReady: (name: string) => `${name}: ready`,
    isStarting: (name: string) => `${name} is starting. The first answer may take a while.`,
    isUnavailable: (name: string) => `${name} cannot be reached right now.`,
    none: "No model is available right now.",
  },
  messages: {
    messages: "Messages",
    jumpToLatest: "Jump to latest",
    you: "You",
    edit: "Edit",
    editedText: "Edited text",
    tooLong: (most: number) => `Too long: at most ${formatNumber(most)}.`,
    versionsStay: "The answers below stay, as another version.",
    sending: "Sending…",
    notSent: "Not sent",
    notSentWhy: (why: string) => `Not sent. ${why}`,
    discard: "Discard",
    previousVersion: "Previous version",
    nextVersion: "Next version",
    version: (at: number, of: number) => `${formatNumber(at)} / ${formatNumber(of)}`,
    createFailed: "The conversation could not be created.",
  },
  answer: {
    regenerateWith: "Regenerate with another model",
    goodWhy: "What was good about it? (optional)",
    badWhy: "What went wrong? (optional)",
    note: "Note",
    noteTooLong: (most: number) => `Too long: at most ${formatNumber(most)} characters.`,
    rated: "Your rating is saved",
    unrated: "Your rating is taken back",
    rateFailed: "Your rating could not be saved.",
    assistant: "Assistant",
    regenerate: "Regenerate",
    continue: "Continue",
    retry: "Retry",
    details: "Details",
    good: "Good answer",
    bad: "Bad answer",
    thinking: "Thinking…",
    thoughts: "Thoughts",
    stopping: "Stopping…",
    stopped: "Stopped",
    stoppedEarly: "Stopped before it began",
    empty: "The model gave an empty answer",
    waits: "Begins when the answer above ends",
    continued: "continued after an interruption",
    failed: "Failed answer",
    generation: "Generation",
  },
  queue: {
    inLine: "In line",
    next: "Next in line",
    /** How many stand before it, itself counted: from 2 on. */
    place: (place: number) =>
      ordinal(place, {
        one: "#st in line",
        two: "#nd in line",
        few: "#rd in line",
        other: "#th in line",
      }),
    aboutSeconds: (place: string, seconds: number) => `${place}, about ${formatNumber(seconds)} s`,
    aboutMinutes: (place: string, minutes: number) =>
      `${place}, about ${formatNumber(minutes)} min`,
  },
  /** Why an answer failed, by the code of the failure. */
  failure: {
    overloaded: "The model server is too busy right now.",
    unavailable: "The model server cannot be reached.",
    incomplete: "The answer broke off.",
    timeout: "The model server stopped answering.",
    invalid_prompt: "The model cannot take this conversation; it may be too long for it.",
    poison: "This answer failed again and again, so it was given up.",
    unknown: "The answer failed.",
    /** After one of the above, where there is a text to keep. */
    kept: (why: string) => `${why} What it had written is kept.`,
  },
  /** Why a request was refused, by the problem's code. */
  problem: {
    invalid: "The server did not accept this.",
    unauthenticated: "You are signed out.",
    cross_origin: "This request came from another site.",
    not_found: "This does not exist any more.",
    too_large: "This is too large.",
    unsupported_media_type: "The server does not read this kind of file.",
    limited: "Too much at once. Wait a moment and try again.",
    unavailable: "The server cannot be reached right now.",
    internal: "Something went wrong on the server.",
  },
  details: {
    model: "Model",
    engine: "Engine",
    speed: "Speed",
    firstToken: "First token",
    inLine: "In line",
    inAll: "In all",
    tokens: "Tokens",
    prompt: "Prompt",
    endedBy: "Ended by",
    continued: "Continued",
    generation: "Generation",
    tokensPerSecond: (tokens: number) =>
      `${tokens < 10 ? formatTenths(tokens) : formatNumber(Math.round(tokens))} tokens/s`,
    written: (tokens: number) => plural(tokens, { one: "# written", other: "# written" }),
    promptTokens: (tokens: number) => plural(tokens, { one: "# token", other: "# tokens" }),
    times: (count: number) =>
      plural(count, {
        one: "once, after an interruption",
        other: "# times, after an interruption",
      }),
    milliseconds: (ms: number) => `${formatNumber(Math.round(ms))} ms`,
    seconds: (seconds: number) => `${formatTenths(seconds)} s`,
    /** As engines name what ended an answer; what is not here is shown as it came. */
    reason: (reason: string) => REASONS.get(reason) ?? reason,
  },
  markdown: {
    wrapLines: "Wrap lines",
    footnote: (label: string) => `Footnote ${label}`,
    backToText: (label: string) => `Back to the text from footnote ${label}`,
    copyCode: "Copy code",
    plainText: "text",
    table: "Table",
    done: "Done",
    toDo: "To do",
    image: "Image",
    opens: (host: string) => `Opens ${host} in a new tab`,
  },
  settings: {
    title: "Chat settings",
    intro: "For this conversation, from the next answer on.",
    introNew: "For the chat you are about to begin.",
    systemPrompt: "System prompt",
    systemPromptHint:
      "What the model should know, and how it should behave, before anything you write.",
    systemPromptExample: "You are a patient tutor. Answer in short steps.",
    temperature: "Temperature",
    temperatureHint: "Lower is steadier, higher more varied.",
    topP: "Top-p",
    topPHint: "Chooses among the likeliest words only, up to this share.",
    maxTokens: "Max tokens",
    maxTokensHint: "The answer ends after this many of the model's tokens.",
    stop: "Stop strings",
    stopHint:
      "The answer ends before any of these: one a line, at most 4. \\n stands for a line break.",
    seed: "Seed",
    seedHint: "The same seed gives much the same answer again, where the model can.",
    presencePenalty: "Presence penalty",
    presencePenaltyHint: "Above 0 the model moves on to new subjects sooner.",
    frequencyPenalty: "Frequency penalty",
    frequencyPenaltyHint: "Above 0 the model repeats the same words less.",
    default: "Default",
    reset: (name: string) => `Reset ${name}`,
    resetAll: "Reset all",
    between: (from: number, to: number) =>
      `A number from ${formatNumber(from)} to ${formatNumber(to)}.`,
    wholeBetween: (from: number, to: number) =>
      `A whole number from ${formatNumber(from)} to ${formatNumber(to)}.`,
    aboveZero: (to: number) => `A number above 0, at most ${formatNumber(to)}.`,
    stopInvalid: "At most 4 lines of 100 characters.",
    promptTooLong: (used: number, most: number) =>
      `Too long: ${formatNumber(used)} of ${formatNumber(most)} characters.`,
    saving: "Saving…",
    saved: "Saved",
    kept: "Kept for the new chat",
    notSaved: (why: string) => `Not saved. ${why}`,
  },
  followUp: {
    ask: "Ask a follow-up",
    queued: "Queued: sent when the answer above ends",
    failed: "Not sent: the answer above failed",
    stopped: "Not sent: the answer above was stopped",
    notSentYet: "It has not been sent yet.",
    remove: "Remove",
    sendNow: "Send now",
  },
};
