import type { GoProgram, Recipe } from "../../imaging/recipe";

/** Tier 3: what builds, and what works on clusters. */
export const buildTools = {
  buildkit: {
    base: "debian13",
    upstream: "buildkit",
    dockerfile: "images/buildkit/Dockerfile",
    files: {},
    downloads: [buildkitProgram("buildkitd", 180), buildkitProgram("buildctl", 10)],
    seconds: 20,
  },
  "k8s-plugin": {
    base: "debian13",
    upstream: "k8s-plugin",
    dockerfile: "images/k8s-plugin/Dockerfile",
    files: {},
    downloads: [
      {
        kind: "go",
        module: "images/go/kubernetes",
        package: "./kubectl",
        ldflags: "-X k8s.io/component-base/version.gitVersion=v1.36.6",
        as: "downloads/kubectl",
        seconds: 150,
      },
      {
        kind: "go",
        module: "images/go/kubernetes",
        package: "helm.sh/helm/v4/cmd/helm",
        ldflags: "-X helm.sh/helm/v4/internal/version.version=v4.2.4",
        as: "downloads/helm",
        seconds: 30,
      },
    ],
    seconds: 15,
  },
  /** GitHub's runner, which can only be pulled. */
  runner: {
    upstream: "runner",
    files: {},
    seconds: 0,
  },
} satisfies Record<string, Recipe>;

/** The version of images/go/buildkit/go.mod and of the upstream image. */
function buildkitProgram(name: string, seconds: number): GoProgram {
  return {
    kind: "go",
    module: "images/go/buildkit",
    package: `github.com/moby/buildkit/cmd/${name}`,
    tags: ["osusergo", "netgo", "seccomp"],
    ldflags: "-X github.com/moby/buildkit/version.Version=v0.25.1",
    as: `downloads/${name}`,
    seconds,
  };
}
