import { cluster } from "./small/cluster.part";
import { takenDown } from "./small/destroy.part";
import { driftOfTheState } from "./small/drift-state.part";
import { firstUpdate } from "./small/first-update.part";
import { inUse } from "./small/in-use.part";
import { logsAndShells } from "./small/logs.part";
import { previewed } from "./small/preview.part";
import { reach } from "./small/reach.part";
import { recovery } from "./small/recovery.part";
import { restarts } from "./small/restart.part";
import { mcpServers } from "./small/servers.part";
import { small } from "./small/stack";
import { states } from "./small/states.part";
import { status } from "./small/status.part";
import { twoClusters } from "./small/two-clusters.part";
import { onSharedStack } from "./support/shared-stack";

onSharedStack(small, [
  firstUpdate,
  cluster,
  mcpServers,
  twoClusters,
  status,
  logsAndShells,
  reach,
  restarts,
  driftOfTheState,
  previewed,
  inUse,
  states,
  recovery,
  takenDown,
]);
