import { pulumiEnvironment } from "../environment";

/** `eval "$(npm run --silent env)"`: the variables with which a plain `pulumi` works in this shell. */
export async function run(): Promise<number> {
  for (const [name, value] of Object.entries(await pulumiEnvironment())) {
    console.log(`export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`);
  }
  return 0;
}
