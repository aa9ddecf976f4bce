import * as z from "zod/mini";
import { createBreather } from "../domain/breather.ts";
import {
  ExportedConversation,
  ExportedMessage,
  MAX_EXPORTED_MESSAGES,
} from "../protocol/export.ts";
import { parse } from "./validate.ts";

/** What a file is around its messages. */
const Around = z.extend(ExportedConversation, {
  messages: z.array(z.unknown()).check(z.maxLength(MAX_EXPORTED_MESSAGES)),
});
/** What one message costs besides its text. */
const COST = 2_000;

/**
 * As `parse(ExportedConversation, value)`, but lets others have a turn: a file may hold thousands of
 * messages. @throws ChatError `invalid`.
 */
export async function readExport(value: unknown): Promise<ExportedConversation> {
  const { messages: unread, ...around } = parse(Around, value);
  const breathe = createBreather();
  const messages: ExportedMessage[] = [];
  for (const [at, item] of unread.entries()) {
    const message = parse(ExportedMessage, item, ["messages", at]);
    messages.push(message);
    await breathe(COST + message.content.length);
  }
  return { ...around, messages };
}
