/** A question that was acknowledged. */
export interface Turn {
  readonly conversationId: string;
  readonly messageId: string;
  readonly generationId: string;
  readonly content: string;
}
