import { onSharedStack } from "./support/shared-stack";
import { shipped } from "./support/tekup";
import { access } from "./tekup/access.part";
import { alerts } from "./tekup/alerts.part";
import { logs } from "./tekup/logs.part";
import { metrics } from "./tekup/metrics.part";
import { takenDown } from "./tekup/taken-down.part";
import { traces } from "./tekup/traces.part";
import { work } from "./tekup/work.part";

const most = 200;
const gateway = { callsPerToolPerMinute: most };

describe("prod", () =>
  onSharedStack(shipped("prod", { gateway }), [
    work,
    access(most),
    traces,
    metrics,
    logs,
    alerts,
    takenDown(),
  ]));
