import type { ConversationId, GenerationId, MessageId } from "../../../src/protocol/ids.ts";
import type { FeedbackChange, Message } from "../../../src/protocol/message.ts";

/** Everything a reader can ask of the page. */
export type Action =
  | { readonly type: "send"; readonly text: string }
  | { readonly type: "stop" }
  | { readonly type: "edit"; readonly message: Message; readonly text: string }
  | {
      readonly type: "regenerate";
      readonly parentId: MessageId;
      /** The answer whose text it goes on from. */
      readonly from?: GenerationId;
      /** Another model than the conversation's. */
      readonly model?: string;
    }
  | { readonly type: "rate"; readonly message: Message; readonly change: FeedbackChange }
  | { readonly type: "choose"; readonly group: string; readonly id: MessageId }
  | { readonly type: "retry"; readonly id: MessageId }
  | { readonly type: "discard"; readonly id: MessageId }
  | { readonly type: "edit-last" }
  | { readonly type: "reword"; readonly id: MessageId; readonly text: string }
  | { readonly type: "rewording"; readonly id: MessageId; readonly on: boolean }
  | { readonly type: "unqueue"; readonly id: MessageId }
  | { readonly type: "send-now" }
  | { readonly type: "load-older" }
  | { readonly type: "pick-model"; readonly id: string }
  | { readonly type: "new-chat" }
  | { readonly type: "suggest"; readonly text: string }
  | { readonly type: "rename"; readonly id: ConversationId; readonly title: string }
  | { readonly type: "pin"; readonly id: ConversationId; readonly pinned: boolean }
  | { readonly type: "delete"; readonly id: ConversationId }
  | { readonly type: "restore"; readonly id: ConversationId }
  | { readonly type: "share"; readonly id: ConversationId }
  | { readonly type: "export"; readonly id: ConversationId }
  | { readonly type: "search-again" }
  | { readonly type: "load-more" }
  | { readonly type: "reload-list" }
  | { readonly type: "toggle-sidebar" }
  | { readonly type: "close-drawer" }
  | { readonly type: "chat-settings" }
  | { readonly type: "dismiss-demo" }
  | { readonly type: "dismiss-notice" }
  | { readonly type: "try-now" }
  | { readonly type: "sign-out" }
  | { readonly type: "show-shortcuts" }
  | { readonly type: "announce"; readonly words: string };

/** Tells `<chat-app>` what the reader asked for. */
export class ActionEvent extends Event {
  static readonly type = "chat-action";
  readonly action: Action;

  constructor(action: Action) {
    super(ActionEvent.type, { bubbles: true, composed: true });
    this.action = action;
  }
}

/** Asks for an action from wherever `element` is in the page. */
export function act(element: HTMLElement, action: Action): void {
  element.dispatchEvent(new ActionEvent(action));
}

declare global {
  interface HTMLElementEventMap {
    "chat-action": ActionEvent;
  }
}
