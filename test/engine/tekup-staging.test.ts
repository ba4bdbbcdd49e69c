import { onSharedStack } from "./support/shared-stack";
import { shipped } from "./support/tekup";
import { access } from "./tekup/access.part";
import { certificates, endingCertificates } from "./tekup/certificates.part";
import { gateway } from "./tekup/gateway.part";
import { hosted, hostedServers } from "./tekup/hosted.part";
import { images } from "./tekup/images.part";
import { isolation } from "./tekup/isolation.part";
import { limits, narrowLimits } from "./tekup/limits.part";
import { lostState } from "./tekup/lost-state.part";
import { scale } from "./tekup/scale.part";
import { takenDown } from "./tekup/taken-down.part";
import { work } from "./tekup/work.part";
import { workers } from "./tekup/workers.part";

const settings = { servers: hostedServers, ...endingCertificates, ...narrowLimits };

describe("staging", () =>
  onSharedStack(shipped("staging", settings), [
    hosted,
    work,
    access(),
    images,
    isolation,
    limits,
    gateway,
    scale,
    certificates,
    workers,
    lostState,
    takenDown(),
  ]));
