import { onSharedStack } from "./support/shared-stack";
import { replaced } from "./tools/drift-replaced.part";
import { changedInPlace } from "./tools/drift.part";
import { kills } from "./tools/kills.part";
import { locks } from "./tools/locks.part";
import { repairs } from "./tools/repair.part";
import { tools } from "./tools/stack";

onSharedStack(tools, [changedInPlace, replaced, locks, repairs, kills]);
