import * as pulumi from "@pulumi/pulumi";
import { main } from "@pulumi/pulumi/provider";
import { authority } from "./authority";
import { certificate } from "./certificate";
import { configVolume } from "./config-volume";
import { databaseUser } from "./database-user";
import { image } from "./image";
import { liveConfig } from "./live-config";
import { endWithParent } from "./parent";
import { ready } from "./ready";
import type { Context, Properties, ResourceType } from "./resource";
import { openSecrets } from "./secrets";

/** What the stacks need and the Docker provider lacks, by the last part of the type token. */
const types: Record<string, ResourceType<never>> = {
  Image: image,
  ConfigVolume: configVolume,
  LiveConfig: liveConfig,
  Ready: ready,
  DatabaseUser: databaseUser,
  Authority: authority,
  Certificate: certificate,
};

const cancelled = new AbortController();
const context: Context = { signal: cancelled.signal, log: (line) => console.error(line) };

const provider: pulumi.provider.Provider = {
  version: "0.1.0",
  async diff(_id, urn, olds, news) {
    return typeOf(urn).diff(open(olds), open(news));
  },
  async create(urn, inputs) {
    const { id, outputs } = await typeOf(urn).create(open(inputs), context);
    return { id, outs: { ...(inputs as Properties), ...outputs } };
  },
  async update(_id, urn, olds, news) {
    return {
      outs: { ...(news as Properties), ...(await typeOf(urn).update(open(olds), open(news), context)) },
    };
  },
  async read(id, urn, state) {
    const found = await typeOf(urn).read(open(state));
    return found ? { id, props: { ...(state as Properties), ...found } } : { id: "", props: {} };
  },
  async delete(_id, urn, state) {
    await typeOf(urn).delete(open(state), context);
  },
  async cancel() {
    cancelled.abort(new Error("The update was cancelled."));
  },
};

function typeOf(urn: string): ResourceType<never> {
  const name = urn.split("::")[2]?.split(":").at(-1) ?? "";
  const type = types[name];
  if (!type) throw new Error(`This provider has no resource type "${name}".`);
  return type;
}

function open(properties: unknown): never {
  return openSecrets(properties as Properties) as never;
}

endWithParent(cancelled);
void main(provider, process.argv.slice(2));
