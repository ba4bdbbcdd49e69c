import { call, type GitHub, list } from "./api";

/** A comment of an issue or a pull request, as far as it is read here. */
interface Comment {
  id: number;
  body?: string;
}

/** Writes the one comment that carries a marker: updates it in place, or makes it where there is none yet. */
export async function putComment(
  github: GitHub,
  number: number,
  marker: string,
  body: string,
): Promise<void> {
  const comments = await list<Comment>(github, `/issues/${number}/comments`);
  const ours = comments.find((comment) => comment.body?.startsWith(marker));
  if (ours?.body === body) return;
  if (ours) await call(github, "PATCH", `/issues/comments/${ours.id}`, { body });
  else await call(github, "POST", `/issues/${number}/comments`, { body });
}
