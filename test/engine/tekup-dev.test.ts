import { onSharedStack } from "./support/shared-stack";
import { shipped } from "./support/tekup";
import { access } from "./tekup/access.part";
import { docs, downAsDocumented } from "./tekup/docs.part";
import { reload, withSources } from "./tekup/reload.part";
import { takenDown } from "./tekup/taken-down.part";
import { work } from "./tekup/work.part";

const most = 200;
const gateway = { callsPerToolPerMinute: most };

describe("tekup-dev", () =>
  onSharedStack(shipped("tekup-dev", { gateway }, withSources), [
    docs,
    work,
    access(most),
    reload,
    takenDown(downAsDocumented),
  ]));
