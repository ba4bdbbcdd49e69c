import { call, type GitHub, list } from "./api";

/** An issue, as far as it is read here; GitHub lists pull requests among them. */
interface Issue {
  number: number;
  body?: string | null;
  pull_request?: unknown;
}

/** What an issue about something that comes and goes is to say; no body means that it is gone. */
export interface Standing {
  /** Hidden text at the body's beginning, by which the issue is found again. */
  marker: string;
  title: string;
  body?: string;
  /** What is said when the issue is closed. */
  over: string;
}

/** Keeps the one open issue about something true: opened when it comes, updated while it stays, closed when it is gone. */
export async function keepIssue(github: GitHub, { marker, title, body, over }: Standing): Promise<void> {
  const issues = await list<Issue>(github, "/issues?state=open");
  const ours = issues.find((issue) => !issue.pull_request && issue.body?.startsWith(marker));
  const text = body === undefined ? undefined : `${marker}\n${body}`;
  if (!ours) {
    if (text !== undefined) await call(github, "POST", "/issues", { title, body: text });
    return;
  }
  const issue = `/issues/${ours.number}`;
  if (text === undefined) {
    await call(github, "POST", `${issue}/comments`, { body: over });
    await call(github, "PATCH", issue, { state: "closed", state_reason: "completed" });
  } else if (ours.body !== text) await call(github, "PATCH", issue, { title, body: text });
}
