import * as pulumi from "@pulumi/pulumi";
import type { ImageRequest } from "../imaging";
import type { DatabaseAccess, DatabaseKind } from "../topology";

/** The resources of the project's own provider (provider/). Their type tokens are never changed without an alias. */

export interface ImageArgs {
  request: ImageRequest;
  /** What the image is, by content. */
  key: string;
  /** Name under which this stack holds the image, without the tag. */
  repository: string;
}

/** An image in the engine, held under a name of this stack's own. */
export class Image extends pulumi.CustomResource {
  /** The image's ID, `sha256:…`. */
  declare readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, options: pulumi.CustomResourceOptions) {
    super("mcpdocker:index:Image", name, { ...args, imageId: undefined }, options);
  }
}

export interface ReadyArgs {
  containerId: pulumi.Input<string>;
  /** Most processes and threads in the container. */
  pidsLimit: number;
  timeoutSeconds: number;
  /** Volumes with data, by where they are mounted, and the mark that says whose they are. */
  dataVolumes?: { paths: string[]; mark: pulumi.Input<string> };
}

/** A container that is healthy; what depends on it starts after that. */
export class Ready extends pulumi.CustomResource {
  constructor(name: string, args: ReadyArgs, options: pulumi.CustomResourceOptions) {
    super("mcpdocker:index:Ready", name, { ...args }, options);
  }
}

export interface ConfigVolumeArgs {
  /** The volume's name on the engine is this and a hash of the files. */
  namePrefix: string;
  /** Text by file name; a name may hold folders. */
  files: Record<string, string>;
  labels: Record<string, pulumi.Input<string>>;
  imageId: pulumi.Input<string>;
}

/** A volume that holds just these files, readable by everybody; never changed, only replaced. */
export class ConfigVolume extends pulumi.CustomResource {
  declare readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: ConfigVolumeArgs, options: pulumi.CustomResourceOptions) {
    super("mcpdocker:index:ConfigVolume", name, { ...args, volumeName: undefined }, options);
  }
}

export interface LiveConfigArgs {
  volumeName: string;
  /** Text by file name; a name may hold folders. */
  files: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Names of those that only this user, `UID:GID`, may read. */
  private?: { names: string[]; user: string };
  labels: Record<string, pulumi.Input<string>>;
  imageId: pulumi.Input<string>;
}

/** A volume whose folder `current` holds these files; a change exchanges them all in one step, beneath what runs. */
export class LiveConfig extends pulumi.CustomResource {
  declare readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: LiveConfigArgs, options: pulumi.CustomResourceOptions) {
    super("mcpdocker:index:LiveConfig", name, { ...args }, options);
  }
}

export interface DatabaseUserArgs {
  containerId: pulumi.Input<string>;
  kind: DatabaseKind;
  database: string;
  name: string;
  access: DatabaseAccess;
  /** See `DatabaseUserSpec`. */
  reach?: readonly string[];
  password: pulumi.Input<string>;
}

/** A user of a database server, with just the rights that its access names. */
export class DatabaseUser extends pulumi.CustomResource {
  constructor(name: string, args: DatabaseUserArgs, options: pulumi.CustomResourceOptions) {
    super("mcpdocker:index:DatabaseUser", name, { ...args }, options);
  }
}

/** A certificate and its key, as PEM. */
export interface Pair {
  certificate: pulumi.Input<string>;
  key: pulumi.Input<string>;
}

export interface AuthorityArgs {
  name: string;
  /** Another text has the next authority take over. */
  rotation: string;
}

/** A certificate authority of the stack's own. */
export class Authority extends pulumi.CustomResource {
  declare readonly certificate: pulumi.Output<string>;
  declare readonly key: pulumi.Output<string>;
  /** The certificates that whoever trusts this authority is given. */
  declare readonly bundle: pulumi.Output<string>;

  constructor(name: string, args: AuthorityArgs, options: pulumi.CustomResourceOptions) {
    const made = { certificate: undefined, key: undefined, next: undefined, bundle: undefined };
    super("mcpdocker:index:Authority", name, { ...args, ...made, notAfter: undefined }, secretly(options));
  }
}

export interface CertificateArgs {
  name: string;
  dnsNames: string[];
  usages: ("server" | "client")[];
  days: number;
  /** It is made anew by an update once it ends within so many days. */
  renewDays: number;
  issuer: pulumi.Input<Pair>;
}

/** A certificate from the stack's own authority. */
export class Certificate extends pulumi.CustomResource {
  declare readonly certificate: pulumi.Output<string>;
  declare readonly key: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, options: pulumi.CustomResourceOptions) {
    const made = { certificate: undefined, key: undefined, notAfter: undefined };
    super("mcpdocker:index:Certificate", name, { ...args, ...made }, secretly(options));
  }
}

function secretly(options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  return { ...options, additionalSecretOutputs: ["key", "next"] };
}
