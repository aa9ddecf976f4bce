import {
  Conversation,
  ConversationChange,
  NewConversation,
  Parameters,
} from "../protocol/conversation.ts";
import { ChatEvent, UserEvent } from "../protocol/events.ts";
import { ExportedConversation } from "../protocol/export.ts";
import {
  ClientFrame,
  DeltaFrame,
  EventFrame,
  GenerationState,
  ServerFrame,
  SubscribedFrame,
} from "../protocol/frames.ts";
import { ConversationId, EventId, MessageId } from "../protocol/ids.ts";
import {
  FailureCode,
  Feedback,
  FeedbackChange,
  Message,
  MessageMetadata,
  Timing,
  Usage,
} from "../protocol/message.ts";
import { ErrorCode, Problem } from "../protocol/problem.ts";
import { NewGeneration, NewMessage, Submitted } from "../protocol/requests.ts";
import { SearchItem, SearchResults } from "../protocol/search.ts";
import { Branding, Model, Session, SignedOut, User } from "../protocol/session.ts";
import { NewShare, Share, SharedConversation, ShareId } from "../protocol/share.ts";
import { ConversationPage, DeleteReceipt } from "./conversations.ts";
import { GenerationReceipt } from "./generations.ts";
import { MessagePage } from "./messages.ts";
import { ModelList } from "./models.ts";
import type { Schema } from "./validate.ts";

/** Every schema that has a name in the OpenAPI document, with what it is. */
export const COMPONENTS: Readonly<Record<string, readonly [schema: Schema, description: string]>> =
  {
    Session: [Session, "Who is signed in, and what this deployment offers"],
    SignedOut: [SignedOut, "What is left to do after signing out"],
    Branding: [Branding, "How this deployment looks and speaks"],
    User: [User, "A person, as the proxy in front knows them"],
    Model: [Model, "A model a user may pick"],
    ModelList: [ModelList, "The models, the default first"],
    Conversation: [
      Conversation,
      'A conversation. Its title is `""` until someone or the model gives one',
    ],
    ConversationPage: [
      ConversationPage,
      "Conversations, newest first; `next` is the cursor of the older page",
    ],
    NewConversation: [NewConversation, "What a conversation may begin with"],
    ConversationChange: [ConversationChange, "What is absent stays; `null` clears a field"],
    DeleteReceipt: [DeleteReceipt, "What was removed"],
    Parameters: [
      Parameters,
      "How the model should answer; what is absent is the server's own default",
    ],
    Message: [Message, "A message; `parentId` makes a conversation a tree, `null` is a root"],
    MessagePage: [MessagePage, "Messages, oldest first; `next` is the cursor of the older page"],
    MessageMetadata: [MessageMetadata, "How an answer came to be"],
    Feedback: [Feedback, "What its reader thinks of an answer"],
    FeedbackChange: [FeedbackChange, "`rating: null` takes it back, and the note with it"],
    Usage: [Usage, "The model's tokens, as its server counted them"],
    Timing: [Timing, "Where the time went, in milliseconds"],
    NewMessage: [
      NewMessage,
      "Content is 1 to 32,000 UTF-16 units, without lone surrogates or null characters",
    ],
    Submitted: [Submitted, "The stored message and the id of its answer"],
    NewGeneration: [NewGeneration, "Another answer to the user message `parentId`"],
    GenerationReceipt: [
      GenerationReceipt,
      "A generation, by its id: the id of the answer's message",
    ],
    SearchResults: [SearchResults, "Titles first, then messages, newest conversation first"],
    SearchItem: [SearchItem, "A title, or a message where `message` is there"],
    NewShare: [NewShare, "Which path is shared"],
    Share: [Share, "A share as its owner sees it"],
    ShareId: [ShareId, "Names a share; nobody can guess it"],
    SharedConversation: [
      SharedConversation,
      "One path of a conversation as it was. Ids are its own; of metadata there is the model alone",
    ],
    ExportedConversation: [
      ExportedConversation,
      "A conversation as a file; names that are not known are passed over",
    ],
    FailureCode: [FailureCode, "Why a generation failed"],
    ErrorCode: [ErrorCode, "What a caller can act on"],
    Problem: [Problem, "An error (RFC 9457)"],
    ConversationId: [ConversationId, "A UUID, made by the server"],
    MessageId: [MessageId, "A UUID; a generation's id is the id of the message it writes"],
    EventId: [EventId, "A cursor in a conversation's event log; `0-0` is before the first event"],
    ChatEvent: [ChatEvent, "What happened in a conversation"],
    UserEvent: [UserEvent, "What changed in the caller's list of conversations"],
    GenerationState: [GenerationState, "An answer with its whole text so far"],
    SubscribedFrame: [SubscribedFrame, "The answer to a subscription"],
    EventFrame: [
      EventFrame,
      "An event of a subscribed conversation; without `id` where it is not logged",
    ],
    DeltaFrame: [
      DeltaFrame,
      "A piece of an answer, addressed by position in UTF-16 units. `fence < mine`: drop. `at > text.length`: a gap, subscribe again. `fence > mine`: `text = text.slice(0, at) + delta`, and the fence is adopted. Else append `delta.slice(text.length - at)`",
    ],
    ClientFrame: [ClientFrame, "What a client sends on a WebSocket"],
    ServerFrame: [ServerFrame, "What the server sends on a WebSocket"],
  };
