import { onSharedStack } from "./support/shared-stack";
import { alerts } from "./whole/alerts.part";
import { benchmark } from "./whole/cis.part";
import { devcontainer } from "./whole/devcontainer.part";
import { editor } from "./whole/editor.part";
import { monitoring } from "./whole/monitoring.part";
import { whole } from "./whole/stack";

onSharedStack(whole, [editor, devcontainer, benchmark, monitoring, alerts]);
