import type { MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { ConversationState, PendingMessage } from "./conversation-state.ts";

/** One message on the path the reader sees. */
export interface PathNode {
  readonly message: Message;
  readonly pending: PendingMessage | undefined;
  /** The key under which `choose` remembers a version of this message. */
  readonly group: string;
  /** All versions, itself among them, oldest first. */
  readonly siblings: readonly MessageId[];
}

/** One way through the tree of messages, from the oldest loaded to a leaf. */
export type Path = readonly PathNode[];

type Tree = Pick<ConversationState, "messages" | "pending" | "queued" | "chosen">;

/**
 * The path on screen: at every fork the version the reader chose, else the one below which
 * something was written last. Linear in what is loaded, so remember it while the tree stays.
 */
export function selectPath({ messages, pending, queued, chosen }: Tree): Path {
  const mine = new Map(pending.map((item) => [item.messageId, item]));
  const nodes = [...inOrder([...messages.values()]), ...pending.map(asMessage)];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const groups = new Map<string, Message[]>();
  for (const node of nodes) {
    const group = groupOf(node);
    const others = groups.get(group);
    if (others) others.push(node);
    else groups.set(group, [node]);
  }
  const newest = newestBelow(nodes, byId);
  const pick = (group: string): Message | undefined => {
    const versions = groups.get(group) ?? [];
    const choice = chosen.get(group);
    return versions.find(({ id }) => id === choice) ?? maxBy(versions, newest);
  };

  // A page may begin in the middle of the tree: its tops are whatever has no loaded parent.
  const tops = nodes.filter(({ parentId }) => parentId === null || !byId.has(parentId));
  const top = maxBy(tops, newest);
  const path: PathNode[] = [];
  for (let message = top && pick(groupOf(top)); message !== undefined; message = pick(message.id)) {
    const group = groupOf(message);
    path.push({
      message,
      pending: mine.get(message.id),
      group,
      siblings: (groups.get(group) ?? []).map(({ id }) => id),
    });
  }
  for (const item of queued) {
    const { messageId } = item;
    const group = `queued:${messageId}`;
    path.push({ message: asMessage(item), pending: item, group, siblings: [messageId] });
  }
  return path;
}

/** `selectPath`, remembered for as long as the tree is the same one. */
export function rememberPath(): (tree: Tree) => Path {
  let last: Tree | undefined;
  let path: Path = [];
  return (tree) => {
    const same =
      last?.messages === tree.messages &&
      last.pending === tree.pending &&
      last.queued === tree.queued &&
      last.chosen === tree.chosen;
    if (!same) path = selectPath(tree);
    last = tree;
    return path;
  };
}

function groupOf(message: Message): string {
  return message.parentId ?? "root";
}

function asMessage(item: PendingMessage): Message {
  return {
    id: item.messageId,
    parentId: item.under,
    role: "user",
    content: item.content,
    createdAt: item.createdAt,
    status: "done",
    metadata: {},
  };
}

/** By birth; the history's own order is by end, so that two answers at once may have swapped. */
function inOrder(messages: Message[]): Message[] {
  return messages
    .map((message, index) => ({ message, index, at: Date.parse(message.createdAt) || 0 }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ message }) => message);
}

/** For each message the rank of the newest at or below it. */
function newestBelow(
  nodes: readonly Message[],
  byId: ReadonlyMap<MessageId, Message>,
): Map<MessageId, number> {
  const newest = new Map<MessageId, number>();
  for (let rank = nodes.length - 1; rank >= 0; rank -= 1) {
    let node = nodes[rank];
    // Ranks fall, so the first to come by is the newest: each message is passed once.
    while (node && !newest.has(node.id)) {
      newest.set(node.id, rank);
      node = node.parentId === null ? undefined : byId.get(node.parentId);
    }
  }
  return newest;
}

function maxBy(
  versions: readonly Message[],
  rank: ReadonlyMap<MessageId, number>,
): Message | undefined {
  let best: Message | undefined;
  for (const version of versions) {
    if (!best || (rank.get(version.id) ?? 0) >= (rank.get(best.id) ?? 0)) best = version;
  }
  return best;
}
