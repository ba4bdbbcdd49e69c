/** A resource's properties as the engine hands them over, with secrets already opened. */
export type Properties = Record<string, unknown>;

/** What a resource type does; a shape that is smaller than Pulumi's own and enough for the types here. */
export interface ResourceType<Inputs> {
  /** Whether the real thing differs from the wish; `replaces` names the inputs that need a new one. */
  diff(olds: Inputs, news: Inputs): Promise<{ changes: boolean; replaces?: string[] }>;
  create(inputs: Inputs, context: Context): Promise<{ id: string; outputs: Properties }>;
  update(olds: Inputs, news: Inputs, context: Context): Promise<Properties>;
  /** The outputs as they are now, or undefined where the real thing is gone. */
  read(state: Inputs & Properties): Promise<Properties | undefined>;
  delete(state: Inputs & Properties, context: Context): Promise<void>;
}

export interface Context {
  /** Aborted when the user cancels the update. */
  signal: AbortSignal;
  /** A line of progress, shown by Pulumi while the update runs. */
  log: (line: string) => void;
}

/** The sentinel that stands for a value that is not known yet in a preview. Source: Pulumi's wire protocol. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Names of the inputs whose values differ. */
export function changedKeys(olds: Properties, news: Properties): string[] {
  return Object.keys(news).filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
}
