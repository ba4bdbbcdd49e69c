import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "../setup/step";

/** How a workflow tells its steps where they are. Source: GitHub's documentation of a workflow's variables. */
export interface GitHub {
  /** Base address of the REST API; GITHUB_API_URL. */
  url: string;
  /** `owner/name`; GITHUB_REPOSITORY. */
  repository: string;
  /** GITHUB_TOKEN; never shown. */
  token: string;
}

const attempts = 4;
const pageSize = 100;

/**
 * The repository that a workflow runs for.
 * @throws SetupError where the variables are missing.
 */
export function githubFromEnvironment(env = process.env): GitHub {
  const {
    GITHUB_API_URL: url = "https://api.github.com",
    GITHUB_REPOSITORY: repository,
    GITHUB_TOKEN: token,
  } = env;
  if (!repository || !token)
    throw new SetupError(
      "This command runs in a GitHub workflow: it needs GITHUB_REPOSITORY and, from the step's `env`, GITHUB_TOKEN.",
    );
  return { url, repository, token };
}

/** Every item of a list, over all its pages. */
export async function list<T>(github: GitHub, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; ; page += 1) {
    const query = `${path.includes("?") ? "&" : "?"}per_page=${pageSize}&page=${page}`;
    const found = (await call(github, "GET", `${path}${query}`)) as T[];
    items.push(...found);
    if (found.length < pageSize) return items;
  }
}

/**
 * One call of the REST API, below `/repos/OWNER/NAME`; repeated where GitHub is busy.
 * @throws SetupError with GitHub's words where it refuses.
 */
export async function call(github: GitHub, method: string, path: string, body?: unknown): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(`${github.url}/repos/${github.repository}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${github.token}`,
        "x-github-api-version": "2022-11-28",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer.status === 204 ? undefined : answer.json();
    const busy = answer.status >= 500 || answer.status === 429 || answer.headers.has("retry-after");
    if (!busy || attempt === attempts) {
      const { message } = (await answer.json().catch(() => ({}))) as { message?: string };
      throw new SetupError(
        `GitHub refused ${method} ${path} (${answer.status}): ${message ?? answer.statusText}`,
      );
    }
    await sleep(1000 * Number(answer.headers.get("retry-after") ?? 2 ** attempt));
  }
}
