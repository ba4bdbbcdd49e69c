import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretSpec } from "../topology";

/** The stack's passwords by name, always secret. */
export type Secrets = ReadonlyMap<string, pulumi.Output<string>>;

/** Makes the passwords that are generated, and reads those that settings give. */
export function stackSecrets(specs: SecretSpec[], options: pulumi.CustomResourceOptions): Secrets {
  return new Map(specs.map((spec) => [spec.name, password(spec, options)]));
}

/** A secret by its name. @throws Error where the topology lacks it: a mistake in the project's own tables. */
export function secretCalled(secrets: Secrets, name: string, by: string): pulumi.Output<string> {
  const found = secrets.get(name);
  if (!found) throw new Error(`"${by}" needs the secret "${name}", which the topology lacks.`);
  return found;
}

/** What a setting gives, or, where that is a map, what is at a path in it. */
function given(key: string, path: readonly string[]): pulumi.Output<string> {
  const config = new pulumi.Config();
  if (path.length === 0) return config.requireSecret(key);
  return config
    .requireSecretObject<unknown>(key)
    .apply(
      (all) => path.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], all) as string,
    );
}

function password(
  { name, source }: SecretSpec,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (source.kind === "setting") return given(source.key, source.path ?? []);
  // Without special characters, as it also travels in connection strings.
  return new random.RandomPassword(name, { length: 32, special: false }, options).result;
}
