import type { Client } from "@modelcontextprotocol/client";
import type { Era } from "../../host/test/program";
import type { BrowserContainer } from "./container";

/** A tool's answer: all its texts, its image's bytes if it has one, and whether it is an error. */
export interface Answer {
  text: string;
  image?: Buffer;
  isError: boolean;
}

/** A session of a client, in either protocol era: it calls tools without naming its session. */
export class Driver {
  private constructor(
    private readonly client: Client,
    readonly session: string | undefined,
  ) {}

  static async open(container: BrowserContainer, era: Era): Promise<Driver> {
    const client = await container.client(era);
    if (era === "legacy") return new Driver(client, undefined);
    const { structuredContent } = await client.callTool({ name: "browser_open", arguments: {} });
    return new Driver(client, (structuredContent as { session: string }).session);
  }

  async call(tool: string, args: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Answer> {
    const session = this.session === undefined ? {} : { session: this.session };
    const result = await this.client.callTool(
      { name: `browser_${tool}`, arguments: { ...session, ...args } },
      signal === undefined ? {} : { signal },
    );
    const content = result.content as { text?: string; data?: string }[];
    const image = content.find(({ data }) => data !== undefined)?.data;
    return {
      text: content.map(({ text }) => text ?? "").join("\n"),
      ...(image === undefined ? {} : { image: Buffer.from(image, "base64") }),
      isError: result.isError === true,
    };
  }

  /** A call that is to succeed: its text. */
  async does(tool: string, args: Record<string, unknown> = {}): Promise<string> {
    const { text, isError } = await this.call(tool, args);
    if (isError) throw new Error(`${tool}: ${text}`);
    return text;
  }

  /** A call that is to fail: its text. */
  async fails(tool: string, args: Record<string, unknown> = {}): Promise<string> {
    const { text, isError } = await this.call(tool, args);
    if (!isError) throw new Error(`${tool} did not fail: ${text}`);
    return text;
  }

  /** Ends the session as its client would. */
  async end(): Promise<void> {
    if (this.session !== undefined) await this.does("close");
    else await (this.client.transport as { terminateSession?: () => Promise<void> }).terminateSession?.();
  }
}

/** The ref that a snapshot has for the element whose line has these words. */
export function ref(snapshot: string, words: string): string {
  const line = snapshot.split("\n").find((one) => one.includes(words));
  const found = /\[ref=(\w+)\]/.exec(line ?? "");
  if (!found?.[1]) throw new Error(`${words} has no ref in:\n${snapshot}`);
  return found[1];
}
