import { docker } from "./docker";

/** A container that was started. */
export interface Start {
  id: string;
  name: string;
}

/**
 * Tells of each start of a container that the filter finds, until it is aborted; also of those of the last seconds, so
 * that none is missed between a look at the containers and this.
 * @param filter as docker commands take it, for example `label=team=a`.
 */
export async function watchStarts(
  filter: string,
  onStart: (start: Start) => void,
  signal: AbortSignal,
): Promise<void> {
  const filters = ["type=container", "event=start", filter];
  const since = String(Math.floor(Date.now() / 1000) - lookBackSeconds);
  const format = "{{.Actor.ID}} {{.Actor.Attributes.name}}";
  const args = ["events", "--since", since, "--format", format, ...filters.flatMap((f) => ["--filter", f])];
  await docker(args, {
    endless: true,
    signal,
    onLine: (line) => {
      const [id = "", name = ""] = line.split(" ");
      onStart({ id, name });
    },
  });
}

const lookBackSeconds = 5;
