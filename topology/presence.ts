import { forStack, setCommand } from "../config/errors";
import type { ImageSource } from "../imaging/types";
import { canBuild } from "../imaging/recipe";
import type { ServiceTemplate } from "./service";
import type { AbsentService } from "./types";

/** Parts the services whose images can be had from the source from those whose can't. */
export function withoutAbsent(templates: readonly ServiceTemplate[], source: ImageSource, stack: string) {
  const canBeHad = ({ image }: ServiceTemplate) => source === "registry" || canBuild(image);
  return {
    present: templates.filter(canBeHad),
    absent: templates
      .filter((template) => !canBeHad(template))
      .map(({ name, image }): AbsentService => ({
        name,
        why:
          `the image "${image}" can't be made from packages, and the image source is "build"; ` +
          `where a registry can be reached, run: ${forStack(setCommand("mcp:imageSource", "registry"), stack)}`,
      })),
  };
}
