import { configVariable } from "./environment";
import { variables } from "./schema-walk";

/** The files that a configuration is read from: its own, and those that variables name for their values. */
export function configurationFiles(environment: NodeJS.ProcessEnv): string[] {
  const named = [...variables().keys()]
    .filter((variable) => !environment[variable])
    .map((variable) => environment[`${variable}_FILE`]);
  return [environment[configVariable], ...named].filter((file): file is string => Boolean(file));
}
