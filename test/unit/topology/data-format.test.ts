import { recipeOf } from "../../../imaging/recipe";
import { upstreamImages } from "../../../imaging/reference";
import { mariadb, postgres } from "../../../topology/databases";

/** The versions of a database's images, one for each source. */
function versions(image: string): string[] {
  const { upstream = "", downloads = [] } = recipeOf(image);
  const built = downloads.flatMap((download) => {
    if (download.kind === "npm") return [download.version];
    return download.kind === "maven" ? [download.artifact.split(":").at(-1) ?? ""] : [];
  });
  return [upstreamImages[upstream]?.tag ?? "", ...built];
}

describe.each([postgres, mariadb])("the data format of $name", ({ image, dataFormat = "" }) => {
  it("is that of the release series that every source of its image has", () => {
    const series = dataFormat.split(" ").at(-1) ?? "";
    const found = versions(image);
    expect(found.length).toBeGreaterThan(1);
    expect(found.filter((version) => !version.startsWith(`${series}.`))).toEqual([]);
  });
});
