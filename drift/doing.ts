import type { Finding, Repair } from "./finding";

/** What mending a finding does, as somebody at work says it: the finding's own words read as a fault. */
export function doing(
  { object, what, expected, found }: Pick<Finding, "object" | "what" | "expected" | "found">,
  repair: Repair,
): string {
  switch (repair.do) {
    case "start":
    case "restart":
      return `${repair.do}ing ${object}, which was ${what}`;
    case "unpause":
      return `unpausing ${object}`;
    case "update":
      return `setting the ${what} of ${object} back to ${expected}`;
    case "rename":
      return `renaming ${found} back to ${repair.name}`;
    case "connect":
      return `connecting ${object} to the network ${repair.network} anew`;
    case "disconnect":
      return `taking ${object} off the network ${repair.network}`;
    case "tag":
      return `giving the name ${repair.reference} back to its image`;
    case "refill":
    case "exchange":
      return `writing the files of ${object} anew`;
    case "grant":
      return `giving the database user ${repair.user.name} its password and its rights anew`;
    case "network":
      return `making the network ${object} anew`;
    case "rebuild":
      return `making the container of ${repair.service} anew`;
  }
}
